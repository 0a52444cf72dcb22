variable "name" {
  description = "Name of the deployment; the roles are <name>_scheduler and <name>_task_events, the rule <name>_task_stopped."
  type        = string
}

variable "partition" {
  description = "AWS partition."
  type        = string
  default     = "aws"
}

variable "region" {
  description = "Region of the deployment."
  type        = string
}

variable "account_id" {
  description = "Account of the deployment."
  type        = string
}

variable "stop_topic_arn" {
  description = "ARN of the stop topic."
  type        = string
}

variable "dead_letter_queue_arn" {
  description = "ARN of the queue for task events that EventBridge could not publish."
  type        = string
}

variable "task_event_sources" {
  description = "Event sources that report task states. An emulator cannot use aws.ecs and adds its own source."
  type        = list(string)
  default     = ["aws.ecs"]

  validation {
    condition     = length(var.task_event_sources) > 0
    error_message = "task_event_sources must hold at least one source, in AWS aws.ecs."
  }
}

variable "publishes_with_role" {
  description = "Whether the rule's target names a role to publish with. False: EventBridge publishes as a service, and only the topic's policy decides."
  type        = bool
  default     = true
}

variable "role_path" {
  description = "IAM path of the two roles: of the schedules and of the rule."
  type        = string
  default     = "/"
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the two roles. Null: none."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "Key that encrypts the stop topic. Null: it has none."
  type        = string
  default     = null
}
