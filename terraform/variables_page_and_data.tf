# ------------------------------------------------------------------------------------------------ participant page

variable "website" {
  description = "The participant page on CloudFront. Null: no page; serve frontend/ from elsewhere. {}: under CloudFront's own name. domain: under that name, with a certificate; the hosted zone must hold it. price_class: PriceClass_100 (North America, Europe, Israel), PriceClass_200 or PriceClass_All. embedded_in: origins whose pages may show the page in a frame, such as https://workersandbox.mturk.com. link_origins: origins that a participants' link may name in css= and redirect=, besides the page's own; studies name theirs in config.yml."
  type = object({
    domain       = optional(string)
    price_class  = optional(string, "PriceClass_100")
    embedded_in  = optional(set(string), [])
    link_origins = optional(set(string), [])
  })
  default = null

  validation {
    condition     = var.website == null ? true : contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.website.price_class)
    error_message = "website.price_class must be PriceClass_100, PriceClass_200 or PriceClass_All."
  }

  validation {
    condition     = var.website == null ? true : alltrue([for origin in var.website.embedded_in : can(regex("^https://[a-z0-9.*-]+(:[0-9]+)?$", origin))])
    error_message = "website.embedded_in must be origins such as https://workersandbox.mturk.com, without a path."
  }

  validation {
    condition     = var.website == null ? true : alltrue([for origin in var.website.link_origins : can(regex("^https://[a-z0-9.-]+(:[0-9]+)?$", origin))])
    error_message = "website.link_origins must be origins such as https://lab.example.org, without a path."
  }

  validation {
    condition     = try(var.website.domain, null) == null ? true : endswith(".${var.website.domain}", ".${var.root_domain}")
    error_message = "website.domain must be root_domain or a name under it, such as study.<root_domain>: its records go into the same hosted zone."
  }

  validation {
    # The same rule as for api_domain.
    condition     = try(var.website.domain, null) == null ? true : length(var.website.domain) <= 64
    error_message = "website.domain must have at most 64 characters: AWS issues no certificate for a longer name. Choose a shorter name, or a shorter root_domain."
  }
}

variable "waf" {
  description = "An AWS WAF web ACL for the page's distribution, which refuses an address with more than `requests` in five minutes (10 to 2,000,000,000). About 6 USD a month and 0.60 USD a million requests. WAF has no way to protect an HTTP API: that is limited by throttling. Null: none."
  type        = object({ requests = number })
  default     = null

  validation {
    # AWS WAF developer guide, "Rate-based rule high-level settings".
    condition     = var.waf == null ? true : var.waf.requests >= 10 && var.waf.requests <= 2000000000 && floor(var.waf.requests) == var.waf.requests
    error_message = "waf.requests must be a whole number from 10 to 2000000000."
  }

  validation {
    condition     = var.waf == null || var.website != null
    error_message = "waf protects the page's distribution, and website is not set: set website, or remove waf."
  }
}

# ------------------------------------------------------------------------------------------------------------ data

variable "bucket_name" {
  description = "Name of the projects bucket. Null: <name, lower case, hyphens>-projects-<account id>."
  type        = string
  default     = null

  validation {
    # Amazon S3 user guide, "General purpose bucket naming rules".
    condition = var.bucket_name == null ? true : alltrue([
      can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket_name)),
      !can(regex("^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\\.mrap|--x-s3|--table-s3)$", var.bucket_name)),
      !strcontains(var.bucket_name, ".."),
      !can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+$", var.bucket_name)),
    ])
    error_message = "bucket_name must be 3 to 63 lower-case letters, digits, dots and hyphens, begin and end with a letter or digit, be no IP address, have no two dots in a row, and be none of the names that S3 reserves (xn--…, sthree-…, amzn-s3-demo-…, …-s3alias, …--ol-s3, …--x-s3, …--table-s3, ….mrap)."
  }
}

variable "noncurrent_days" {
  description = "Days after which S3 permanently deletes a replaced or deleted version of an object in the projects bucket."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.noncurrent_days >= 1 && floor(var.noncurrent_days) == var.noncurrent_days
    error_message = "noncurrent_days must be a whole number of at least 1."
  }
}

variable "record_noncurrent_days" {
  description = "Days after which S3 permanently deletes a replaced or deleted version of a participant's, a session's or another record that the functions write: each request replaces one. Pages and the master list keep noncurrent_days."
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition     = var.record_noncurrent_days >= 1 && floor(var.record_noncurrent_days) == var.record_noncurrent_days
    error_message = "record_noncurrent_days must be a whole number of at least 1."
  }
}

variable "keep_addresses" {
  description = "What a record keeps of a participant's IP address in studies whose config.yml does not say (`keepAddresses`): \"no\", nothing; \"coarse\", its network of 256 IPv4 addresses (/24) or its IPv6 site (/48); \"yes\", the whole."
  type        = string
  default     = "coarse"
  nullable    = false

  validation {
    condition     = contains(["no", "coarse", "yes"], var.keep_addresses)
    error_message = "keep_addresses must be \"no\", \"coarse\" or \"yes\"."
  }
}

variable "keep_browser" {
  description = "What a record keeps of a participant's browser in studies whose config.yml does not say (`keepBrowser`): \"no\", nothing; \"family\", its name, major version and system, and whether it is on a phone or tablet; \"full\", its whole User-Agent."
  type        = string
  default     = "family"
  nullable    = false

  validation {
    condition     = contains(["no", "family", "full"], var.keep_browser)
    error_message = "keep_browser must be \"no\", \"family\" or \"full\"."
  }
}

variable "retain_days" {
  description = "Days after a participant's last activity until the sweeper permanently removes their data, in all versions, in studies whose config.yml does not say (`retainDays`). Null: the data stays. A value also removes what existing studies hold from before, within about a day."
  type        = number
  default     = null

  validation {
    condition     = var.retain_days == null ? true : var.retain_days >= 7 && var.retain_days <= 36500 && floor(var.retain_days) == var.retain_days
    error_message = "retain_days must be null or a whole number from 7 to 36500."
  }
}

variable "require_tls" {
  description = "Bucket, topics and queues refuse requests without TLS. Set false only for an emulator that speaks plain HTTP."
  type        = bool
  default     = true
  nullable    = false
}

variable "study_owners" {
  description = "Study id → complete ARNs of the IAM users and roles that alone may write its pages and versions and delete its data, such as those of its lab and of this team. The bucket's policy refuses everyone else. Beside it, `owners` in the study's config.yml keeps others from changing its entry. Studies that are not here belong to every researcher."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for id in keys(var.study_owners) : can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$", id))])
    error_message = "study_owners must be keyed by ids of studies: 1 to 63 letters, digits, hyphens and underscores."
  }

  validation {
    condition     = alltrue([for arns in values(var.study_owners) : length(arns) > 0 && alltrue([for arn in arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[^*?]+$", arn))])])
    error_message = "study_owners must hold at least one complete ARN of a user or role for each study, without wildcards, such as arn:aws:iam::<account id>:role/lab."
  }
}

variable "max_upload_mb" {
  description = "Largest file, in MB of 1,000,000 bytes, that a session's container may store with an upload ticket: a part of a game's record is much smaller, a checkpoint of a model may be large. S3 takes 5,000 MB in one upload."
  type        = number
  default     = 100
  nullable    = false

  validation {
    # Amazon S3 API reference, "POST Object": at most 5 GB.
    condition     = var.max_upload_mb >= 1 && var.max_upload_mb <= 5000 && floor(var.max_upload_mb) == var.max_upload_mb
    error_message = "max_upload_mb must be a whole number from 1 to 5000."
  }
}
