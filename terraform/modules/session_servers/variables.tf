variable "name" {
  description = "Name of the deployment; the roles are <name>_session_execution and <name>_session_task, the log group is /ecs/<name>."
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
  description = "Account of the deployment; both roles trust ECS tasks of this account only."
  type        = string
}

variable "bucket_arn" {
  description = "ARN of the projects bucket, in which containers store their trials."
  type        = string
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the servers' log; 0 keeps it permanently."
  type        = number

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days,
    )
    error_message = "log_retention_days must be a period that CloudWatch Logs offers: 0 (no end), 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "admitted_image_repositories" {
  description = "Names of ECR repositories without the deployment's tag from which the execution role may pull."
  type        = list(string)
  default     = []
}

variable "task_role" {
  description = "Whether the containers share a role with which they store trials in S3. Without it they need upload tickets."
  type        = bool
  default     = false
}

variable "cluster_mode" {
  description = "\"per-session\": start_server creates a cluster for each session; \"shared\": all sessions run in the cluster <name>-shared."
  type        = string
  default     = "per-session"
}

variable "tracing" {
  description = "Whether the servers may send X-Ray segments for the traces of the requests that started them."
  type        = bool
  default     = true
}

variable "certificate_secret_arn" {
  description = "Secret with the servers' certificate and its key, which ECS passes to each container. Null: none."
  type        = string
  default     = null
}

variable "role_path" {
  description = "IAM path of the two roles."
  type        = string
  default     = "/"
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the two roles. Null: none."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "Key that encrypts the bucket, the servers' log and, unless AWS's own key does, the secret. Null: AWS's own keys."
  type        = string
  default     = null
}
