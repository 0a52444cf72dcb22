variable "function_name" {
  description = "Name of the function in AWS and of its role; the log group is /aws/lambda/<name>."
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
  description = "The bundle that the function runs from: path of the zip, its base64 SHA-256, the handler in it, and the runtime and architecture that it was built for."
  type = object({
    bundle_path      = string
    source_code_hash = string
    handler          = string
    runtime          = optional(string, "python3.13")
    architecture     = optional(string, "arm64")
  })

  validation {
    condition     = contains(["arm64", "x86_64"], var.code.architecture)
    error_message = "code.architecture must be arm64 or x86_64, and the same as the one that build.py built the bundle for."
  }
}

variable "timeout" {
  description = "Seconds after which Lambda ends a run."
  type        = number

  validation {
    condition     = var.timeout >= 1 && var.timeout <= 900 && floor(var.timeout) == var.timeout
    error_message = "timeout must be a whole number from 1 to 900 (seconds)."
  }
}

variable "memory_mb" {
  description = "Memory in MB. Lambda assigns CPU in proportion."
  type        = number
  default     = 256

  validation {
    condition     = var.memory_mb >= 128 && var.memory_mb <= 10240 && floor(var.memory_mb) == var.memory_mb
    error_message = "memory_mb must be a whole number from 128 to 10240."
  }
}

variable "reserved" {
  description = "Concurrent executions that Lambda reserves for the function, which gets no more than these. 100 must remain unreserved in the account. Null: no reservation."
  type        = number
  default     = null

  validation {
    condition     = var.reserved == null ? true : var.reserved >= 1 && floor(var.reserved) == var.reserved
    error_message = "reserved must be a whole number of at least 1, or null."
  }
}

variable "recursive_loop" {
  description = "What Lambda does after about 16 runs of the function in one chain of messages. Terminate stops the chain and sends the message to the dead letters; Allow continues. Use Allow only for a function whose own messages may start it again and that ends such a chain itself."
  type        = string
  default     = "Terminate"

  validation {
    condition     = contains(["Allow", "Terminate"], var.recursive_loop)
    error_message = "recursive_loop must be Allow or Terminate."
  }
}

variable "environment" {
  description = "Environment variables."
  type        = map(string)

  validation {
    # The limit is for all variables together, as JSON: AWS Lambda developer guide, "Lambda quotas".
    condition     = length(base64encode(jsonencode(var.environment))) <= 5460 # of 4,095 bytes
    error_message = "The environment variables of ${var.function_name} exceed the 4,096 bytes that Lambda takes for all of them: shorten or remove some of function_environment or reserved_names."
  }
}

variable "policy_json" {
  description = "IAM policy of the function's role, including its log and traces; from modules/permissions."
  type        = string
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the function's log; 0 keeps it permanently."
  type        = number

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days,
    )
    error_message = "log_retention_days must be a period that CloudWatch Logs offers: 0 (no end), 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "role_path" {
  description = "IAM path of the function's role."
  type        = string
  default     = "/"
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the function's role. Null: none."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "Key that encrypts the function's log. Null: CloudWatch Logs encrypts with its own key."
  type        = string
  default     = null
}

variable "tracing" {
  description = "Send traces to X-Ray."
  type        = bool
  default     = true
}
