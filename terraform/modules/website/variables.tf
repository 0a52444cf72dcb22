variable "name" {
  description = "Name of the deployment; the names of the bucket and of the CloudFront resources begin with it."
  type        = string
}

variable "partition" {
  description = "AWS partition."
  type        = string
  default     = "aws"
}

variable "account_id" {
  description = "Account of the deployment; part of the bucket's name, because bucket names are unique in all of AWS."
  type        = string
}

variable "study_owners" {
  description = "Study id → ARNs of the IAM users and roles that alone may upload its files."
  type        = map(list(string))
  default     = {}
}

variable "folder" {
  description = "Folder of the page's files, as build_page.py makes it."
  type        = string
}

variable "api_url" {
  description = "URL of the API's root, which the page reads from settings.json."
  type        = string
}

variable "root_domain" {
  description = "Domain of the session servers, to which the page may connect."
  type        = string
}

variable "session_ports" {
  description = "Ports of the session servers."
  type        = list(number)

  validation {
    condition     = length(var.session_ports) > 0 && alltrue([for port in var.session_ports : port >= 1 && port <= 65535 && floor(port) == port])
    error_message = "session_ports must hold at least one port, each a whole number from 1 to 65535."
  }
}

variable "edge_route" {
  description = "Whether the distribution sends /game/* to the session servers, by a CloudFront Function that checks signed paths. Needs a domain."
  type        = bool
  default     = false

  validation {
    condition     = !var.edge_route || var.domain != null
    error_message = "edge_route needs a domain."
  }
}

variable "direct_route" {
  description = "Whether the page may connect to the session servers' own names."
  type        = bool
  default     = true
}

variable "domain" {
  description = "Domain name of the page; it needs a certificate and records in the hosted zone. Null: CloudFront's own name."
  type        = string
}

variable "hosted_zone_id" {
  description = "Hosted zone that holds the domain."
  type        = string
}

variable "price_class" {
  description = "Where CloudFront serves from: PriceClass_100 (North America, Europe, Israel), PriceClass_200, PriceClass_All."
  type        = string
}

variable "embedded_in" {
  description = "Origins whose pages may show the page in a frame; empty: none."
  type        = set(string)
  default     = []
}

variable "link_origins" {
  description = "Origins that a participants' link may name in css= and redirect=, besides the page's own; empty: none."
  type        = set(string)
  default     = []
}

variable "waf_requests" {
  description = "Requests of one address in five minutes beyond which AWS WAF refuses it. Null: no web ACL."
  type        = number
  default     = null

  validation {
    condition     = var.waf_requests == null ? true : var.waf_requests >= 10 && var.waf_requests <= 2000000000 && floor(var.waf_requests) == var.waf_requests
    error_message = "waf_requests must be a whole number from 10 to 2000000000."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the files; its policy must allow CloudFront to decrypt. Null: Amazon S3's own key."
  type        = string
  default     = null
}
