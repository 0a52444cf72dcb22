# HIPPO Gym on AWS. This root module only connects the modules in modules/; the functions are listed
# in functions.tf.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition

  # The roles that `hippo submit` names in task definitions.
  session_roles = concat([local.arns.execution_role], var.session_task_role == "shared" ? [local.arns.task_role] : [])

  api_url = coalesce(one([for domain in module.api_domain : domain.url]), module.api.url)

  # Labels under root_domain that the API, the page or the team's own hosts use: no participant's
  # server gets one of them.
  other_names    = [for domain in compact([var.api_domain, try(var.website.domain, null)]) : trimsuffix(domain, ".${var.root_domain}") if domain != var.root_domain]
  reserved_names = sort(distinct(concat(var.reserved_names, [for name in local.other_names : name if !strcontains(name, ".")])))

  bucket_name = coalesce(var.bucket_name, "${lower(replace(var.name, "_", "-"))}-projects-${local.account_id}")

  # The first limit of a team that gets alarms; it is about 1,300 hours of a server with 2 vCPU and
  # 16 GB.
  default_budget = length(var.alarm_emails) > 0 ? 200 : 0
  budget_usd     = var.monthly_budget.usd == null ? local.default_budget : var.monthly_budget.usd
  monthly_budget = local.budget_usd == 0 ? null : { usd = local.budget_usd, whole_account = var.monthly_budget.whole_account }

  max_sessions = var.max_sessions == 0 ? null : var.max_sessions

  # Behind the edge a server speaks http: the task definitions of `hippo submit` then name no key.
  gives_certificate = var.game_route == "direct"

  # Of new sessions, and of those that still run.
  game_routes = toset(compact([var.game_route, var.former_game_route]))

  # The servers' certificate: from the CA, or from a secret of the team's.
  acme                         = try(var.session_certificate.acme, null)
  given_certificate_secret_arn = try(coalesce(var.session_certificate_secret_arn, try(var.session_certificate.secret_arn, null)), null)

  # Let's Encrypt, "ACME protocol": https://letsencrypt.org/docs/acme-protocol-updates/
  acme_directories = {
    production = "https://acme-v02.api.letsencrypt.org/directory"
    staging    = "https://acme-staging-v02.api.letsencrypt.org/directory"
  }

  # Built from names, not read from the resources, so that the plan of a first deployment shows its
  # reviewers every policy and setting in full. Only ids that AWS assigns (zone, subnets) come from
  # the resources.
  arns = {
    bucket             = "arn:${local.partition}:s3:::${local.bucket_name}"
    start_topic        = "arn:${local.partition}:sns:${var.region}:${local.account_id}:${var.name}_start_server"
    stop_topic         = "arn:${local.partition}:sns:${var.region}:${local.account_id}:${var.name}_stop_server"
    start_dead_letters = "arn:${local.partition}:sqs:${var.region}:${local.account_id}:${var.name}_start_server_dead_letters"
    stop_dead_letters  = "arn:${local.partition}:sqs:${var.region}:${local.account_id}:${var.name}_stop_server_dead_letters"
    task_state_rule    = "arn:${local.partition}:events:${var.region}:${local.account_id}:rule/${var.name}_task_stopped"
    execution_role     = "arn:${local.partition}:iam::${local.account_id}:role${var.role_path}${var.name}_session_execution"
    task_role          = "arn:${local.partition}:iam::${local.account_id}:role${var.role_path}${var.name}_session_task"
    scheduler_role     = "arn:${local.partition}:iam::${local.account_id}:role${var.role_path}${var.name}_scheduler"

    # Secrets Manager chooses the last six characters.
    certificate_secret = "arn:${local.partition}:secretsmanager:${var.region}:${local.account_id}:secret:${var.name}/session_certificate-??????"
    account_secret     = "arn:${local.partition}:secretsmanager:${var.region}:${local.account_id}:secret:${var.name}/session_account-??????"
  }
}

# Everything that has the deployment's name takes it from this module, and so is created after its
# record. The projects bucket does not: S3 creates no bucket twice, and `make destroy` keeps it.
module "owner" {
  source = "./modules/owner"

  name           = var.name
  state_location = var.state_location
}

# For the record of a first apply that was killed before Terraform wrote its state, and of a
# deployment that this state takes over.
import {
  for_each = var.import_owner ? toset([var.name]) : toset([])

  to = module.owner.aws_ssm_parameter.this
  id = "/hippo-gym/${each.key}/owner"
}

module "projects_bucket" {
  source = "./modules/projects_bucket"

  bucket_name     = local.bucket_name
  partition       = local.partition
  noncurrent_days = var.noncurrent_days
  require_tls     = var.require_tls

  record_noncurrent_days = var.record_noncurrent_days

  kms_key_arn = var.kms_key_arn

