variable "name" {
  description = "Name of the deployment; the parameter is /hippo-gym/<name>/owner."
  type        = string
}

variable "state_location" {
  description = "Where Terraform keeps the state, such as s3://<bucket>/<key>. Null: not known."
  type        = string
  default     = null
}
