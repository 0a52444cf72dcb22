variable "name" {
  description = "Name of the deployment; the topics are <name>_start_server and <name>_stop_server."
  type        = string
}

variable "account_id" {
  description = "Account of the topics."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be twelve digits."
  }
}

variable "region" {
  description = "Region of the topics."
  type        = string
}

variable "partition" {
  description = "AWS partition."
  type        = string
  default     = "aws"
}

variable "subscribers" {
  description = "Function that each topic delivers to, by topic."
  type = object({
    start_server = object({ arn = string, function_name = string })
    stop_server  = object({ arn = string, function_name = string })
  })
}

variable "task_state_rule_arn" {
  description = "ARN of the EventBridge rule that publishes to the stop topic, and sends events that it could not publish to the topic's dead-letter queue."
  type        = string
}

variable "task_event_source_condition" {
  description = "Whether the stop topic admits EventBridge for this one rule only. False: for rules of every account; needed if EventBridge does not send the rule's ARN."
  type        = bool
  default     = true
}

variable "require_tls" {
  description = "Refuse publishers that do not use TLS. Set false only for an emulator that speaks plain HTTP."
  type        = bool
  default     = true
}

variable "kms_key_arn" {
  description = "Key that encrypts the topics and the queues. Null: the topics are not encrypted, and SQS's own key encrypts the queues."
  type        = string
  default     = null
}

variable "tracing" {
  description = "Whether the topics send their part of a trace to X-Ray."
  type        = bool
  default     = true
}