  study_owners       = var.study_owners
  function_role_arns = [for function in keys(var.memory_mb) : "arn:${local.partition}:iam::${local.account_id}:role${var.role_path}${var.name}_${function}"]
}

module "session_topics" {
  source = "./modules/session_topics"

  name                = module.owner.name
  account_id          = local.account_id
  partition           = local.partition
  region              = var.region
  task_state_rule_arn = local.arns.task_state_rule
  require_tls         = var.require_tls
  tracing             = var.tracing

  task_event_source_condition = var.task_event_publishing.source_condition

  subscribers = {
    start_server = module.function["start_server"]
    stop_server  = module.function["stop_server"]
  }

  kms_key_arn = var.kms_key_arn
}

module "permissions" {
  source = "./modules/permissions"

  name           = module.owner.name
  partition      = local.partition
  region         = var.region
  account_id     = local.account_id
  bucket_arn     = local.arns.bucket
  topic_arns     = { start_server = local.arns.start_topic, stop_server = local.arns.stop_topic }
  hosted_zone_id = module.dns.hosted_zone_id
  root_domain    = var.root_domain
  reserved_names = local.reserved_names

  dead_letter_queue_arns = { start_server = local.arns.start_dead_letters, stop_server = local.arns.stop_dead_letters }
  scheduler_role_arn     = local.arns.scheduler_role
  task_role_arns         = concat(local.session_roles, var.extra_task_role_arns)
  admitted_task_families = var.admitted_task_families
  kms_key_arn            = var.kms_key_arn
  tracing                = var.tracing
  edge_route             = contains(local.game_routes, "edge")

  certificate = local.acme == null ? null : {
    secret_arns                 = [local.arns.certificate_secret, local.arns.account_secret]
    external_account_secret_arn = local.acme.external_account_secret_arn
    copy_to_bucket              = local.acme.copy_to_bucket
  }
}

module "api" {
  source = "./modules/api"

  name               = module.owner.name
  cors_allow_origins = var.cors_allow_origins
  throttling         = var.throttling
  log_retention_days = var.log_retention_days

  routes = {
    for key, route in local.routes : key => {
      function_name = module.function[route.function].function_name
      invoke_arn    = module.function[route.function].invoke_arn
      iam           = route.iam
      throttling    = try(route.throttling, null)
    }
  }

  kms_key_arn = var.kms_key_arn
}

module "api_domain" {
  source = "./modules/api_domain"

  for_each = var.api_domain == null ? {} : { this = var.api_domain }

  # Nothing in it has the deployment's name, and it takes over a validation record that exists. It
  # has no data source, which a plan could then not read.
  depends_on = [module.owner]

  domain         = each.value
  hosted_zone_id = module.dns.delegated_zone_id
  api_id         = module.api.api_id
  stage          = module.api.stage
}

module "network" {
  source = "./modules/network"

  name               = module.owner.name
  subnet_ids         = var.subnet_ids
  security_group_ids = var.security_group_ids
  vpc_cidr           = var.vpc_cidr
  session_ports      = var.session_ports
  direct_route       = contains(local.game_routes, "direct")
  edge_route         = contains(local.game_routes, "edge")
}

module "dns" {
  source = "./modules/dns"

  providers = { aws = aws.route53 }

  root_domain    = var.root_domain
  hosted_zone_id = var.hosted_zone_id
  parent_zone_id = var.parent_zone_id
}

module "session_servers" {
  source = "./modules/session_servers"

  name               = module.owner.name
  partition          = local.partition
  region             = var.region
  account_id         = local.account_id
  bucket_arn         = local.arns.bucket
  log_retention_days = var.log_retention_days
  cluster_mode       = var.cluster_mode
  tracing            = var.tracing

  task_role                   = var.session_task_role == "shared"
  certificate_secret_arn      = local.acme == null ? local.given_certificate_secret_arn : local.arns.certificate_secret
  admitted_image_repositories = var.admitted_image_repositories

  role_path                = var.role_path
  permissions_boundary_arn = var.permissions_boundary_arn
  kms_key_arn              = var.kms_key_arn
}

module "session_stops" {
  source = "./modules/session_stops"

  name                  = module.owner.name
  partition             = local.partition
  region                = var.region
  account_id            = local.account_id
  stop_topic_arn        = local.arns.stop_topic
  dead_letter_queue_arn = module.session_topics.dead_letter_queue_arns.stop_server
  task_event_sources    = var.task_event_sources
  publishes_with_role   = var.task_event_publishing.role

  role_path                = var.role_path
  permissions_boundary_arn = var.permissions_boundary_arn
  kms_key_arn              = var.kms_key_arn
}

module "sweep" {
  source = "./modules/sweep"

  name     = module.owner.name
  minutes  = var.sweep_minutes
  function = module.function["sweep_sessions"]
}

