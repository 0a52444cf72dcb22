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

variable "queue_arns" {
  description = "ARNs of the topics' dead-letter queues."
  type        = object({ start_server = string, stop_server = string })
}

variable "stop_topic_arn" {
  description = "ARN of the stop topic, to which the rule on stopped tasks publishes."
  type        = string
}

variable "log_groups" {
  description = "Names of the log groups that the key encrypts."
  type        = list(string)
}

variable "website" {
  description = "The participant page is served from a bucket that the key encrypts."
  type        = bool
}

variable "alarm_topic_arn" {
  description = "ARN of the alarm topic that the key encrypts; null if alarms go to a topic of the team's."
  type        = string
  default     = null
}
