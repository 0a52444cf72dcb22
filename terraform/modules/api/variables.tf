variable "name" {
  description = "Name of the API, and of its access log: /aws/apigateway/<name>."
  type        = string
}

variable "routes" {
  description = "The function behind each route, by route key (\"GET /next\"), and whether the caller must sign the request (AWS_IAM)."
  type = map(object({
    function_name = string
    invoke_arn    = string
    iam           = optional(bool, false)
  }))

  validation {
    condition     = alltrue([for key in keys(var.routes) : can(regex("^(GET|POST) /[a-z]*$", key))])
    error_message = "A route key is GET or POST, a space, and a path of one lower-case word: \"GET /next\"."
  }
}

variable "cors_allow_origins" {
  description = "Origins whose pages may call the API; [\"*\"] for any."
  type        = list(string)
  default     = ["*"]
}

variable "throttling" {
  description = "Requests that the API takes: rate per second in the long run, and burst at once."
  type        = object({ rate = number, burst = number })
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the access log; 0 keeps it for ever."
  type        = number
}

variable "kms_key_arn" {
  description = "Key that encrypts the access log. Null: CloudWatch Logs' own key does."
  type        = string
  default     = null
}
