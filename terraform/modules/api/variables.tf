variable "name" {
  description = "Name of the API, and of its access log: /aws/vendedlogs/apigateway/<name>."
  type        = string
}

variable "routes" {
  description = "The function behind each route, by route key (\"GET /next\"), whether the caller must sign the request (AWS_IAM), and the route's own limit of requests, if it has one."
  type = map(object({
    function_name = string
    invoke_arn    = string
    iam           = optional(bool, false)
    throttling    = optional(object({ rate = number, burst = number }))
  }))

  validation {
    condition     = alltrue([for key in keys(var.routes) : can(regex("^(GET|POST) /[a-z]*$", key))])
    error_message = "Each route key must be GET or POST, a space, and a path of one lower-case word: \"GET /next\"."
  }
}

variable "cors_allow_origins" {
  description = "Origins whose pages may call the API; [\"*\"] allows every origin."
  type        = list(string)
  default     = ["*"]
}

variable "throttling" {
  description = "Requests that the API accepts on each route: `rate` a second on average, `burst` at the same moment. `next`: those of a route without a signature, which anyone may call."
  type        = object({ rate = number, burst = number, next = object({ rate = number, burst = number }) })

  validation {
    condition     = var.throttling.rate >= 1 && var.throttling.burst >= 1 && floor(var.throttling.burst) == var.throttling.burst
    error_message = "throttling.rate must be at least 1, and throttling.burst a whole number of at least 1."
  }
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the access log; 0 keeps it permanently."
  type        = number

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days,
    )
    error_message = "log_retention_days must be a period that CloudWatch Logs offers: 0 (no end), 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the access log. Null: CloudWatch Logs encrypts with its own key."
  type        = string
  default     = null
}
