variable "name" {
  description = "Name of the deployment: prefix of the names of alarms, topic, dashboard and budget, and value of the metrics' dimension Deployment."
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

variable "functions" {
  description = "Name in AWS of each function, by the name of its file."
  type        = map(string)
}

variable "dead_letter_queues" {
  description = "Name of each topic's dead-letter queue, by topic."
  type        = map(string)
}

variable "stop_rule" {
  description = "Name of the EventBridge rule that publishes stopped tasks to the stop topic."
  type        = string
}

variable "api_id" {
  description = "Id of the HTTP API."
  type        = string
}

variable "sweep_minutes" {
  description = "Minutes between two sweeps."
  type        = number

  validation {
    condition     = var.sweep_minutes >= 1 && var.sweep_minutes <= 360 && floor(var.sweep_minutes) == var.sweep_minutes
    error_message = "sweep_minutes must be a whole number from 1 to 360 (six hours)."
  }
}

variable "max_sessions" {
  description = "Limit of sessions at the same time in the deployment. Null: no limit, and no alarm near it."
  type        = number
  default     = null

  validation {
    condition     = var.max_sessions == null ? true : var.max_sessions >= 1 && floor(var.max_sessions) == var.max_sessions
    error_message = "max_sessions must be a whole number of at least 1, or null for no limit."
  }
}

variable "alarms" {
  description = "Create the alarms."
  type        = bool
  default     = true
}

variable "dashboard" {
  description = "Create the dashboard."
  type        = bool
  default     = true
}

variable "alarm_emails" {
  description = "E-mail addresses that the topic sends alarms to, once each is confirmed. Ignored with alarm_topic_arn."
  type        = set(string)
  default     = []
}

variable "alarm_topic_arn" {
  description = "Topic that alarms go to. Null: Terraform creates one."
  type        = string
  default     = null
}

variable "thresholds" {
  description = "Thresholds of the alarms."
  type = object({
    function_errors         = optional(number, 1)
    retried_function_errors = optional(number, 5)
    throttles               = optional(number, 5)
    failed_requests         = optional(number, 5)
    start_failures          = optional(number, 3)
    seconds_to_ready        = optional(number, 180)
    sessions_percent        = optional(number, 80)
    orphans                 = optional(number, 1)
    server_hours_a_day      = optional(number, 100)
  })
  default = {}

  validation {
    condition     = alltrue([for threshold in values(var.thresholds) : threshold > 0]) && var.thresholds.sessions_percent <= 100
    error_message = "Each of the thresholds must be above 0, and sessions_percent at most 100."
  }
}

variable "monthly_budget" {
  description = "AWS Budgets budget of the deployment, in USD a month. Null: none."
  type        = object({ usd = number, whole_account = optional(bool, false) })
  default     = null

  validation {
    condition     = var.monthly_budget == null ? true : var.monthly_budget.usd > 0
    error_message = "monthly_budget.usd must be above 0. For no budget set monthly_budget = null."
  }
}

variable "runbook_url" {
  description = "Address of docs/alarms.md for the team; alarms add the anchor of their entry."
  type        = string
  default     = "docs/alarms.md"
}

variable "require_tls" {
  description = "Refuse publishers that do not use TLS. Set false only for an emulator that speaks plain HTTP."
  type        = bool
  default     = true
}

variable "kms_key_arn" {
  description = "Key that encrypts the topic. Null: alarms are not encrypted; they contain only names and numbers."
  type        = string
  default     = null
}
