variable "name" {
  description = "Name of the deployment; the policy is <name>_researcher."
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

variable "bucket_arn" {
  description = "ARN of the projects bucket."
  type        = string
}

variable "assets_bucket_arn" {
  description = "ARN of the bucket behind the participant page, which also serves the files of studies. Null: the deployment has none."
  type        = string
  default     = null
}

variable "task_role_arns" {
  description = "The roles that researchers' task definitions may name: the execution role and the task role."
  type        = list(string)
}

variable "session_log_group" {
  description = "Log group of the session servers."
  type        = string
}

variable "researchers" {
  description = "IAM groups and roles, by name, that get the policy."
  type = object({
    groups = optional(set(string), [])
    roles  = optional(set(string), [])
  })
  default = {}
}

variable "kms_key_arn" {
  description = "Key that encrypts the bucket and the description. Null: there is no such key, and researchers get no permission for one."
  type        = string
  default     = null
}
