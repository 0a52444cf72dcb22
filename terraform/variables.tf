# ------------------------------------------------------------------------------------------------- the deployment

variable "name" {
  description = "Name of the deployment; every name in AWS begins with it. Researchers' scripts invoke <name>_update_project_master_list, so use another name only for a second deployment in the account."
  type        = string
  default     = "HIPPO_Gym"

  validation {
    # No hyphen: sessions are <name>-<id>, and the permissions of "a" (a-*) must not cover the
    # sessions of "a-b".
    # At most 32 characters: the longest name built from it must fit the 64 of IAM, Lambda and the
    # scheduler.
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_]{0,31}$", var.name))
    error_message = "name must be 1 to 32 letters, digits and underscores, beginning with a letter: HIPPO_Gym_pilot, not HIPPO-Gym."
  }

  validation {
    # Bucket names begin with the name in lower case: Amazon S3 user guide, "General purpose bucket
    # naming rules".
    condition     = !can(regex("^(xn__|sthree_|amzn_s3_demo_)", lower(var.name)))
    error_message = "name must not begin with xn__, sthree_ or amzn_s3_demo_: S3 reserves bucket names with these prefixes. Choose another name."
  }
}

variable "region" {
  description = "AWS Region to deploy to. Choose one near the participants: they play over the internet."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be an AWS Region code such as ca-central-1."
  }
}

variable "tags" {
  description = "Tags for every resource, in addition to Product, Deployment and ManagedBy. With more than seven tags, the hosted zone has those three only, because Route 53 takes ten. The files of the participant page have no tags."
  type        = map(string)
  default     = {}

  validation {
    # 50 for a resource, minus the three default tags and the tag Name of the network's resources.
    condition     = length(var.tags) <= 46
    error_message = "tags must be at most 46: AWS takes 50 for a resource, and the deployment sets four. Remove some."
  }

  validation {
    # IAM has the strictest rule of the services here: botocore's shapes tagKeyType and tagValueType
    # of iam.
    condition = alltrue([
      for key, value in var.tags :
      can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", value)) && !startswith(lower(key), "aws:")
    ])
    error_message = "tags must have keys of 1 to 128 and values of at most 256 characters: letters, digits, spaces and _ . : / = + - @. No key may begin with aws:, which AWS reserves."
  }

  validation {
    # IAM compares keys without regard to case and refuses a role that has both Owner and owner.
    condition = length(distinct([
      for key in concat(keys(var.tags), ["Product", "Deployment", "ManagedBy"]) : lower(key)
    ])) == length(distinct(concat(keys(var.tags), ["Product", "Deployment", "ManagedBy"])))
    error_message = "tags must not have two keys that differ in upper and lower case only, such as Owner and owner, or deployment and the deployment's own Deployment: IAM refuses such a pair. Rename one."
  }

  validation {
    # botocore's shape of API Gateway's tags requires at least one character. And with an empty
    # default tag the provider plans the tags of every resource as unknown, so that a review would
    # not show them.
    condition     = alltrue([for value in values(var.tags) : length(value) > 0])
    error_message = "tags must not have empty values: give the tag a value such as \"yes\", or remove it."
  }
}

variable "researchers" {
  description = "IAM groups and roles, by name, to attach the researcher policy to. With single sign-on, attach the policy <name>_researcher to a permission set instead."
  type = object({
    groups = optional(set(string), [])
    roles  = optional(set(string), [])
  })
  default = {}

  validation {
    # botocore's shapes groupNameType and roleNameType of iam.
    condition = alltrue(concat(
      [for group in var.researchers.groups : can(regex("^[\\w+=,.@-]{1,128}$", group))],
      [for role in var.researchers.roles : can(regex("^[\\w+=,.@-]{1,64}$", role))],
    ))
    error_message = "researchers.groups and researchers.roles must be names as IAM lists them, not ARNs and without a path: researchers, not arn:aws:iam::<account id>:group/lab/researchers."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary for every role that Terraform creates, if your organisation requires one. The boundary must allow what the roles' own policies allow. Null: no boundary."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of a policy, such as arn:aws:iam::<account id>:policy/boundary."
  }
}

