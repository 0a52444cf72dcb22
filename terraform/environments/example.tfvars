# An example to copy: `make bootstrap ENV=prod` makes environments/prod.tfvars of it. Set what differs for you.
# Only `region` and `root_domain` have no default; every other line shows the default, commented out.

# ------------------------------------------------------------------------------------------------- the deployment

# AWS Region to deploy to. Participants play over the internet, so choose one near them.
region = "ca-central-1"

# Every name in AWS begins with it. Letters, digits and underscores, at most 32. The scripts that researchers have invoke
# HIPPO_Gym_update_project_master_list: change it only for a second deployment in the same account, e.g. HIPPO_Gym_pilot.
# A change replaces every resource, so never change it once there is data.
# name = "HIPPO_Gym"

# Tags for every resource, beside Product, Deployment and ManagedBy, for example for cost reports. At
# most 46. A hosted zone takes ten in all: one that is made has those three only if there are more.
# tags = {}

# IAM groups and roles, by name, that get the policy <name>_researcher: what `hippo` does, and no more. With single sign-on
# attach that policy to a permission set instead (docs/operate.md).
# researchers = {
#   groups = []
#   roles  = []
# }

# ARN of an IAM policy that bounds every role that is made, where your organisation asks for one. It must allow what the
# roles' own policies do.
# permissions_boundary_arn = null

# IAM path of every role that is made, such as "/research/", where your organisation asks for one.
# role_path = "/"

# ARN of a KMS key of yours, in the same Region, for bucket, topics, queues, logs and the deployment's description. Its
# policy needs the statements that `make plan` shows as kms_key_policy, before you deploy. Null: AWS's own keys.
# kms_key_arn = null

# ------------------------------------------------------------------------------------------------------- functions

# The bundle, relative to terraform/. `make plan` makes it from this checkout; name another to deploy a released one.
# bundle_path = "../build/hippo_gym.zip"

# Processor of the functions, "arm64" or "x86_64": the one that the bundle was built for. arm64 costs a fifth less.
# architecture = "arm64"

# Memory of each function in MB, 128 to 10240; the share of a CPU grows with it. Name only those to change.
# sweep_sessions' is for a thousand sessions at once (docs/operate.md, "Memory of the functions").
# memory_mb = {
#   next_step                  = 512
#   start_server               = 256
#   stop_server                = 256
#   send_start_server_message  = 256
#   send_stop_server_message   = 256
#   update_project_master_list = 256
#   sweep_sessions             = 1024
# }

# Further environment variables for every function. The deployment's own (BUCKET, ROOT_DOMAIN, …) cannot be set here.
# function_environment = {}

# Least level that the functions log: DEBUG, INFO, WARNING or ERROR. No level logs a body, header or page.
# log_level = "INFO"

# Days that CloudWatch keeps the logs of functions, API and session servers. 0 keeps them for ever. The logs hold project,
# participant and session ids, so ask your ethics board.
# log_retention_days = 90

# ------------------------------------------------------------------------------------------------------------- API

# Name of the API's own, such as "api.play.example.net": root_domain or a name under it. It gets a certificate and records
# in the zone. AWS proves the name by looking it up, so the zone must be delegated to first: make a zone without this line,
# have it delegated, then add the line; with parent_zone_id it is one step. Null: the name that AWS gives the API, which
# goes on to work in either case.
# api_domain = null

# Origins whose pages may call the API. Clients that exist today are served from anywhere.
# cors_allow_origins = ["*"]

# Requests that the API takes before it answers 429: rate a second in the long run, burst at once. A participant makes
# one per step and one every few seconds while waiting.
# throttling = {
#   rate  = 200
#   burst = 400
# }

# ------------------------------------------------------------------------------------------------ participant page

# The participant page on CloudFront. null: none. {}: under CloudFront's own name, which is the output website_url.
# { domain = "study.play.example.net" }: under that name; it must be root_domain or a name under it, and gets a
# certificate and records in the zone. price_class: "PriceClass_100" (North America, Europe, Israel; the default),
# "PriceClass_200" (Asia and more) or "PriceClass_All". embedded_in = ["https://www.mturk.com"]: origins whose pages may
# show it in a frame, as Mechanical Turk does; by default none may.
# website = null

# ------------------------------------------------------------------------------------------------------------ data

# The bucket for the master list, pages, participant and session records. Null: <name>-projects-<account id>, in lower
# case with hyphens. Terraform refuses to destroy it.
# bucket_name = null

# Days after which a replaced or deleted version of an object is gone for good: how far back a mistake can be undone.
# noncurrent_days = 90

# Bucket, topics and queues refuse requests that do not come over TLS. Leave it; only an emulator that speaks plain HTTP
# needs false.
# require_tls = true

# -------------------------------------------------------------------------------------------------------- sessions