module "session_certificate" {
  source = "./modules/session_certificate"

  for_each = local.acme == null ? {} : { this = true }

  name        = module.owner.name
  function    = module.function["renew_certificate"]
  kms_key_arn = var.kms_key_arn
}

module "researcher" {
  source = "./modules/researcher"

  name              = module.owner.name
  partition         = local.partition
  region            = var.region
  account_id        = local.account_id
  bucket_arn        = local.arns.bucket
  assets_bucket_arn = one([for website in module.website : "arn:${local.partition}:s3:::${website.bucket}"])
  task_role_arns    = local.session_roles
  session_log_group = module.session_servers.log_group
  researchers       = var.researchers
  kms_key_arn       = var.kms_key_arn
}

module "deployment_description" {
  source = "./modules/deployment_description"

  name                = module.owner.name
  region              = var.region
  account_id          = local.account_id
  bucket              = module.projects_bucket.bucket
  root_domain         = var.root_domain
  api_url             = local.api_url
  functions           = { for key, function in module.function : key => function.function_name }
  execution_role_arn  = module.session_servers.execution_role_arn
  task_role_arn       = module.session_servers.task_role_arn
  session_log_group   = module.session_servers.log_group
  shared_cluster      = module.session_servers.shared_cluster
  max_runtime_minutes = var.max_runtime_minutes
  max_task_cpu        = var.max_task_cpu
  max_task_memory     = var.max_task_memory
  keep_addresses      = var.keep_addresses
  keep_browser        = var.keep_browser
  retain_days         = var.retain_days
  kms_key_arn         = var.kms_key_arn
  session_ports       = length(var.security_group_ids) == 0 ? var.session_ports : null
  page_url            = one([for website in module.website : website.url])
  assets_bucket       = one([for website in module.website : website.bucket])

  session_certificate_secret_arn = local.gives_certificate ? (local.acme == null ? local.given_certificate_secret_arn : module.session_certificate["this"].certificate_secret_arn) : null
}

module "website" {
  source = "./modules/website"

  for_each = var.website == null ? {} : { this = var.website }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  name           = module.owner.name
  partition      = local.partition
  account_id     = local.account_id
  folder         = "${path.root}/../build/page" # build_page.py makes it of frontend/
  api_url        = local.api_url
  root_domain    = var.root_domain
  session_ports  = var.session_ports
  direct_route   = contains(local.game_routes, "direct")
  edge_route     = contains(local.game_routes, "edge")
  domain         = each.value.domain
  hosted_zone_id = module.dns.delegated_zone_id
  price_class    = each.value.price_class
  embedded_in    = each.value.embedded_in
  link_origins   = each.value.link_origins
  study_owners   = var.study_owners
  waf_requests   = try(var.waf.requests, null)
  kms_key_arn    = var.kms_key_arn
}

module "tracing" {
  source = "./modules/tracing"

  for_each = var.tracing && var.xray_resource_policy ? { this = true } : {}

  name       = module.owner.name
  account_id = local.account_id
  topic_arns = [local.arns.start_topic, local.arns.stop_topic]
}

module "monitoring" {
  source = "./modules/monitoring"

  name               = module.owner.name
  partition          = local.partition
  region             = var.region
  account_id         = local.account_id
  functions          = { for key, function in module.function : key => function.function_name }
  dead_letter_queues = { for topic, arn in { start_server = local.arns.start_dead_letters, stop_server = local.arns.stop_dead_letters } : topic => split(":", arn)[5] }
  stop_rule          = split("/", local.arns.task_state_rule)[1]
  api_id             = module.api.api_id
  sweep_minutes      = var.sweep_minutes
  max_sessions       = local.max_sessions

  alarms          = var.alarms
  dashboard       = var.dashboard
  alarm_emails    = var.alarm_emails
  alarm_topic_arn = var.alarm_topic_arn
  thresholds      = var.alarm_thresholds
  monthly_budget  = local.monthly_budget
  runbook_url     = var.runbook_url
  require_tls     = var.require_tls
  kms_key_arn     = var.kms_key_arn
}

module "key_policy" {
  source = "./modules/key_policy"

  partition  = local.partition
  region     = var.region
  account_id = local.account_id
  queue_arns = { start_server = local.arns.start_dead_letters, stop_server = local.arns.stop_dead_letters }
  website    = var.website != null

  stop_topic_arn = local.arns.stop_topic

  alarm_topic_arn = var.alarm_topic_arn == null ? "arn:${local.partition}:sns:${var.region}:${local.account_id}:${var.name}_alarms" : null

  log_groups = concat(
    ["/ecs/${var.name}", module.api.access_log_group],
    [for function in keys(local.functions) : "/aws/lambda/${var.name}_${function}"],
  )
}