variable "role_path" {
  description = "IAM path of every role that Terraform creates, such as /research/, if your organisation requires one."
  type        = string
  default     = "/"

  validation {
    # IAM takes paths of 512 characters, but policies contain the ARNs of roles: with at most 128
    # the researcher policy always fits.
    condition     = can(regex("^/([A-Za-z0-9.,+@=_-]+/)*$", var.role_path)) && length(var.role_path) <= 128
    error_message = "role_path must begin and end with a slash, such as /research/, and have at most 128 characters: policies contain it in the ARNs of roles, and a managed policy has at most 6,144 characters."
  }
}

variable "kms_key_arn" {
  description = "Your KMS key, to encrypt bucket, topics, queues, logs and the deployment's description. Before you apply, add the statements of the output kms_key_policy to the key's policy. Null: AWS's own keys encrypt, and there is no key policy to maintain."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:aws[a-z-]*:kms:${var.region}:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (not of an alias) in the deployment's Region: arn:aws:kms:${var.region}:<account id>:key/<key id>."
  }
}

# ------------------------------------------------------------------------------------------------------- functions

variable "bundle_path" {
  description = "The zip that build.py writes, relative to the terraform folder."
  type        = string
  default     = "../build/hippo_gym.zip"

  validation {
    condition     = fileexists(var.bundle_path)
    error_message = "There is no bundle at ${var.bundle_path}: run `make build` first, or set bundle_path."
  }
}

variable "architecture" {
  description = "Processor that the functions run on, arm64 or x86_64. The bundle must be built for the same one."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64, and the same as the one that build.py built the bundle for."
  }
}

variable "memory_mb" {
  description = "Memory of each function in MB. A function that is not listed keeps its default."
  type = object({
    next_step                  = optional(number, 512)
    start_server               = optional(number, 256)
    stop_server                = optional(number, 256)
    send_start_server_message  = optional(number, 256)
    send_stop_server_message   = optional(number, 256)
    update_project_master_list = optional(number, 256)
    sweep_sessions             = optional(number, 1024)
  })
  default = {}

  validation {
    condition     = alltrue([for memory in values(var.memory_mb) : memory >= 128 && memory <= 10240 && floor(memory) == memory])
    error_message = "Each of memory_mb must be a whole number from 128 to 10240."
  }
}

variable "function_environment" {
  description = "Additional environment variables for every function."
  type        = map(string)
  default     = {}

  validation {
    condition = length(setintersection(keys(var.function_environment), [
      "BUCKET", "DEPLOYMENT_NAME", "HOSTED_ZONE_ID", "LOG_LEVEL", "MAX_RUNTIME", "MAX_SESSIONS", "RESERVED_NAMES", "ROOT_DOMAIN",
      "SCHEDULER_ROLE_ARN", "SECURITY_GROUP", "SHARED_CLUSTER", "START_SERVER_TOPIC_ARN", "STOP_SERVER_TOPIC_ARN", "SUBNET",
    ])) == 0
    error_message = "function_environment must not contain a variable that the deployment sets itself, such as BUCKET. Set the Terraform variable for it instead."
  }

  validation {
    condition     = !contains(keys(var.function_environment), "POWERTOOLS_LOGGER_LOG_EVENT")
    error_message = "function_environment must not contain POWERTOOLS_LOGGER_LOG_EVENT: the functions must not log events, which hold participants' answers and headers. Remove it."
  }

  validation {
    # Rules for names, and names that Lambda sets: AWS Lambda developer guide, "Working with Lambda
    # environment variables".
    condition = alltrue([
      for name in keys(var.function_environment) : can(regex("^[A-Za-z][A-Za-z0-9_]+$", name)) && !contains([
        "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
      ], name)
    ])
    error_message = "function_environment must have names of at least two letters, digits and underscores, beginning with a letter, and none that Lambda sets itself, such as AWS_REGION or AWS_ACCESS_KEY_ID. Rename the variable, or remove it."
  }
}

variable "log_level" {
  description = "Lowest level that the functions log: DEBUG, INFO, WARNING or ERROR."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARNING or ERROR."
  }
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the logs of functions, API and session servers; 0 keeps them permanently."
  type        = number
  default     = 90

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days,
    )
    error_message = "log_retention_days must be a period that CloudWatch Logs offers: 0 (no end), 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

