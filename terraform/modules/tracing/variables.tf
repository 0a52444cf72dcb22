variable "name" {
  description = "Name of the deployment; the policy is <name>_topics."
  type        = string
}

variable "account_id" {
  description = "Account of the deployment."
  type        = string
}

variable "topic_arns" {
  description = "ARNs of the topics that may send their part of a trace."
  type        = list(string)
}
