variable "domain" {
  description = "Domain name of the API; the hosted zone must hold it."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", var.domain))
    error_message = "The API's domain must be a domain name in lower case without a trailing dot, such as api.studies.example.net."
  }
}

variable "hosted_zone_id" {
  description = "Hosted zone that holds the domain, and to which its parent zone delegates."
  type        = string
}

variable "api_id" {
  description = "Id of the API."
  type        = string
}

variable "stage" {
  description = "Name of the API's stage."
  type        = string
}

variable "validation_minutes" {
  description = "Minutes to wait for the certificate. AWS usually needs a few minutes once the zone can be resolved from outside, and never issues it before that."
  type        = number
  default     = 20

  validation {
    condition     = var.validation_minutes >= 5 && floor(var.validation_minutes) == var.validation_minutes
    error_message = "validation_minutes must be a whole number of at least 5: the record needs a minute to reach every name server, and AWS checks for it only occasionally."
  }
}
