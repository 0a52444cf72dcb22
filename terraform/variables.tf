# ------------------------------------------------------------------------------------------------- the deployment

variable "name" {
  description = "Name of the deployment: every name in AWS begins with it. Researchers' scripts invoke <name>_update_project_master_list, so change it only for a second deployment in the account."
  type        = string
  default     = "HIPPO_Gym"

  validation {
    # No hyphen: sessions are <name>-<id>, and the permissions of "a" (a-*) must not reach the sessions of "a-b".
    # At most 32: the longest name made of it must fit the 64 characters of IAM, Lambda and the scheduler.
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_]{0,31}$", var.name))
    error_message = "name must be 1 to 32 letters, digits and underscores, beginning with a letter: HIPPO_Gym_pilot, not HIPPO-Gym."
  }
}

variable "region" {
  description = "AWS Region to deploy to. Participants play over the internet, so choose one near them."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be an AWS Region code such as ca-central-1."
  }
}

variable "tags" {
  description = "Tags for every resource, beside Product, Deployment and ManagedBy."
  type        = map(string)
  default     = {}
}

variable "researchers" {
  description = "IAM groups and roles, by name, that get the researcher policy. For single sign-on attach the policy <name>_researcher to a permission set instead."
  type = object({
    groups = optional(set(string), [])
    roles  = optional(set(string), [])
  })
  default = {}
}

# ------------------------------------------------------------------------------------------------------- functions

variable "bundle_path" {
  description = "The zip that build.py made, relative to the terraform folder."
  type        = string
  default     = "../build/hippo_gym.zip"

  validation {
    condition     = fileexists(var.bundle_path)
    error_message = "There is no bundle at ${var.bundle_path}: run `make build` first, or set bundle_path."
  }
}

variable "architecture" {
  description = "Processor that the functions run on, arm64 or x86_64: the one that the bundle was built for."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64, the one that build.py made the bundle for."
  }
}

variable "memory_mb" {
  description = "Memory of each function in MB. A function left out keeps its default."
  type = object({
    next_step                  = optional(number, 512)
    start_server               = optional(number, 256)
    stop_server                = optional(number, 256)
    send_start_server_message  = optional(number, 256)
    send_stop_server_message   = optional(number, 256)
    update_project_master_list = optional(number, 256)
    sweep_sessions             = optional(number, 256)
  })
  default = {}

  validation {
    condition     = alltrue([for memory in values(var.memory_mb) : memory >= 128 && memory <= 10240])
    error_message = "Each of memory_mb must be 128 to 10240."
  }
}

variable "function_environment" {
  description = "Further environment variables for every function."
  type        = map(string)
  default     = {}

  validation {
    condition = length(setintersection(keys(var.function_environment), [
      "BUCKET", "DEPLOYMENT_NAME", "HOSTED_ZONE_ID", "LOG_LEVEL", "MAX_RUNTIME", "MAX_SESSIONS", "ROOT_DOMAIN",
      "SCHEDULER_ROLE_ARN", "SECURITY_GROUP", "SHARED_CLUSTER", "START_SERVER_TOPIC_ARN", "STOP_SERVER_TOPIC_ARN", "SUBNET",
    ])) == 0
    error_message = "function_environment must not name a variable that the deployment sets itself, such as BUCKET; each of those has a Terraform variable."
  }
}

variable "log_level" {
  description = "Least level that the functions log: DEBUG, INFO, WARNING or ERROR."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARNING or ERROR."
  }
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the logs of functions, API and session servers; 0 keeps them for ever."
  type        = number
  default     = 90

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days,
    )
    error_message = "log_retention_days must be one that CloudWatch Logs knows: 0 (for ever), 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

# ------------------------------------------------------------------------------------------------------------- API

variable "cors_allow_origins" {
  description = "Origins whose pages may call the API. Existing clients are served from anywhere, so any by default."
  type        = list(string)
  default     = ["*"]

  validation {
    condition     = length(var.cors_allow_origins) > 0 && alltrue([for origin in var.cors_allow_origins : origin == "*" || can(regex("^https?://[^/]+$", origin))])
    error_message = "cors_allow_origins must be [\"*\"], or origins such as https://study.example.org without a path."
  }
}

variable "throttling" {
  description = "Requests that the API takes before it answers 429: rate a second in the long run, burst at once."
  type = object({
    rate  = optional(number, 200)
    burst = optional(number, 400)
  })
  default = {}

  validation {
    condition     = var.throttling.rate >= 1 && var.throttling.burst >= 1
    error_message = "throttling.rate and throttling.burst must be at least 1."
  }
}

