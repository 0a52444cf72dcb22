variable "name" {
  description = "Name of the deployment; the parameter is /hippo-gym/<name>."
  type        = string
}

variable "region" {
  description = "Region of the deployment."
  type        = string
}

variable "account_id" {
  description = "Account of the deployment."
  type        = string
}

variable "bucket" {
  description = "The projects bucket."
  type        = string
}

variable "root_domain" {
  description = "Domain under which sessions get their names."
  type        = string
}

variable "api_url" {
  description = "URL of the HTTP API."
  type        = string
}

variable "functions" {
  description = "Name in AWS of each function, by the name of its file."
  type        = map(string)
}

variable "execution_role_arn" {
  description = "executionRoleArn for task definitions."
  type        = string
}

variable "task_role_arn" {
  description = "taskRoleArn for task definitions; null if containers have no role."
  type        = string
}

variable "session_log_group" {
  description = "awslogs-group for task definitions."
  type        = string
}

variable "shared_cluster" {
  description = "Cluster that all sessions run in; empty if each session has its own."
  type        = string
}

variable "max_runtime_minutes" {
  description = "Longest time in minutes that any session may run."
  type        = number

  validation {
    condition     = var.max_runtime_minutes >= 1 && var.max_runtime_minutes <= 1440 && floor(var.max_runtime_minutes) == var.max_runtime_minutes
    error_message = "max_runtime_minutes must be a whole number from 1 to 1440 (a day)."
  }
}

variable "page_url" {
  description = "URL of the participant page; the command hippo prints the links of studies with it. Null: none."
  type        = string
  default     = null
}

variable "assets_bucket" {
  description = "Bucket behind the participant page; the command hippo uploads the files of studies there. Null: none."
  type        = string
  default     = null
}

variable "session_certificate_secret_arn" {
  description = "Secret with the servers' certificate and its key, for task definitions. Null: none."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "Key that encrypts the parameter. Null: the parameter is plain text."
  type        = string
  default     = null
}

variable "max_task_cpu" {
  description = "Most vCPU of a study's server."
  type        = number
}

variable "max_task_memory" {
  description = "Most memory of a study's server, in GB."
  type        = number
}

variable "keep_addresses" {
  description = "What records keep of addresses in studies that do not say."
  type        = string
}

variable "keep_browser" {
  description = "What records keep of browsers in studies that do not say."
  type        = string
}

variable "retain_days" {
  description = "Retention in days of studies that do not say; null: none."
  type        = number
}

variable "session_ports" {
  description = "Ports on which pages reach servers; null if the team's own security groups decide."
  type        = list(number)
  default     = null
}
