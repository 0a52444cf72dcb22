# The functions: names, settings and timeouts. modules/permissions says what each may do.

locals {
  # The origins from which a game's page connects, where they are known before anything is made:
  # CloudFront's own name is not.
  page_origins = distinct(compact(concat(
    [try("https://${var.website.domain}", null)],
    [for origin in var.cors_allow_origins : origin if !contains(var.cors_allow_origins, "*")],
  )))
  line = { MAX_LINE = tostring(var.max_line) }
  # On the edge route each attempt has an address of its own, which a warm server cannot have yet.
  warm = { MAX_WARM = tostring(var.game_route == "edge" ? 0 : var.max_warm) }

  # For the functions that sign paths of the edge route.
  edge = contains(local.game_routes, "edge") ? { EDGE_URL = "https://${var.website.domain}" } : {}

  environments = {
    bucket = { BUCKET = local.bucket_name }
    dns = merge(
      { HOSTED_ZONE_ID = module.dns.hosted_zone_id, ROOT_DOMAIN = var.root_domain },
      length(local.reserved_names) == 0 ? {} : { RESERVED_NAMES = join(",", local.reserved_names) },
    )
    start = { START_SERVER_TOPIC_ARN = local.arns.start_topic }
    stop  = { STOP_SERVER_TOPIC_ARN = local.arns.stop_topic }
    tasks = merge({
      SUBNET             = join(",", module.network.subnet_ids)
      SECURITY_GROUP     = join(",", module.network.security_group_ids)
      MAX_RUNTIME        = tostring(var.max_runtime_minutes)
      SCHEDULER_ROLE_ARN = local.arns.scheduler_role
    }, length(local.page_origins) == 0 ? {} : { PAGE_ORIGINS = join(",", local.page_origins) })
    route = merge(
      var.game_route == "edge" ? { GAME_ROUTE = "edge" } : {},
      contains(local.game_routes, "edge") ? { EDGE_SECURITY_GROUP = join(",", module.network.edge_security_group_ids) } : {},
    )
    # For the functions that check which task definition a project names.
    families = length(var.admitted_task_families) == 0 ? {} : { ADMITTED_TASK_FAMILIES = join(",", var.admitted_task_families) }
    # Settings of sessions, for every function that starts or ends them.
    sessions = merge(
      var.cluster_mode == "shared" ? { SHARED_CLUSTER = module.session_servers.shared_cluster } : {},
      local.max_sessions == null ? {} : { MAX_SESSIONS = tostring(local.max_sessions) },
      local.line,
    )
    # In the units of ECS: 1,024 a vCPU, and MiB.
    sizes = { MAX_TASK_CPU = tostring(var.max_task_cpu * 1024), MAX_TASK_MEMORY = tostring(floor(var.max_task_memory * 1024)) }
    certificate = { for key, value in {
      CERTIFICATE_SECRET               = "${var.name}/session_certificate"
      ACCOUNT_SECRET                   = "${var.name}/session_account"
      ACME_DIRECTORY                   = try(lookup(local.acme_directories, local.acme.directory, local.acme.directory), null)
      ACME_EMAIL                       = try(local.acme.email, null)
      ACME_PROFILE                     = try(local.acme.profile, null)
      ACME_EXTERNAL_ACCOUNT_SECRET_ARN = try(local.acme.external_account_secret_arn, null)
      ACME_TRUSTED_ROOTS               = try(local.acme.trusted_roots, null)
      COPY_TO_BUCKET                   = try(local.acme.copy_to_bucket, false) ? local.bucket_name : null
    } : key => value if value != null }
    # What records keep of clients, where a study does not say.
    keep = { KEEP_ADDRESSES = var.keep_addresses, KEEP_BROWSER = var.keep_browser }
    all  = merge(var.function_environment, { DEPLOYMENT_NAME = var.name, LOG_LEVEL = var.log_level })
  }

  every_function = {
    next_step = {
      description = "Serves a participant the next step of a study"
      timeout     = 10
      environment = merge(local.environments.bucket, local.environments.start, local.environments.stop, local.environments.dns, local.line, local.environments.keep, local.edge)
    }
    start_server = {
      description = "Starts a session: schedule, cluster, task, address"
      timeout     = 300
      environment = merge(local.environments.bucket, local.environments.dns, local.environments.start, local.environments.stop, local.environments.tasks, local.environments.sizes, local.environments.sessions, local.environments.families, local.warm, local.edge, local.environments.route)
    }
    stop_server = {
      description = "Ends a session: tasks, record, schedule, cluster"
      timeout     = 30
      environment = merge(local.environments.bucket, local.environments.dns, local.environments.start, local.environments.sessions)
    }
    send_start_server_message = {
      description = "Accepts a signed caller's request to start a session"
      timeout     = 3
      environment = local.environments.start
    }
    send_stop_server_message = {
      description = "Accepts a signed caller's request to stop a session"
      timeout     = 3
      environment = local.environments.stop
    }
    update_project_master_list = {
      description = "Registers a researcher's project in the master list"
      timeout     = 10
      environment = merge(local.environments.bucket, local.environments.families, local.environments.sizes, { TASK_ROLES = join(",", concat(local.session_roles, var.extra_task_role_arns)) })
    }
    issue_upload_ticket = {
      description = "Gives a session's container forms with which it stores its data"
      timeout     = 10
      environment = merge(local.environments.bucket, { MAX_UPLOAD_MB = tostring(var.max_upload_mb) })
    }
    sweep_sessions = {
      description = "Ends overdue and abandoned sessions, deletes leftovers, keeps warm servers waiting"
      timeout     = 60
      environment = merge(
        local.environments.bucket, local.environments.dns, local.environments.start, local.environments.sessions, local.warm,
        var.retain_days == null ? {} : { RETAIN_DAYS = tostring(var.retain_days) },
      )
    }
    renew_certificate = {
      description = "Gets and renews the servers' certificate by ACME"
      timeout     = 600
      environment = merge({ HOSTED_ZONE_ID = module.dns.hosted_zone_id, ROOT_DOMAIN = var.root_domain }, local.environments.certificate)
    }
  }

  functions = { for key, function in local.every_function : key => function if key != "renew_certificate" || local.acme != null }

  # Both publish start messages: a session that ends, or cannot be started, frees a place, and the
  # next session in line is started. While starts fail, one message leads to another for each
  # session in line. Lambda's loop detection would stop that chain after about 16, and the remaining
  # sessions would wait for the sweeper. The chain is finite: a session that failed does not join
  # the line again.
  in_start_chains = toset(["start_server", "stop_server"])

  # Participants' requests are unsigned. Callers of /start and /stop sign as an AWS principal that
  # may invoke the route.
  routes = {
    # Containers of sessions call it, with the session's upload token: about once in five minutes
    # each, and at once where a save failed.
    "POST /trials" = { function = "issue_upload_ticket", iam = false, throttling = { rate = min(50, var.throttling.rate), burst = min(100, var.throttling.burst) } }

    "GET /next"   = { function = "next_step", iam = false }
    "POST /next"  = { function = "next_step", iam = false }
    "GET /"       = { function = "next_step", iam = false } # some existing clients call the root path
    "POST /"      = { function = "next_step", iam = false }
    "GET /start"  = { function = "send_start_server_message", iam = false } # only says what to send: clients of the original use GET
    "GET /stop"   = { function = "send_stop_server_message", iam = false }
    "POST /start" = { function = "send_start_server_message", iam = true }
    "POST /stop"  = { function = "send_stop_server_message", iam = true }
  }
}

module "function" {
  source = "./modules/function"

  for_each = local.functions

  function_name      = "${module.owner.name}_${each.key}"
  description        = each.value.description
  timeout            = each.value.timeout
  memory_mb          = var.memory_mb[each.key]
  reserved           = lookup(var.reserved_concurrency, each.key, null)
  recursive_loop     = contains(local.in_start_chains, each.key) ? "Allow" : "Terminate"
  environment        = merge(local.environments.all, each.value.environment)
  policy_json        = module.permissions.policies[each.key]
  log_retention_days = var.log_retention_days
  tracing            = var.tracing

  role_path                = var.role_path
  permissions_boundary_arn = var.permissions_boundary_arn
  kms_key_arn              = var.kms_key_arn

  code = {
    bundle_path      = each.key == "renew_certificate" ? var.certificate_bundle_path : var.bundle_path
    source_code_hash = filebase64sha256(each.key == "renew_certificate" ? var.certificate_bundle_path : var.bundle_path)
    handler          = "${each.key}.lambda_handler"
    architecture     = var.architecture
  }
}
