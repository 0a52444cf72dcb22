variable "name" {
  description = "Name of the deployment; clusters, tasks and schedules of its sessions begin with <name>-."
  type        = string

  validation {
    # With hyphens, the clusters of a deployment "a-b" would match the pattern "a-*" of a deployment
    # "a".
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_]{0,31}$", var.name))
    error_message = "name must be 1 to 32 letters, digits and underscores, beginning with a letter."
  }
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

variable "bucket_arn" {
  description = "ARN of the projects bucket."
  type        = string
}

variable "topic_arns" {
  description = "ARNs of the two session topics."
  type        = object({ start_server = string, stop_server = string })
}

variable "dead_letter_queue_arns" {
  description = "ARNs of the queues for messages that a function failed to process, by topic."
  type        = object({ start_server = string, stop_server = string })
}

variable "hosted_zone_id" {
  description = "Hosted zone that the sessions' records are in."
  type        = string
}

variable "reserved_names" {
  description = "Labels directly under root_domain that other hosts use: no function may write or delete their records."
  type        = list(string)
  default     = []
}

variable "certificate" {
  description = "What renew_certificate writes: the ARNs of its secrets, whether also files in the projects bucket; and a secret that it reads. Null: there is no such function."
  type = object({
    secret_arns                 = list(string)
    external_account_secret_arn = optional(string)
    copy_to_bucket              = optional(bool, false)
  })
  default = null
}

variable "root_domain" {
  description = "Domain under which each session gets the name <userId>.<root_domain>."
  type        = string
}

variable "scheduler_role_arn" {
  description = "ARN of the role that stop schedules publish with."
  type        = string
}

variable "task_role_arns" {
  description = "ARNs of the roles that a session's task may use: execution role, task role and any further roles of the researchers."
  type        = list(string)

  validation {
    condition     = length(var.task_role_arns) > 0
    error_message = "task_role_arns must hold at least the execution role: without it no task starts."
  }
}

variable "admitted_task_families" {
  description = "Families of task definitions without the deployment's tag that sessions may run."
  type        = list(string)
  default     = []
}

variable "kms_key_arn" {
  description = "Key of the bucket, topics and queues, which the functions use through these services. Null: there is no such key, and the functions get no permission for one."
  type        = string
  default     = null
}

variable "edge_route" {
  description = "Whether next_step and start_server sign paths of the edge route."
  type        = bool
  default     = false
}

variable "tracing" {
  description = "Whether the functions send traces to X-Ray."
  type        = bool
  default     = true
}
