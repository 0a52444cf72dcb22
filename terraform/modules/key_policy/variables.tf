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
  description = "ARN of the stop topic, to which the EventBridge rule on stopped tasks publishes."
  type        = string
}

variable "log_groups" {
  description = "Names of the log groups that the key encrypts."
  type        = list(string)
}

variable "website" {
  description = "Whether the key encrypts the bucket of the participant page."
  type        = bool
}

variable "alarm_topic_arn" {
  description = "ARN of the alarm topic that the key encrypts; null if alarms go to a topic of the team."
  type        = string
  default     = null
}
