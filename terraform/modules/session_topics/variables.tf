variable "name" {
  description = "Name of the deployment; the topics are <name>_start_server and <name>_stop_server."
  type        = string
}

variable "account_id" {
  description = "Account that the topics live in."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be twelve digits."
  }
}

variable "region" {
  description = "Region that the topics live in."
  type        = string
}

variable "partition" {
  description = "AWS partition."
  type        = string
  default     = "aws"
}

variable "subscribers" {
  description = "The function that each topic delivers to, by topic."
  type = object({
    start_server = object({ arn = string, function_name = string })
    stop_server  = object({ arn = string, function_name = string })
  })
}

variable "task_state_rule_arn" {
  description = "ARN of the EventBridge rule that publishes to the stop topic, and leaves in its dead-letter queue what it could not publish."
  type        = string
}

variable "task_event_source_condition" {
  description = "The stop topic admits EventBridge for this one rule. False: for rules of any account, where EventBridge does not say which rule it publishes for."
  type        = bool
  default     = true
}

variable "require_tls" {
  description = "Refuse publishers that do not come over TLS. Only an emulator that speaks plain HTTP needs false."
  type        = bool
  default     = true
}

variable "kms_key_arn" {
  description = "Key that encrypts the topics and the queues. Null: the topics have none, the queues SQS' own."
  type        = string
  default     = null
}

variable "tracing" {
  description = "Send the topics' part of traces to X-Ray."
  type        = bool
  default     = true
}
