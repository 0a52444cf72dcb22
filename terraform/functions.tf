# The functions: names, settings and times are those of the design. What each may do is in modules/permissions.

locals {
  environments = {
    bucket = { BUCKET = local.bucket_name }
    dns = merge(
      { HOSTED_ZONE_ID = module.dns.hosted_zone_id, ROOT_DOMAIN = var.root_domain },
      length(local.reserved_names) == 0 ? {} : { RESERVED_NAMES = join(",", local.reserved_names) },
    )
    start = { START_SERVER_TOPIC_ARN = local.arns.start_topic }
    stop  = { STOP_SERVER_TOPIC_ARN = local.arns.stop_topic }
    tasks = {
      SUBNET             = join(",", module.network.subnet_ids)
      SECURITY_GROUP     = join(",", module.network.security_group_ids)
      MAX_RUNTIME        = tostring(var.max_runtime_minutes)
      SCHEDULER_ROLE_ARN = local.arns.scheduler_role
    }
    # What every function that converges sessions is told of them.
    sessions = merge(
      var.cluster_mode == "shared" ? { SHARED_CLUSTER = module.session_servers.shared_cluster } : {},
      var.max_sessions == null ? {} : { MAX_SESSIONS = tostring(var.max_sessions) },
    )
    all = merge(var.function_environment, { DEPLOYMENT_NAME = var.name, LOG_LEVEL = var.log_level })
  }

  functions = {
    next_step = {
      description = "Serves a participant the next step of a study"
      timeout     = 10
      environment = merge(local.environments.bucket, local.environments.start, local.environments.stop, local.environments.dns)
    }
    start_server = {
      description = "Brings a session up: schedule, cluster, task, address"
      timeout     = 300
      environment = merge(local.environments.bucket, local.environments.dns, local.environments.start, local.environments.stop, local.environments.tasks, local.environments.sessions)
    }
    stop_server = {
      description = "Takes a session down: tasks, record, schedule, cluster"
      timeout     = 30
      environment = merge(local.environments.bucket, local.environments.dns, local.environments.start, local.environments.sessions)
    }
    send_start_server_message = {
      description = "Takes a signed caller's wish to start a session"
      timeout     = 3
      environment = local.environments.start
    }
    send_stop_server_message = {
      description = "Takes a signed caller's wish to stop a session"
      timeout     = 3
      environment = local.environments.stop
    }
    update_project_master_list = {
      description = "Registers a researcher's project in the master list"
      timeout     = 10
      environment = local.environments.bucket
    }
    sweep_sessions = {
      description = "Ends every session and leftover that nobody wants any more"
      timeout     = 60
      environment = merge(local.environments.bucket, local.environments.dns, local.environments.start, local.environments.sessions)
    }
  }

  # Both publish start messages: a session that ends, or cannot be started, gives its place to the
  # next in line. While starts fail, one message is thereby the cause of one for each session in
  # line, and Lambda's loop detection would stop that chain after about 16: those behind would wait
  # for the sweeper. The chain ends with the line, since a session that has failed does not join it
  # again.
  in_start_chains = toset(["start_server", "stop_server"])

  # Participants come unsigned; whoever starts or stops a server by hand signs as an AWS principal that may.
  routes = {
    "GET /next"   = { function = "next_step", iam = false }
    "POST /next"  = { function = "next_step", iam = false }
    "GET /"       = { function = "next_step", iam = false } # some existing clients call the root
    "POST /"      = { function = "next_step", iam = false }
    "POST /start" = { function = "send_start_server_message", iam = true }
    "POST /stop"  = { function = "send_stop_server_message", iam = true }
  }
}

module "function" {
  source = "./modules/function"

  for_each = local.functions

  function_name      = "${var.name}_${each.key}"
  description        = each.value.description
  timeout            = each.value.timeout
  memory_mb          = var.memory_mb[each.key]
  recursive_loop     = contains(local.in_start_chains, each.key) ? "Allow" : "Terminate"
  environment        = merge(local.environments.all, each.value.environment)
  policy_json        = module.permissions.policies[each.key]
  log_retention_days = var.log_retention_days
  tracing            = var.tracing

  role_path                = var.role_path
  permissions_boundary_arn = var.permissions_boundary_arn
  kms_key_arn              = var.kms_key_arn

  code = {
    bundle_path      = var.bundle_path
    source_code_hash = filebase64sha256(var.bundle_path)
    handler          = "${each.key}.lambda_handler"
    architecture     = var.architecture
  }
}
