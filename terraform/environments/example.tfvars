# A template: `make bootstrap ENV=prod` copies it to environments/prod.tfvars.
# Only `region` and `root_domain` have no default; every other line shows its default, commented out.

# ------------------------------------------------------------------------------------------------- the deployment

# AWS Region to deploy to. Choose one near the participants: they play over the internet.
region = "ca-central-1"

# Every name in AWS begins with it. Letters, digits and underscores, at most 32. Researchers'
# scripts invoke HIPPO_Gym_update_project_master_list: use another name, e.g. HIPPO_Gym_pilot, only
# for a second deployment in the same account. A change replaces every resource, so never change it
# once there is data.
# name = "HIPPO_Gym"

# `make plan` sets these two, whatever is written here: the address of the environment's state, to
# which the deployment belongs (docs/environments.md), and whether to import the record of that.
# state_location = null
# import_owner = false

# Tags for every resource, in addition to Product, Deployment and ManagedBy, for example for cost
# reports. At most 46; none may replace those three. Route 53 takes ten: with more than seven, a zone that Terraform creates has
# only those three.
# tags = {}

# IAM groups and roles, by name, to attach the policy <name>_researcher to: it allows exactly what
# `hippo` does. With single sign-on, attach the policy to a permission set instead
# (docs/operate.md).
# researchers = {
#   groups = []
#   roles  = []
# }

# ARN of a permissions boundary for every role that Terraform creates, if your organisation requires
# one. It must allow what the roles' own policies allow.
# permissions_boundary_arn = null

# IAM path of every role that Terraform creates, such as "/research/", if your organisation requires
# one.
# role_path = "/"

# ARN of your KMS key, in the same Region, for bucket, topics, queues, logs and the deployment's
# description. Before you deploy, add the statements that `make plan` shows as kms_key_policy to the
# key's policy. Null: AWS's own keys.
# kms_key_arn = null

# ------------------------------------------------------------------------------------------------------- functions

# The bundle, relative to terraform/. `make plan` builds it from this checkout; to deploy a release,
# set the path of its bundle.
# bundle_path = "../build/hippo_gym.zip"

# The zip of renew_certificate, relative to the terraform folder. Used with session_certificate.acme.
# certificate_bundle_path = "../build/hippo_certificates.zip"

# Processor of the functions, "arm64" or "x86_64": the bundle must be built for it. arm64 costs a
# fifth less.
# architecture = "arm64"

# Memory of each function in MB, 128 to 10240; Lambda assigns CPU in proportion. List only the
# functions to change. The default of sweep_sessions is enough for a thousand sessions at the same
# time (docs/settings.md, "Memory of the functions").
# memory_mb = {
#   next_step                  = 512
#   start_server               = 256
#   stop_server                = 256
#   send_start_server_message  = 256
#   send_stop_server_message   = 256
#   update_project_master_list = 256
#   issue_upload_ticket        = 256
#   sweep_sessions             = 1024
#   renew_certificate          = 256
# }

# Executions of the account's quota that Lambda reserves. start_server: also the most that it gets,
# so that starts cannot use up the other functions' executions. next_step: a floor for participants'
# requests, and also their ceiling. 100 executions must remain unreserved: an account with the first
# quota of 10 can reserve none (make preflight says what the account has). null: no reservation.
# reserved_concurrency = {
#   start_server = null
#   next_step    = null
# }

# Additional environment variables for every function. The deployment's own (BUCKET, ROOT_DOMAIN, …)
# cannot be set here, nor those that Lambda reserves.
# function_environment = {}

# Lowest level that the functions log: DEBUG, INFO, WARNING or ERROR. No level logs a body, header
# or page.
# log_level = "INFO"

# Days that CloudWatch keeps the logs of functions, API and session servers; 0 keeps them
# permanently. The logs contain project, participant and session ids: ask your ethics board.
# log_retention_days = 90

# ------------------------------------------------------------------------------------------------------------- API

# Domain name for the API, such as "api.play.example.net": root_domain or a name under it. Terraform
# creates its certificate and its records in the zone. AWS validates the certificate by a DNS
# lookup, so the parent must delegate to the zone first: deploy without this line, have the zone
# delegated to, then add the line. With parent_zone_id one step is enough. Null: the API has only
# the name that AWS assigned, which works in either case.
# api_domain = null

# Origins whose pages may call the API. Existing clients are served from many places.
# cors_allow_origins = ["*"]

# Requests that the API accepts on each route before it answers 429: `rate` a second on average,
# `burst` at the same moment. next: of the participants' routes, which anyone may call. A
# participant's client sends one request for each step, and one every few seconds while waiting.
# throttling = {
#   rate  = 200
#   burst = 400
#   next = {
#     rate  = 100
#     burst = 200
#   }
# }