# ------------------------------------------------------------------------------------------------------------- API

variable "api_domain" {
  description = "Domain name for the API, such as api.<root_domain>; Terraform creates its certificate and its records in the hosted zone, which the parent zone must delegate to. Null: the API has only the name that AWS assigned (execute_api_url), which works in either case."
  type        = string
  default     = null

  validation {
    condition     = var.api_domain == null ? true : endswith(".${var.api_domain}", ".${var.root_domain}")
    error_message = "api_domain must be root_domain or a name under it, such as api.<root_domain>: its records go into the same hosted zone."
  }

  validation {
    condition     = var.api_domain == null ? true : var.api_domain != try(var.website.domain, null)
    error_message = "api_domain and website.domain must be two different names: one leads to API Gateway, the other to CloudFront."
  }

  validation {
    # AWS Certificate Manager API reference, RequestCertificate, DomainName: the Common Name of RFC 5280.
    condition     = var.api_domain == null ? true : length(var.api_domain) <= 64
    error_message = "api_domain must have at most 64 characters: AWS issues no certificate for a longer name. Choose a shorter name, or a shorter root_domain."
  }
}

variable "cors_allow_origins" {
  description = "Origins whose pages may call the API. The default allows every origin, because existing clients are served from many places."
  type        = list(string)
  default     = ["*"]

  validation {
    condition     = length(var.cors_allow_origins) > 0 && alltrue([for origin in var.cors_allow_origins : origin == "*" || can(regex("^https?://[^/]+$", origin))])
    error_message = "cors_allow_origins must be [\"*\"], or origins such as https://study.example.org without a path."
  }
}

variable "throttling" {
  description = "Requests that the API accepts before it answers 429: `rate` a second on average, `burst` at the same moment."
  type = object({
    rate  = optional(number, 200)
    burst = optional(number, 400)
  })
  default = {}

  validation {
    condition     = var.throttling.rate >= 1 && var.throttling.burst >= 1 && floor(var.throttling.burst) == var.throttling.burst
    error_message = "throttling.rate must be at least 1, and throttling.burst a whole number of at least 1."
  }
}

# ------------------------------------------------------------------------------------------------ participant page

variable "website" {
  description = "The participant page on CloudFront. Null: no page; serve frontend/ from elsewhere. {}: under CloudFront's own name. domain: under that name, with a certificate; the hosted zone must hold it. price_class: PriceClass_100 (North America, Europe, Israel), PriceClass_200 or PriceClass_All. embedded_in: origins whose pages may show the page in a frame, such as https://workersandbox.mturk.com."
  type = object({
    domain      = optional(string)
    price_class = optional(string, "PriceClass_100")
    embedded_in = optional(set(string), [])
  })
  default = null

  validation {
    condition     = var.website == null ? true : contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.website.price_class)
    error_message = "website.price_class must be PriceClass_100, PriceClass_200 or PriceClass_All."
  }

  validation {
    condition     = var.website == null ? true : alltrue([for origin in var.website.embedded_in : can(regex("^https://[a-z0-9.*-]+(:[0-9]+)?$", origin))])
    error_message = "website.embedded_in must be origins such as https://workersandbox.mturk.com, without a path."
  }

  validation {
    condition     = try(var.website.domain, null) == null ? true : endswith(".${var.website.domain}", ".${var.root_domain}")
    error_message = "website.domain must be root_domain or a name under it, such as study.<root_domain>: its records go into the same hosted zone."
  }

  validation {
    # The same rule as for api_domain.
    condition     = try(var.website.domain, null) == null ? true : length(var.website.domain) <= 64
    error_message = "website.domain must have at most 64 characters: AWS issues no certificate for a longer name. Choose a shorter name, or a shorter root_domain."
  }
}

# ------------------------------------------------------------------------------------------------------------ data

