# A department's service that uses every feature. Comments explain values that differ from the
# default.

# ------------------------------------------------------------------------------------------------- the deployment

name   = "HIPPO_Gym"
region = "ca-central-1"

tags = {
  CostCentre = "psychology-1234" # to split the bill by project
}

# The people who run studies: they get the policy <name>_researcher.
researchers = {
  groups = ["researchers"]
  roles  = []
}

role_path                = "/research/"
permissions_boundary_arn = "arn:aws:iam::123456789012:policy/research-boundary"

# Add the statements of the output kms_key_policy to the key's policy first.
kms_key_arn = "arn:aws:kms:ca-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"

# ------------------------------------------------------------------------------------------------------- functions

bundle_path  = "../build/hippo_gym.zip"
architecture = "arm64"

# More memory, and so more CPU, for the functions that participants wait for.
memory_mb = {
  next_step    = 1024
  start_server = 512
}

# Of an account whose quota of concurrent executions is 1,000: a class that starts leaves the other
# functions room, and participants get their pages whatever else runs.
reserved_concurrency = {
  start_server = 150
  next_step    = 200
}

function_environment = {
  CACHE_SECONDS = "30" # pages change rarely once a study runs
}

log_level          = "INFO"
log_retention_days = 365 # required by this department's ethics board

# ------------------------------------------------------------------------------------------------------------- API

api_domain = "api.play.example.net"

# The participant page, and the department's own client.
cors_allow_origins = ["https://study.play.example.net", "https://lab.example.net"]

# Two classes of a hundred who open the page in the same second.
throttling = {
  rate  = 50
  burst = 100
  next = {
    rate  = 300
    burst = 600
  }
}

# ------------------------------------------------------------------------------------------------ participant page

website = {
  domain       = "study.play.example.net"
  price_class  = "PriceClass_100"
  embedded_in  = ["https://worker.mturk.com", "https://www.mturk.com"]
  link_origins = ["https://lab.example.org"]
}

# A class behind one address of the university loads about 40 files each.
waf = {
  requests = 10000
}

# ------------------------------------------------------------------------------------------------------------ data

bucket_name     = "hippo-gym-projects-example-net"
noncurrent_days = 365

# Checkpoints of a model.
max_upload_mb = 500

# A mistake in a participant's record is seen within a month.
record_noncurrent_days = 30

# As this department's ethics board demands: no addresses, and ten years.
keep_addresses = "no"
keep_browser   = "no"
retain_days    = 3653

# A study that only its lab and this team may change.
study_owners = {
  navigation = [
    "arn:aws:iam::123456789012:role/research/navigation_lab",
    "arn:aws:iam::123456789012:role/research/it",
  ]
}

# -------------------------------------------------------------------------------------------------------- sessions

root_domain = "play.example.net"

# example.net is in the same account: one apply creates the zone of play.example.net and delegates
# to it.
parent_zone_id = "Z0123456789ABCDEFGHIJ"

# A name that the department uses itself.
reserved_names = ["www"]

vpc_cidr      = "10.42.0.0/16"
session_ports = [443, 5000]

# The participant page is served by https, so servers must speak wss: a certificate for *.play.example.net.
session_certificate_secret_arn = "arn:aws:secretsmanager:ca-central-1:123456789012:secret:hippo-gym/certificate-AbCdEf"

max_runtime_minutes = 90

# The Fargate quota must allow it: at two vCPU each, request a quota of 200 vCPU first.
max_sessions = 100

# Another class in line.
max_line = 300

# A class comes at nine o'clock, and finds its servers.
max_warm = 25

# The largest server of a study.
max_task_cpu    = 4
max_task_memory = 30

# Classes of a hundred start within minutes.
cluster_mode  = "shared"
sweep_minutes = 5

# Studies of an earlier release store with the AWS SDK; without them, containers need no role.
session_task_role = "shared"

# The role of a study whose container may read the study's data set.
extra_task_role_arns = ["arn:aws:iam::123456789012:role/research/a_study"]

# A study from before this deployment, until it is submitted with `hippo submit`: make preflight
# warns of it.
admitted_task_families      = ["old_study"]
admitted_image_repositories = ["lab/old_study"]

# ------------------------------------------------------------------------------------------------------ monitoring

# AWS sends each address a message to confirm first.
alarm_emails = ["research-it@example.net"]
alarms       = true
dashboard    = true
tracing      = true

# Two classes of a hundred, 90 minutes each, must not raise an alarm.
alarm_thresholds = {
  server_hours_a_day = 350
}

# The tag Deployment must be active as a cost allocation tag first.
monthly_budget = {
  usd = 500
}

# Address of the team's copy of docs/alarms.md.
runbook_url = "https://wiki.example.net/hippo-gym/alarms"