# ------------------------------------------------------------------------------------------------ participant page

# The participant page on CloudFront. null: no page. {}: under CloudFront's own name, which is the
# output website_url. { domain = "study.play.example.net" }: under that name, which must be
# root_domain or a name under it; Terraform creates its certificate and its records. price_class:
# "PriceClass_100" (North America, Europe, Israel; the default), "PriceClass_200" (Asia and more) or
# "PriceClass_All". embedded_in = ["https://www.mturk.com"]: origins whose pages may show the page
# in a frame, as Mechanical Turk does; the default allows none. link_origins = ["https://lab.example.org"]:
# origins that a participants' link may name in css= and redirect=; the default allows none.
# website = null

# A web ACL of AWS WAF for the page's distribution: an address with more than this many requests in
# five minutes is refused. A class behind one address loads about 40 files each. About 6 USD a month.
# It cannot protect the API, which throttling limits.
# waf = null

# ------------------------------------------------------------------------------------------------------------ data

# The bucket for the master list, pages, participant and session records. Null:
# <name>-projects-<account id>, in lower case with hyphens. Terraform refuses to destroy it.
# bucket_name = null

# Days after which S3 permanently deletes a replaced or deleted version of an object. Until then a
# mistake can be undone.
# noncurrent_days = 90

# Largest file in MB that a container may store with an upload ticket (1 to 5000).
# max_upload_mb = 100

# Study id -> complete ARNs of the IAM users and roles that alone may write its pages and delete its
# data. The lab sets `owners` in the study's config.yml beside it. Add this team's own role.
# study_owners = {}
# The same for the records that the functions write (participants, sessions): each request replaces
# one. Pages and the master list keep noncurrent_days.
# record_noncurrent_days = 14

# What a record keeps of a participant's IP address ("no", "coarse", "yes") and browser ("no",
# "family", "full") in studies that do not say. docs/privacy.md explains the values.
# keep_addresses = "coarse"
# keep_browser = "family"

# Days after a participant's last activity until their data is removed permanently, in studies that
# do not say: also what existing studies hold. Null: it stays.
# retain_days = null

# Bucket, topics and queues refuse requests without TLS. Set false only for an emulator that speaks
# plain HTTP.
# require_tls = true

# -------------------------------------------------------------------------------------------------------- sessions

# Domain under which each session gets the name <userId>.<root_domain>. Use a domain or sub-domain
# that serves nothing else: the functions may write any A and TXT record below it.
root_domain = "play.example.net"

# Id of the public hosted zone that holds root_domain (or a parent of it). Null: Terraform creates
# one, and the owner of the parent domain must then add an NS record for root_domain with the name
# servers in the output `name_servers`.
# hosted_zone_id = null

# Id of the public hosted zone above root_domain, if it is in the same account: Terraform creates a
# zone for root_domain and its NS record in this one. Not together with hosted_zone_id. In a zone
# that Terraform creates, resolvers cache for only one minute that a name does not exist. In a zone
# that you give, Terraform and the functions change only the deployment's own records.
# parent_zone_id = null

# Labels directly under root_domain that other hosts use, such as ["www"]. A participant with such
# an id gets a server under another name. Terraform adds the labels of api_domain and website.
# reserved_names = []

# Public subnets for the sessions' tasks (with a route to an internet gateway), at most 16, and
# security groups, at most 5. Set both or neither. Groups and network ACLs must admit session_ports
# from 0.0.0.0/0, and the ACLs must allow answers to everywhere (TCP 1024-65535): start_server
# connects to each server from outside the VPC before it reports a session as ready; otherwise every
# session fails after 15 minutes. Empty: Terraform creates a small VPC with two public subnets and
# one group.
# subnet_ids         = []
# security_group_ids = []

# IPv4 range of the VPC that Terraform creates, /16 to /24, beginning with its first address; ignored
# if subnets are given.
# vpc_cidr = "10.42.0.0/16"

# Ports that the security group that Terraform creates admits. Add the port of every project that
# sets `port`. Schools and companies often block 5000, so studies that `hippo init` writes set
# `port: 443`; `make bootstrap` writes [443, 5000] here. With game_route = "edge" one port, or ports
# in a row.
# session_ports = [5000]

# How pages reach games: "direct", or "edge", through the page's own distribution (needs
# website.domain, one session port, and this project's page). docs/connection.md compares them.
# game_route = "direct"

# After a change of game_route: the route of the sessions that still run, for max_runtime_minutes.
# former_game_route = null

# ARN of your secret with a certificate for *.<root_domain> and its key, which every server gets.
# Without it servers speak ws, to which browsers refuse to connect from a page served by https.
# docs/domains-and-certificates.md says how to create it ("Certificates for the participants'
# servers"). A published study gets it with its next `hippo submit`.
# session_certificate_secret_arn = null