# Domain under which each session gets the name <userId>.<root_domain>. Use one, or a sub-domain, that serves nothing
# else: the functions may write any A and TXT record below it.
root_domain = "play.example.net"

# Public hosted zone that holds root_domain (or a parent of it), by its id. Null: one is made, and whoever runs the parent
# domain must then add an NS record for root_domain with the name servers of the `name_servers` output.
# hosted_zone_id = null

# Public hosted zone above root_domain, by its id, if it is in the same account: a zone for root_domain is made, and the
# NS record put there. Not together with hosted_zone_id. A zone that is made tells resolvers to forget after a minute that
# a name was not there; in a zone that is given nothing but the deployment's own records is ever touched.
# parent_zone_id = null

# Labels directly under root_domain that are in use for something else, such as ["www"]. A participant with such an id
# gets a server under another name. Those of api_domain and website are added.
# reserved_names = []

# Public subnets for the sessions' tasks (with a route to an internet gateway), 16 at most, and security groups, 5 at most.
# Give both or neither. Groups and network ACLs must admit session_ports from 0.0.0.0/0, and the ACLs must let answers out
# (TCP 1024-65535): start_server connects to each server from outside the VPC before it calls a session ready, and without
# that every session fails after 15 minutes. Empty: a small VPC with two public subnets and one group is made.
# subnet_ids         = []
# security_group_ids = []

# Address range of the VPC that is made, /16 to /24; not used where subnets are given.
# vpc_cidr = "10.42.0.0/16"

# Ports that the group that is made admits. A project that sets `port` needs its port here.
# session_ports = [5000]

# ARN of a secret of yours with a certificate for *.<root_domain> and its key, which every server gets: without it servers
# speak ws, and browsers refuse that to a page that came by https. docs/deploy.md says how to make it, "Certificates for the
# participants' servers". Studies that are published already get it with their next `hippo submit`.
# session_certificate_secret_arn = null

# Longest that any session may run, in minutes (1 to 1440), whatever its project asks for: the cap on a server's cost.
# max_runtime_minutes = 120

# Most sessions at once in the whole deployment; whoever comes beyond waits in line and is let in when somebody has
# finished; at 80 % of it there is an alarm. A project may set a limit of its own, maxSessions. Null: as many as the
# account's quotas allow.
# max_sessions = null

# "per-session": each session makes an ECS cluster of its own and deletes it. "shared": all sessions run in one cluster,
# which Terraform makes. ECS allows an account one cluster call a second: share one for classes of hundreds that start
# within minutes. Sessions that run when it changes stay where they are.
# cluster_mode = "per-session"

# Minutes between two sweeps for leftovers (1 to 360): one marks what outlives its session, the next clears it.
# sweep_minutes = 5

# Roles that researchers' task definitions may name, beside the two that are made (outputs task_execution_role_arn and
# task_role_arn). Whole ARNs. start_server may pass these, and no others, to a task.
# extra_task_role_arns = []

# How EventBridge hands stopped tasks to the stop topic: with a role, and with a topic policy that
# admits it for this one rule. Leave both unless the alarm stop_rule comes: docs/operate.md says then
# which of them to set to false.
# task_event_publishing = {
#   role             = true
#   source_condition = true
# }

# Event sources that report task states. An emulator cannot use aws.ecs and adds one of its own; leave it on AWS.
# task_event_sources = ["aws.ecs"]

# ------------------------------------------------------------------------------------------------------ monitoring

# Addresses that are told of alarms. Each gets a message first, in which it must confirm. For a chat or a pager subscribe
# it to the output alarm_topic_arn, or give a topic of yours.
# alarm_emails = []

# SNS topic of yours that alarms go to instead of <name>_alarms. Its policy must let cloudwatch.amazonaws.com publish, and
# budgets.amazonaws.com if there is a monthly_budget.
# alarm_topic_arn = null

# The alarms and the dashboard. docs/operate.md says what each alarm means and what to do, and what they cost.
# alarms    = true
# dashboard = true

# From where on an alarm is one. In five minutes: errors of a function, of a function that Lambda runs again by itself,
# throttles, requests that failed. In an hour: failed starts. In a quarter of an hour: the p95 of seconds to ready. In a
# sweep: orphans. Percent of max_sessions. Hours of all servers together in a day: what stands between a mistake and the
# bill.
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

# A budget in USD a month, { usd = 200 }, with alarms at 80 % and 100 % and when the month is foreseen to pass it. It counts
# what carries the tag Deployment, which somebody must make a cost allocation tag (docs/operate.md), or everything in the
# account: { usd = 200, whole_account = true }.
# monthly_budget = null

# Where your team reads docs/operate.md; the text of each alarm ends in this and the anchor of its entry.
# runbook_url = "docs/operate.md"

# X-Ray, from the request to the task.
# tracing = true

# An account has room for five resource policies of X-Ray in a Region, and this deployment takes one, for its topics.
# xray_resource_policy = true
