variable "function_name" {
  description = "Name of the function in AWS; its role has the same name and its log group is /aws/lambda/<name>."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.function_name))
    error_message = "function_name must be 1 to 64 letters, digits, hyphens and underscores."
  }
}

variable "description" {
  description = "What the function does, in one sentence."
  type        = string
}

variable "code" {
  description = "The bundle that the function runs from: path of the zip, its base64 SHA-256, the handler in it, and the runtime and architecture it was built for."
  type = object({
    bundle_path      = string
    source_code_hash = string
    handler          = string
    runtime          = optional(string, "python3.13")
    architecture     = optional(string, "arm64")
  })

  validation {
    condition     = contains(["arm64", "x86_64"], var.code.architecture)
    error_message = "code.architecture must be arm64 or x86_64, the one that build.py made the bundle for."
  }
}

variable "timeout" {
  description = "Seconds until Lambda ends a run."
  type        = number

  validation {
    condition     = var.timeout >= 1 && var.timeout <= 900
    error_message = "timeout must be 1 to 900 seconds."
  }
}

variable "memory_mb" {
  description = "Memory in MB; the share of a CPU grows with it."
  type        = number
  default     = 256

  validation {
    condition     = var.memory_mb >= 128 && var.memory_mb <= 10240
    error_message = "memory_mb must be 128 to 10240."
  }
}

variable "environment" {
  description = "Environment variables."
  type        = map(string)

  validation {
    # All variables together, as JSON: AWS Lambda developer guide, "Lambda quotas".
    condition     = length(base64encode(jsonencode(var.environment))) <= 5460 # of 4,095 bytes
    error_message = "The environment variables of ${var.function_name} fill the 4,096 bytes that Lambda takes for all of them: shorten or leave out some of function_environment or reserved_names."
  }
}

variable "policy_json" {
  description = "What the function may do, its log and traces included; from modules/permissions."
  type        = string
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the function's log; 0 keeps it for ever."
  type        = number
}

variable "role_path" {
  description = "IAM path of the function's role."
  type        = string
  default     = "/"
}

variable "permissions_boundary_arn" {
  description = "Policy that bounds what the function's role may do. Null: none."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "Key that encrypts the function's log. Null: CloudWatch Logs' own key does."
  type        = string
  default     = null
}

variable "tracing" {
  description = "Send traces to X-Ray."
  type        = bool
  default     = true
}
