# ------------------------------------------------------------------------------------------------------- functions

variable "bundle_path" {
  description = "The zip that build.py writes, relative to the terraform folder."
  type        = string
  default     = "../build/hippo_gym.zip"
  nullable    = false

  validation {
    condition     = fileexists(var.bundle_path)
    error_message = "There is no bundle at ${var.bundle_path}: run `make build` first, or set bundle_path."
  }
}

variable "certificate_bundle_path" {
  description = "The zip of renew_certificate that build.py writes, relative to the terraform folder. Used with session_certificate.acme only."
  type        = string
  default     = "../build/hippo_certificates.zip"
  nullable    = false

  validation {
    condition     = try(var.session_certificate.acme, null) == null ? true : fileexists(var.certificate_bundle_path)
    error_message = "There is no bundle of renew_certificate at ${var.certificate_bundle_path}: run `make build` first, or set certificate_bundle_path."
  }
}

variable "architecture" {
  description = "Processor that the functions run on, arm64 or x86_64. The bundle must be built for the same one."
  type        = string
  default     = "arm64"
  nullable    = false

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
    issue_upload_ticket        = optional(number, 256)
    sweep_sessions             = optional(number, 1024)
    renew_certificate          = optional(number, 256)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for memory in values(var.memory_mb) : memory >= 128 && memory <= 10240 && floor(memory) == memory])
    error_message = "Each of memory_mb must be a whole number from 128 to 10240."
  }
}

variable "reserved_concurrency" {
  description = "Executions of the account that AWS Lambda reserves: for start_server also the most that it gets, so that starts cannot use up the other functions' executions; for next_step a floor that nothing else uses, and also its ceiling. 100 executions must remain unreserved, so an account with the first quota of 10 can reserve none. Null: no reservation."
  type = object({
    start_server = optional(number)
    next_step    = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for number in values(var.reserved_concurrency) : number == null ? true : number >= 1 && floor(number) == number])
    error_message = "Each of reserved_concurrency must be a whole number of at least 1, or null for no reservation: with 0 the function would never run."
  }
}

variable "function_environment" {
  description = "Additional environment variables for every function."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = length(setintersection(keys(var.function_environment), [
      "ACCOUNT_SECRET", "ACME_DIRECTORY", "ACME_EMAIL", "ACME_EXTERNAL_ACCOUNT_SECRET_ARN", "ACME_PROFILE", "ACME_TRUSTED_ROOTS",
      "CERTIFICATE_SECRET", "COPY_TO_BUCKET",
      "BUCKET", "DEPLOYMENT_NAME", "HOSTED_ZONE_ID", "KEEP_ADDRESSES", "KEEP_BROWSER", "LOG_LEVEL", "MAX_LINE", "MAX_RUNTIME", "MAX_SESSIONS", "MAX_TASK_CPU",
      "MAX_TASK_MEMORY", "PAGE_ORIGINS", "RESERVED_NAMES", "RETAIN_DAYS", "ROOT_DOMAIN",
      "SCHEDULER_ROLE_ARN", "SECURITY_GROUP", "SHARED_CLUSTER", "START_SERVER_TOPIC_ARN", "STOP_SERVER_TOPIC_ARN", "SUBNET", "TASK_ROLES", "EDGE_SECURITY_GROUP", "EDGE_URL",
      "GAME_ROUTE", "MAX_WARM",
      "ADMITTED_TASK_FAMILIES", "MAX_UPLOAD_MB",
    ])) == 0
    error_message = "function_environment must not contain a variable that the deployment sets itself, such as BUCKET, LOG_LEVEL or MAX_SESSIONS. Set the Terraform variable for it instead."
  }

  validation {
    # Powertools for AWS Lambda prefers these to LOG_LEVEL ("Logger", "Setting a log level").
    condition     = length(setintersection(keys(var.function_environment), ["POWERTOOLS_LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL"])) == 0
    error_message = "function_environment must not contain POWERTOOLS_LOG_LEVEL or AWS_LAMBDA_LOG_LEVEL, which would replace log_level. Set log_level instead."
  }

  validation {
    condition     = !contains(keys(var.function_environment), "POWERTOOLS_LOGGER_LOG_EVENT")
    error_message = "function_environment must not contain POWERTOOLS_LOGGER_LOG_EVENT: the functions must not log events, which hold participants' answers and headers. Remove it."
  }

  validation {
    # AWS Lambda developer guide, "Working with Lambda environment variables": "Reserved environment
    # variables". The metadata's two came later.
    condition = length(setintersection(keys(var.function_environment), [
      "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
      "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
      "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_METADATA_API",
      "AWS_LAMBDA_METADATA_TOKEN",
    ])) == 0
    error_message = "function_environment must not contain a variable that Lambda reserves, such as AWS_REGION, AWS_ACCESS_KEY_ID or _HANDLER: Lambda refuses the function. Rename it, or remove it."
  }

  validation {
    # Rules for names: the same page.
    condition     = alltrue([for name in keys(var.function_environment) : can(regex("^([A-Za-z][A-Za-z0-9_]+|_HANDLER|_X_AMZN_TRACE_ID)$", name))])
    error_message = "function_environment must have names of at least two letters, digits and underscores, beginning with a letter. Rename the variable."
  }
}

variable "log_level" {
  description = "Lowest level that the functions log: DEBUG, INFO, WARNING or ERROR."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARNING or ERROR."
  }
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the logs of functions, API and session servers; 0 keeps them permanently."
  type        = number
  default     = 90
  nullable    = false

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
  description = "Origins whose pages may call the API. The default allows every origin, because existing clients are served from many places. With website.domain, or a list here, the game servers of studies whose access is bound or signed accept pages of these origins only."
  type        = list(string)
  default     = ["*"]
  nullable    = false

  validation {
    # Every container of a session gets the origins, and RunTask takes 8,192 characters of overrides:
    # with the largest conditions, 300 characters leave room for four containers, one origin for six.
    condition     = length(join(",", var.cors_allow_origins)) <= 300
    error_message = "cors_allow_origins must have at most 300 characters in all. Name fewer origins."
  }

  validation {
    condition     = length(var.cors_allow_origins) > 0 && alltrue([for origin in var.cors_allow_origins : origin == "*" || can(regex("^https?://[^/]+$", origin))])
    error_message = "cors_allow_origins must be [\"*\"], or origins such as https://study.example.org without a path."
  }
}

variable "throttling" {
  description = "Requests that the API accepts on each route before it answers 429: `rate` a second on average, `burst` at the same moment. `next` holds those of the participants' routes, which anyone may call."
  type = object({
    rate  = optional(number, 200)
    burst = optional(number, 400)
    next = optional(object({
      rate  = optional(number, 100)
      burst = optional(number, 200)
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.throttling.rate >= 1 && var.throttling.burst >= 1 && floor(var.throttling.burst) == var.throttling.burst
    error_message = "throttling.rate must be at least 1, and throttling.burst a whole number of at least 1."
  }

  validation {
    condition     = var.throttling.next.rate >= 1 && var.throttling.next.burst >= 1 && floor(var.throttling.next.burst) == var.throttling.next.burst
    error_message = "throttling.next.rate must be at least 1, and throttling.next.burst a whole number of at least 1."
  }
}
