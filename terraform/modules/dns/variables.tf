variable "root_domain" {
  description = "Domain under which each session gets the name <userId>.<root_domain>."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", var.root_domain))
    error_message = "root_domain must be a domain name in lower case without a trailing dot, such as studies.example.net."
  }
}

variable "hosted_zone_id" {
  description = "The public hosted zone that holds root_domain or a parent of it. Null: Terraform creates a zone for root_domain."
  type        = string
  default     = null

  validation {
    condition     = var.hosted_zone_id == null || can(regex("^[A-Z0-9]{1,32}$", var.hosted_zone_id))
    error_message = "hosted_zone_id must be only the zone's id, such as Z0123456789ABCDEFGHIJ, without /hostedzone/."
  }
}

variable "parent_zone_id" {
  description = "Public hosted zone above root_domain, in this account, in which Terraform delegates to the zone that it creates. Null: the owner of the parent domain delegates."
  type        = string
  default     = null

  validation {
    condition     = var.parent_zone_id == null || can(regex("^[A-Z0-9]{1,32}$", var.parent_zone_id))
    error_message = "parent_zone_id must be only the zone's id, such as Z0123456789ABCDEFGHIJ, without /hostedzone/."
  }

  validation {
    condition     = var.parent_zone_id == null || var.hosted_zone_id == null
    error_message = "parent_zone_id is only for a zone that Terraform creates; the zone in hosted_zone_id is delegated to already. Set one of the two."
  }
}