# ------------------------------------------------------------------------------------------------ participant page

variable "website" {
  description = "The participant page on CloudFront. Null: none; serve frontend/ wherever you like. {}: under CloudFront's own name. domain: under that name, which must be in the hosted zone, with a certificate. price_class: PriceClass_100 (North America, Europe, Israel), PriceClass_200 or PriceClass_All."
  type = object({
    domain      = optional(string)
    price_class = optional(string, "PriceClass_100")
  })
  default = null

  validation {
    condition     = var.website == null ? true : contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.website.price_class)
    error_message = "website.price_class must be PriceClass_100, PriceClass_200 or PriceClass_All."
  }

  validation {
    condition     = try(var.website.domain, null) == null ? true : endswith(".${var.website.domain}", ".${var.root_domain}")
    error_message = "website.domain must be root_domain, or a name under it such as study.<root_domain>: its records go into the same hosted zone. A participant who has that name as their id gets no server."
  }
}

# ------------------------------------------------------------------------------------------------------------ data

variable "bucket_name" {
  description = "Name of the projects bucket. Null: <name, lower case, hyphens>-projects-<account id>."
  type        = string
  default     = null
}

variable "noncurrent_days" {
  description = "Days after which a replaced or deleted version of an object in the projects bucket is gone for good."
  type        = number
  default     = 90
}

variable "require_tls" {
  description = "Bucket, topics and queues refuse requests that do not come over TLS. Only an emulator that speaks plain HTTP needs false."
  type        = bool
  default     = true
}

# -------------------------------------------------------------------------------------------------------- sessions

variable "root_domain" {
  description = "Domain under which each session gets the name <userId>.<root_domain>. Use one, or a sub-domain, that serves nothing else."
  type        = string
}

variable "hosted_zone_id" {
  description = "Public hosted zone that holds root_domain. Null: one is made, and its parent must delegate to the name_servers output."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "Public subnets for the sessions' tasks, given together with security_group_ids. Empty: a small VPC is made."
  type        = list(string)
  default     = []
}

variable "security_group_ids" {
  description = "Security groups for the sessions' tasks, given together with subnet_ids; they must admit session_ports. Empty: one is made."
  type        = list(string)
  default     = []
}

variable "vpc_cidr" {
  description = "Address range of the VPC that is made when no subnets are given."
  type        = string
  default     = "10.42.0.0/16"
}

variable "session_ports" {
  description = "Ports that the security group that is made admits from anywhere. Projects that set `port` need theirs here."
  type        = set(number)
  default     = [5000]
}

variable "max_runtime_minutes" {
  description = "Longest that any session may run, whatever its project asks for."
  type        = number
  default     = 120

  validation {
    condition     = var.max_runtime_minutes >= 1 && var.max_runtime_minutes <= 1440 && floor(var.max_runtime_minutes) == var.max_runtime_minutes
    error_message = "max_runtime_minutes must be a whole number from 1 to 1440 (a day)."
  }
}

variable "max_sessions" {
  description = "Most sessions at once in the whole deployment; whoever comes beyond waits in line. Null: as many as the account's quotas allow. A project may set a limit of its own (maxSessions)."
  type        = number
  default     = null

  validation {
    condition     = var.max_sessions == null ? true : var.max_sessions >= 1 && floor(var.max_sessions) == var.max_sessions
    error_message = "max_sessions must be a whole number from 1 on, or null for no limit."
  }
}

variable "cluster_mode" {
  description = "\"per-session\": each session makes an ECS cluster of its own. \"shared\": all sessions run in one, for classes of hundreds that start within minutes, since ECS allows an account one cluster call a second."
  type        = string
  default     = "per-session"

  validation {
    condition     = contains(["per-session", "shared"], var.cluster_mode)
    error_message = "cluster_mode must be \"per-session\" or \"shared\"."
  }
}

variable "sweep_minutes" {
  description = "Minutes between two sweeps for leftovers; nothing outlives its session by more."
  type        = number
  default     = 5
}

variable "extra_task_role_arns" {
  description = "Roles, beside the two that are made, that researchers' task definitions may name as task or execution role."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.extra_task_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*?]+$", arn))])
    error_message = "extra_task_role_arns must be whole role ARNs without wildcards, such as arn:aws:iam::<account id>:role/my_study."
  }
}

variable "task_event_sources" {
  description = "Event sources that report task states. An emulator cannot use aws.ecs and adds one of its own."
  type        = list(string)
  default     = ["aws.ecs"]
}
