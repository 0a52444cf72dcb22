variable "domain" {
  description = "Name that the API is served under, in the hosted zone."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", var.domain))
    error_message = "The API's domain must be a domain name in lower case without a dot at the end, such as api.studies.example.net."
  }
}

variable "hosted_zone_id" {
  description = "Hosted zone that holds the domain, and answers for it."
  type        = string
}

variable "api_id" {
  description = "The API that is served."
  type        = string
}

variable "stage" {
  description = "Name of the API's stage."
  type        = string
}

variable "validation_minutes" {
  description = "Minutes to wait for the certificate. AWS mostly needs a few once the zone answers, and none at all while it does not."
  type        = number
  default     = 20

  validation {
    condition     = var.validation_minutes >= 5 && floor(var.validation_minutes) == var.validation_minutes
    error_message = "validation_minutes must be a whole number from 5 on: the record takes a minute to be everywhere, and AWS looks only now and then."
  }
}