variable "bucket_name" {
  description = "Name of the projects bucket. Null: <name, lower case, hyphens>-projects-<account id>."
  type        = string
  default     = null

  validation {
    # Amazon S3 user guide, "General purpose bucket naming rules".
    condition = var.bucket_name == null ? true : alltrue([
      can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket_name)),
      !can(regex("^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\\.mrap|--x-s3|--table-s3)$", var.bucket_name)),
      !strcontains(var.bucket_name, ".."),
      !can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+$", var.bucket_name)),
    ])
    error_message = "bucket_name must be 3 to 63 lower-case letters, digits, dots and hyphens, begin and end with a letter or digit, be no IP address, have no two dots in a row, and be none of the names that S3 reserves (xn--…, sthree-…, amzn-s3-demo-…, …-s3alias, …--ol-s3, …--x-s3, …--table-s3, ….mrap)."
  }
}

variable "noncurrent_days" {
  description = "Days after which S3 permanently deletes a replaced or deleted version of an object in the projects bucket."
  type        = number
  default     = 90

  validation {
    condition     = var.noncurrent_days >= 1 && floor(var.noncurrent_days) == var.noncurrent_days
    error_message = "noncurrent_days must be a whole number of at least 1."
  }
}

variable "require_tls" {
  description = "Bucket, topics and queues refuse requests without TLS. Set false only for an emulator that speaks plain HTTP."
  type        = bool
  default     = true
}

# -------------------------------------------------------------------------------------------------------- sessions

variable "root_domain" {
  description = "Domain under which each session gets the name <userId>.<root_domain>. Use a domain or sub-domain that serves nothing else."
  type        = string

  validation {
    # A session's label has up to 63 characters, and a whole name 253 (RFC 1035, 2.3.4; Route 53
    # counts 255 octets).
    condition     = length(var.root_domain) <= 189
    error_message = "root_domain must have at most 189 characters: a session's label of 63 precedes it, and a whole name has at most 253."
  }
}

variable "hosted_zone_id" {
  description = "Public hosted zone that holds root_domain. Null: Terraform creates one, and the parent zone must delegate to the name servers in the output name_servers."
  type        = string
  default     = null
}

variable "parent_zone_id" {
  description = "Public hosted zone above root_domain, in the same account, in which Terraform creates the delegation to the zone of root_domain. Null: the owner of the parent domain creates the delegation."
  type        = string
  default     = null
}

variable "reserved_names" {
  description = "Labels directly under root_domain that other hosts use, such as [\"www\"]. Terraform adds those of api_domain and website.domain. A participant with such an id gets a server under another name."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.reserved_names : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", name))])
    error_message = "reserved_names must be single labels in lower case, such as www: the part before .<root_domain>."
  }
}

variable "subnet_ids" {
  description = "Public subnets for the sessions' tasks, given together with security_group_ids: at most 16, in one VPC, in availability zones that have Fargate. Their network ACLs must allow traffic from everywhere to session_ports, and answers to everywhere (TCP 1024-65535): start_server connects to each server from outside the VPC before it reports a session as ready; otherwise every session fails after 15 minutes (NotReady). Empty: Terraform creates a small VPC."
  type        = list(string)
  default     = []
}

variable "security_group_ids" {
  description = "Security groups for the sessions' tasks, given together with subnet_ids: at most 5, in the same VPC. Together they must admit session_ports from 0.0.0.0/0: start_server connects to each server from outside the VPC, from an address that AWS chooses, before it reports a session as ready; otherwise every session fails after 15 minutes (NotReady). Empty: Terraform creates one."
  type        = list(string)
  default     = []
}

variable "vpc_cidr" {
  description = "Address range of the VPC that Terraform creates when no subnets are given."
  type        = string
  default     = "10.42.0.0/16"

  validation {
    # EC2 takes a /16 to a /28 for a VPC (Amazon VPC user guide, "VPC CIDR blocks") and for a
    # subnet. Each subnet is a sixteenth of the VPC.
    condition     = can(cidrsubnet(var.vpc_cidr, 4, 1)) && try(tonumber(split("/", var.vpc_cidr)[1]) >= 16 && tonumber(split("/", var.vpc_cidr)[1]) <= 24, false)
    error_message = "vpc_cidr must be an IPv4 range from /16 to /24, such as 10.42.0.0/16: EC2 allows no larger VPC, and a smaller one has no room for subnets of a sixteenth each."
  }
}

