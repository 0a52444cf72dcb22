variable "name" {
  description = "Name of the deployment; the secrets are <name>/session_certificate and <name>/session_account."
  type        = string
}

variable "function" {
  description = "The function renew_certificate."
  type        = object({ arn = string, function_name = string })
}

variable "kms_key_arn" {
  description = "Key that encrypts the secrets. Null: Secrets Manager encrypts them with its own key."
  type        = string
  default     = null
}
