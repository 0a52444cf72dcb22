variable "bucket_name" {
  description = "Name of the bucket that holds the master list, the pages, the participant records and the session records."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must be 3 to 63 characters: lower-case letters, digits, dots and hyphens, and begin and end with a letter or digit."
  }
}

variable "partition" {
  description = "AWS partition."
  type        = string
  default     = "aws"
}

variable "noncurrent_days" {
  description = "Days after which S3 permanently deletes a replaced or deleted version of an object."
  type        = number
  default     = 90

  validation {
    condition     = var.noncurrent_days >= 1 && floor(var.noncurrent_days) == var.noncurrent_days
    error_message = "noncurrent_days must be a whole number of at least 1."
  }
}

variable "record_noncurrent_days" {
  description = "Days after which S3 permanently deletes a replaced or deleted version of a record that the functions write; the shorter of this and noncurrent_days applies."
  type        = number
  default     = 14

  validation {
    condition     = var.record_noncurrent_days >= 1 && floor(var.record_noncurrent_days) == var.record_noncurrent_days
    error_message = "record_noncurrent_days must be a whole number of at least 1."
  }
}

variable "require_tls" {
  description = "Refuse requests without TLS. Set false only for an emulator that speaks plain HTTP."
  type        = bool
  default     = true
}

variable "study_owners" {
  description = "Study id → ARNs of the IAM users and roles that alone may change its pages and delete its data."
  type        = map(list(string))
  default     = {}
}

variable "function_role_arns" {
  description = "ARNs of the functions' roles, which may delete data of studies with owners."
  type        = list(string)
  default     = []
}

variable "kms_key_arn" {
  description = "Key that encrypts new objects. Null: Amazon S3's own key encrypts them."
  type        = string
  default     = null
}