variable "session_ports" {
  description = "Ports to which the security group that Terraform creates admits traffic from everywhere. Add the port of every project that sets `port`."
  type        = set(number)
  default     = [5000]

  validation {
    condition     = length(var.session_ports) > 0 && alltrue([for port in var.session_ports : port >= 1 && port <= 65535 && floor(port) == port])
    error_message = "session_ports must hold at least one port, each a whole number from 1 to 65535."
  }
}

variable "session_certificate_secret_arn" {
  description = "Your secret in Secrets Manager: a JSON object whose `fullchain` and `privkey` are a certificate for *.<root_domain> and its key, in PEM. Every server gets both when it starts, and speaks wss. Encrypt it with AWS's own key or with kms_key_arn. Null: servers speak ws, to which a page served by https cannot connect (docs/deploy.md)."
  type        = string
  default     = null

  validation {
    # The complete ARN: IAM and ECS also match the six characters that Secrets Manager adds to a
    # name.
    condition     = var.session_certificate_secret_arn == null ? true : can(regex("^arn:aws[a-z-]*:secretsmanager:${var.region}:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}$", var.session_certificate_secret_arn))
    error_message = "session_certificate_secret_arn must be the complete ARN of a secret in the deployment's Region, with the six characters at its end: arn:aws:secretsmanager:${var.region}:<account id>:secret:<name>-<6 characters>."
  }
}

variable "max_runtime_minutes" {
  description = "Longest time in minutes that any session may run, whatever its project asks for."
  type        = number
  default     = 120

  validation {
    condition     = var.max_runtime_minutes >= 1 && var.max_runtime_minutes <= 1440 && floor(var.max_runtime_minutes) == var.max_runtime_minutes
    error_message = "max_runtime_minutes must be a whole number from 1 to 1440 (a day)."
  }
}

variable "max_sessions" {
  description = "Limit of sessions at the same time in the whole deployment; further participants wait in line. Null: only the account's quotas limit them. A project may set its own limit (maxSessions)."
  type        = number
  default     = null

  validation {
    condition     = var.max_sessions == null ? true : var.max_sessions >= 1 && floor(var.max_sessions) == var.max_sessions
    error_message = "max_sessions must be a whole number of at least 1, or null for no limit."
  }
}

variable "cluster_mode" {
  description = "\"per-session\": start_server creates one ECS cluster for each session. \"shared\": all sessions run in one cluster; for classes of hundreds who start within minutes, because ECS allows an account one cluster call a second."
  type        = string
  default     = "per-session"

  validation {
    condition     = contains(["per-session", "shared"], var.cluster_mode)
    error_message = "cluster_mode must be \"per-session\" or \"shared\"."
  }
}

variable "sweep_minutes" {
  description = "Minutes between two sweeps for leftovers: one sweep marks what outlived its session, the next one deletes it. At most 360."
  type        = number
  default     = 5

  validation {
    condition     = var.sweep_minutes >= 1 && var.sweep_minutes <= 360 && floor(var.sweep_minutes) == var.sweep_minutes
    error_message = "sweep_minutes must be a whole number from 1 to 360 (six hours)."
  }
}

variable "extra_task_role_arns" {
  description = "Roles, in addition to the two that Terraform creates, that researchers' task definitions may name as task or execution role."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.extra_task_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*?]+$", arn))])
    error_message = "extra_task_role_arns must be complete role ARNs without wildcards, such as arn:aws:iam::<account id>:role/my_study."
  }
}

variable "task_event_publishing" {
  description = "How EventBridge publishes stopped tasks to the stop topic. role: with the role <name>_task_events. source_condition: the topic's policy admits EventBridge for this one rule of this account. Keep both unless the alarm stop_rule goes off; docs/operate.md then says which one to set to false."
  type = object({
    role             = optional(bool, true)
    source_condition = optional(bool, true)
  })
  default = {}
}

variable "task_event_sources" {
  description = "Event sources that report task states. An emulator cannot use aws.ecs and adds its own source."
  type        = list(string)
  default     = ["aws.ecs"]
}