# A certificate that renews itself, instead of a secret of yours: { acme = { email =
# "team@example.net" } } (docs/connection.md).
# session_certificate = null

# Longest time in minutes that any session may run (1 to 1440), whatever its project asks for:
# limits the cost of a server.
# max_runtime_minutes = 120

# Limit of sessions at the same time in the whole deployment. Further participants wait in line
# until a session ends. At 80 % of the limit an alarm goes off. A project may set its own limit,
# maxSessions. The limit bounds what servers can cost. 0: only the account's quotas limit the
# sessions; that needs an alarm address.
# max_sessions = 50

# Limit of participants in line for a place. Who comes then is asked to come back later, and is then
# in line before everyone who came after them.
# max_line = 200

# Limit of warm servers, which studies start ahead (warm) so that a participant finds one. Each costs
# as much as a server in use. 0: no study has any.
# max_warm = 10

# Most vCPU (0.25, 0.5, 1, 2, 4, 8 or 16) and most memory in GB that a study's server may have.
# max_task_cpu    = 2
# max_task_memory = 16

# "per-session": start_server creates an ECS cluster for each session, and stop_server deletes it.
# "shared": all sessions run in one cluster, which Terraform creates. ECS allows an account one
# cluster call a second: use "shared" for classes of hundreds who start within minutes. After a
# change, running sessions stay in their clusters.
# cluster_mode = "per-session"

# Minutes between two sweeps for leftovers (1 to 360): one sweep marks what outlived its session,
# the next one deletes it.
# sweep_minutes = 5

# Role of the session servers' containers. "none": they have no rights in AWS, and store their data
# with upload tickets, as hippo_play does. "shared": a role that may read and write the trials of
# every study, for containers that store with the AWS SDK.
# session_task_role = "none"

# Roles that researchers' task definitions may name, in addition to those that Terraform creates
# (outputs task_execution_role_arn and task_role_arn). Complete ARNs. start_server may pass only
# these roles to a task.
# extra_task_role_arns = []

# Families of task definitions that `hippo submit` did not register, and that sessions may run all
# the same, and ECR repositories without this deployment's tag from which they may pull. For studies
# of an earlier system; make preflight warns of each family.
# admitted_task_families      = []
# admitted_image_repositories = []

# How EventBridge publishes stopped tasks to the stop topic: with a role, and with a topic policy
# that admits it for this one rule. Keep both unless the alarm stop_rule goes off: docs/alarms.md
# then says which one to set to false.
# task_event_publishing = {
#   role             = true
#   source_condition = true
# }

# Event sources that report task states. An emulator cannot use aws.ecs and adds its own source;
# keep the default on AWS.
# task_event_sources = ["aws.ecs"]

# ------------------------------------------------------------------------------------------------------ monitoring

# E-mail addresses that alarms go to. AWS sends each a message first, whose link must be confirmed.
# For a chat or a pager, subscribe it to the output alarm_topic_arn, or set alarm_topic_arn.
# alarm_emails = []

# Your SNS topic for alarms, instead of <name>_alarms. Its policy must allow
# cloudwatch.amazonaws.com to publish, and budgets.amazonaws.com if there is a monthly_budget.
# alarm_topic_arn = null

# Whether to create the alarms and the dashboard. docs/alarms.md says what each alarm means, what
# to do, and what they cost.
# alarms    = true
# dashboard = true

# Thresholds of the alarms. In five minutes: errors of a function, errors of a function that Lambda
# retries, throttles, failed requests. In an hour: failed starts. In 15 minutes: the p95 of seconds
# to ready. In a sweep: orphans. Percent of max_sessions. Hours of all servers together in a day:
# limits what a mistake can cost.
# alarm_thresholds = {
#   function_errors         = 1
#   retried_function_errors = 5
#   throttles               = 5
#   failed_requests         = 5
#   start_failures          = 3
#   seconds_to_ready        = 180
#   sessions_percent        = 80
#   orphans                 = 1
#   server_hours_a_day      = 100
# }

# A budget in USD a month, { usd = 200 }, with alarms at 80 % and 100 %, and when AWS forecasts more
# than 100 %. It counts resources with the tag Deployment, which an administrator must activate as a
# cost allocation tag (docs/alarms.md), or the whole account: { usd = 200, whole_account = true }.
# Without usd: 200 if alarm_emails holds an address, no budget otherwise. usd = 0: no budget.
# monthly_budget = {
#   whole_account = false
# }

# Address where your team reads docs/alarms.md; the text of each alarm ends in it and the anchor of
# its entry.
# runbook_url = "docs/alarms.md"

# Trace requests with X-Ray through functions, topics and tasks.
# tracing = true

# Create an X-Ray resource policy for this deployment's topics. An account can have five such
# policies in a Region.
# xray_resource_policy = true