# ------------------------------------------------------------------------------------------------------ monitoring

variable "alarm_emails" {
  description = "E-mail addresses that alarms go to, once their owners have confirmed the message that AWS sends first. For a chat or a pager, subscribe it to the output alarm_topic_arn, or set alarm_topic_arn."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alarm_emails : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "alarm_emails must be e-mail addresses."
  }
}

variable "alarm_topic_arn" {
  description = "Your SNS topic for alarms. Its policy must allow cloudwatch.amazonaws.com to publish, and with monthly_budget also budgets.amazonaws.com. Null: Terraform creates the topic <name>_alarms."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_topic_arn == null || can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", var.alarm_topic_arn))
    error_message = "alarm_topic_arn must be the ARN of a topic, such as arn:aws:sns:<region>:<account id>:on_call."
  }

  validation {
    condition     = var.alarm_topic_arn == null || length(var.alarm_emails) == 0
    error_message = "alarm_emails cannot be used with alarm_topic_arn: they subscribe to the topic that Terraform creates. Subscribe the addresses to your own topic instead."
  }

  validation {
    # CloudWatch refuses another Region: "Invalid region … specified. Only … is supported."
    condition     = var.alarm_topic_arn == null ? true : try(split(":", var.alarm_topic_arn)[3] == var.region, false)
    error_message = "alarm_topic_arn must be a topic in ${var.region}: an alarm publishes in its own Region only. Create a topic there, and subscribe the people on call to it."
  }
}

variable "alarms" {
  description = "Create the alarms. Each one costs money (docs/operate.md): a test deployment can do without."
  type        = bool
  default     = true
}

variable "dashboard" {
  description = "Create the dashboard <name>."
  type        = bool
  default     = true
}

variable "alarm_thresholds" {
  description = "Thresholds of the alarms. In five minutes: function_errors of a function, retried_function_errors of start_server and stop_server (which Lambda retries), throttles, failed_requests (5xx; \"try again\"). In an hour: start_failures. In 15 minutes: seconds_to_ready (p95). In a sweep: orphans. sessions_percent of max_sessions. server_hours_a_day of all sessions together: limits what a mistake can cost."
  type = object({
    function_errors         = optional(number, 1)
    retried_function_errors = optional(number, 5)
    throttles               = optional(number, 5)
    failed_requests         = optional(number, 5)
    start_failures          = optional(number, 3)
    seconds_to_ready        = optional(number, 180)
    sessions_percent        = optional(number, 80)
    orphans                 = optional(number, 1)
    server_hours_a_day      = optional(number, 100)
  })
  default = {}

  validation {
    condition     = alltrue([for threshold in values(var.alarm_thresholds) : threshold > 0]) && var.alarm_thresholds.sessions_percent <= 100
    error_message = "Each of alarm_thresholds must be above 0, and sessions_percent at most 100."
  }
}

variable "monthly_budget" {
  description = "AWS Budgets budget in USD a month, with alarms at 80 % and 100 % of it and when AWS forecasts more than 100 %. It counts resources with the tag Deployment, which must be active as a cost allocation tag (docs/operate.md), or with whole_account the whole account. Null: no budget; the alarm on server hours works in either case."
  type = object({
    usd           = number
    whole_account = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.monthly_budget == null ? true : var.monthly_budget.usd > 0
    error_message = "monthly_budget.usd must be above 0. For no budget set monthly_budget = null."
  }
}

variable "runbook_url" {
  description = "Address where your team reads docs/operate.md: each alarm's text ends in this address and the anchor of its entry."
  type        = string
  default     = "docs/operate.md"

  validation {
    condition     = !strcontains(var.runbook_url, "#") && length(var.runbook_url) <= 300
    error_message = "runbook_url must be an address without an anchor (#) and of at most 300 characters."
  }
}

variable "tracing" {
  description = "Trace requests with X-Ray through functions, topics and tasks."
  type        = bool
  default     = true
}

variable "xray_resource_policy" {
  description = "Create an X-Ray resource policy that allows the session topics to send their part of a trace. An account can have five such policies in a Region: set false if one of yours admits the topics, or if all five are in use. The functions need no such policy."
  type        = bool
  default     = true
}
