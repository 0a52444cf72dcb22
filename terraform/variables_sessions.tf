# -------------------------------------------------------------------------------------------------------- sessions

variable "root_domain" {
  description = "Domain under which each session gets the name <userId>.<root_domain>. Use a domain or sub-domain that serves nothing else."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", var.root_domain))
    error_message = "root_domain must be a domain name in lower case without a trailing dot, such as studies.example.net."
  }

  validation {
    # A session's label has up to 63 characters, and a whole name 253 (RFC 1035, 2.3.4; Route 53
    # counts 255 octets).
    condition     = length(var.root_domain) <= 189
    error_message = "root_domain must have at most 189 characters: a session's label of 63 precedes it, and a whole name has at most 253."
  }
}

variable "hosted_zone_id" {
  description = "Public hosted zone that holds root_domain. Null: Terraform creates one, and the parent zone must delegate to the name servers in the output name_servers."
  type        = string
  default     = null

  validation {
    condition     = var.hosted_zone_id == null || can(regex("^[A-Z0-9]{1,32}$", var.hosted_zone_id))
    error_message = "hosted_zone_id must be only the zone's id, such as Z0123456789ABCDEFGHIJ, without /hostedzone/."
  }
}

variable "parent_zone_id" {
  description = "Public hosted zone above root_domain, in the same account, in which Terraform creates the delegation to the zone of root_domain. Null: the owner of the parent domain creates the delegation."
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

variable "reserved_names" {
  description = "Labels directly under root_domain that other hosts use, such as [\"www\"]. Terraform adds those of api_domain and website.domain. A participant with such an id gets a server under another name."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.reserved_names : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", name))])
    error_message = "reserved_names must be single labels in lower case, such as www: the part before .<root_domain>."
  }
}

variable "subnet_ids" {
  description = "Public subnets for the sessions' tasks, given together with security_group_ids: at most 16, in one VPC, in availability zones that have Fargate. Their network ACLs must allow traffic from everywhere to session_ports, and answers to everywhere (TCP 1024-65535): start_server connects to each server from outside the VPC before it reports a session as ready; otherwise every session fails after 15 minutes (NotReady). Empty: Terraform creates a small VPC."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.subnet_ids : can(regex("^subnet-[0-9a-z]+$", id))])
    error_message = "subnet_ids must be ids such as subnet-0123456789abcdef0."
  }

  validation {
    condition     = length(var.subnet_ids) <= 16
    error_message = "subnet_ids must be at most 16: ECS takes no more for a task (Amazon ECS API reference, AwsVpcConfiguration). Remove some."
  }

  validation {
    condition     = length(distinct(var.subnet_ids)) == length(var.subnet_ids)
    error_message = "subnet_ids must not hold an id twice. Remove one of the two."
  }

  validation {
    condition     = (length(var.subnet_ids) == 0) == (length(var.security_group_ids) == 0)
    error_message = "Set subnet_ids and security_group_ids together, or neither: a security group belongs to its subnets' VPC."
  }
}

variable "security_group_ids" {
  description = "Security groups for the sessions' tasks, given together with subnet_ids: at most 5, in the same VPC. Together they must admit session_ports from 0.0.0.0/0: start_server connects to each server from outside the VPC, from an address that AWS chooses, before it reports a session as ready; otherwise every session fails after 15 minutes (NotReady). Empty: Terraform creates one."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.security_group_ids : can(regex("^sg-[0-9a-z]+$", id))])
    error_message = "security_group_ids must be ids such as sg-0123456789abcdef0."
  }

  validation {
    condition     = length(var.security_group_ids) <= 5
    error_message = "security_group_ids must be at most 5: ECS takes no more for a task (Amazon ECS API reference, AwsVpcConfiguration). Merge some."
  }

  validation {
    condition     = length(distinct(var.security_group_ids)) == length(var.security_group_ids)
    error_message = "security_group_ids must not hold an id twice. Remove one of the two."
  }
}

variable "vpc_cidr" {
  description = "Address range of the VPC that Terraform creates when no subnets are given."
  type        = string
  default     = "10.42.0.0/16"
  nullable    = false

  validation {
    # cidrnetmask takes IPv4 only.
    condition     = can(cidrnetmask(var.vpc_cidr))
    error_message = "vpc_cidr must be an IPv4 range, an address and its prefix length, such as 10.42.0.0/16: four numbers from 0 to 255, a slash, and 16 to 24. Sessions do not use IPv6."
  }

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) ? cidrhost(var.vpc_cidr, 0) == split("/", var.vpc_cidr)[0] : true
    error_message = "vpc_cidr must begin with the first address of its range: ${try(cidrsubnet(var.vpc_cidr, 0, 0), "10.42.0.0/16")} instead of ${var.vpc_cidr}, whose last bits belong to a host."
  }

  validation {
    # EC2 takes a /16 to a /28 for a VPC (Amazon VPC user guide, "VPC CIDR blocks") and for a
    # subnet. Each subnet is a sixteenth of the VPC.
    condition     = can(cidrnetmask(var.vpc_cidr)) ? tonumber(split("/", var.vpc_cidr)[1]) >= 16 && tonumber(split("/", var.vpc_cidr)[1]) <= 24 : true
    error_message = "vpc_cidr must be from /16 to /24, such as 10.42.0.0/16: EC2 allows no larger VPC, and a smaller one has no room for subnets of a sixteenth each."
  }
}

variable "session_ports" {
  description = "Ports to which the security group that Terraform creates admits traffic from everywhere. Add the port of every project that sets `port`."
  type        = list(number)
  default     = [5000]
  nullable    = false

  validation {
    condition     = length(var.session_ports) > 0 && alltrue([for port in var.session_ports : port >= 1 && port <= 65535 && floor(port) == port])
    error_message = "session_ports must hold at least one port, each a whole number from 1 to 65535."
  }

  validation {
    condition     = length(distinct(var.session_ports)) == length(var.session_ports)
    error_message = "session_ports must not hold a port twice. Remove one of the two; if two studies use the same port, one entry admits both."
  }
}

variable "session_certificate_secret_arn" {
  description = "Your secret in Secrets Manager: a JSON object whose `fullchain` and `privkey` are a certificate for *.<root_domain> and its key, in PEM. Every server gets both when it starts, and speaks wss. Encrypt it with AWS's own key or with kms_key_arn. Null: servers speak ws, to which a page served by https cannot connect (docs/domains-and-certificates.md)."
  type        = string
  default     = null

  validation {
    # The complete ARN: IAM and ECS also match the six characters that Secrets Manager adds to a
    # name.
    condition     = var.session_certificate_secret_arn == null ? true : can(regex("^arn:aws[a-z-]*:secretsmanager:${var.region}:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}$", var.session_certificate_secret_arn))
    error_message = "session_certificate_secret_arn must be the complete ARN of a secret in the deployment's Region, with the six characters at its end: arn:aws:secretsmanager:${var.region}:<account id>:secret:<name>-<6 characters>."
  }
}

variable "session_certificate" {
  description = "The certificate for *.<root_domain> with which servers speak wss. acme: the function renew_certificate gets it from a CA and renews it, with a proof in the hosted zone, which the parent zone must delegate to; directory is \"production\" or \"staging\" of Let's Encrypt, or the https address of a CA's directory; email, profile, external_account_secret_arn (your secret with `kid` and `hmacKey`) and trusted_roots (PEM, for a private CA) as the CA needs them; copy_to_bucket also writes SSL/fullchain.pem and SSL/privkey.pem into the projects bucket. secret_arn: as session_certificate_secret_arn, which you then leave out. Null: no certificate by this setting."
  type = object({
    secret_arn = optional(string)
    acme = optional(object({
      directory                   = optional(string, "production")
      email                       = optional(string)
      profile                     = optional(string)
      external_account_secret_arn = optional(string)
      trusted_roots               = optional(string)
      copy_to_bucket              = optional(bool, false)
    }))
  })
  default = null

  validation {
    condition     = var.session_certificate == null ? true : (var.session_certificate.secret_arn == null) != (var.session_certificate.acme == null)
    error_message = "session_certificate must hold either acme or secret_arn: acme = {} for a certificate that renews itself, secret_arn for one that you store yourself."
  }

  validation {
    condition     = var.session_certificate == null || var.session_certificate_secret_arn == null
    error_message = "session_certificate and session_certificate_secret_arn both say where the servers' certificate is. Remove session_certificate_secret_arn; session_certificate = { secret_arn = ... } means the same."
  }

  validation {
    condition = alltrue([
      for arn in [try(var.session_certificate.secret_arn, null), try(var.session_certificate.acme.external_account_secret_arn, null)] :
      can(regex("^arn:aws[a-z-]*:secretsmanager:${var.region}:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}$", arn)) if arn != null
    ])
    error_message = "The secrets in session_certificate must be complete ARNs of secrets in the deployment's Region, with the six characters at their end: arn:aws:secretsmanager:${var.region}:<account id>:secret:<name>-<6 characters>."
  }

  validation {
    condition     = try(var.session_certificate.acme.directory, null) == null ? true : can(regex("^(production|staging|https://[^\\s]+)$", var.session_certificate.acme.directory))
    error_message = "session_certificate.acme.directory must be \"production\", \"staging\", or the address of a CA's ACME directory, which begins with https://."
  }

  validation {
    condition     = try(var.session_certificate.acme.trusted_roots, null) == null ? true : strcontains(var.session_certificate.acme.trusted_roots, "-----BEGIN CERTIFICATE-----")
    error_message = "session_certificate.acme.trusted_roots must be certificates in PEM, such as file(\"roots.pem\") holds: the text, not the name of a file."
  }

  validation {
    condition     = try(var.session_certificate.acme, null) == null ? true : length(var.root_domain) <= 64
    error_message = "root_domain must have at most 64 characters with session_certificate.acme: CAs issue no certificate for a longer name. Choose a shorter root_domain."
  }
}

variable "max_runtime_minutes" {
  description = "Longest time in minutes that any session may run, whatever its project asks for."
  type        = number
  default     = 120
  nullable    = false

  validation {
    condition     = var.max_runtime_minutes >= 1 && var.max_runtime_minutes <= 1440 && floor(var.max_runtime_minutes) == var.max_runtime_minutes
    error_message = "max_runtime_minutes must be a whole number from 1 to 1440 (a day)."
  }
}

variable "max_sessions" {
  description = "Limit of sessions at the same time in the whole deployment: it bounds what servers can cost. Further participants wait in line. 0: only the account's quotas limit the sessions, which needs an alarm address. A project may set its own limit (maxSessions)."
  type        = number
  default     = 50
  nullable    = false

  validation {
    condition     = var.max_sessions >= 0 && floor(var.max_sessions) == var.max_sessions
    error_message = "max_sessions must be a whole number of at least 1, or 0 for no limit."
  }
}

variable "max_line" {
  description = "Limit of participants in line for a place, in the whole deployment. Who comes then is asked to come back later, and is then in line before everyone who came after them."
  type        = number
  default     = 200
  nullable    = false

  validation {
    # Each change of the line writes all of it, about 200 bytes a participant.
    condition     = var.max_line >= 1 && var.max_line <= 1000 && floor(var.max_line) == var.max_line
    error_message = "max_line must be a whole number from 1 to 1000."
  }
}

variable "max_warm" {
  description = "Limit of warm servers: those that studies start ahead (warm) and that wait for a participant, in the whole deployment. Each costs as much as a server in use. They count among max_sessions, and make room for participants. 0: no study has any, as with game_route = \"edge\"."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.max_warm >= 0 && var.max_warm <= 500 && floor(var.max_warm) == var.max_warm
    error_message = "max_warm must be a whole number from 0 to 500."
  }
}

variable "max_task_cpu" {
  description = "Most vCPU that a study's server may have. hippo submit, the registration and start_server refuse a larger one."
  type        = number
  default     = 2
  nullable    = false

  validation {
    # Amazon ECS developer guide, "Task CPU and memory".
    condition     = contains([0.25, 0.5, 1, 2, 4, 8, 16], var.max_task_cpu)
    error_message = "max_task_cpu must be a number of vCPU that Fargate offers: 0.25, 0.5, 1, 2, 4, 8 or 16."
  }
}

variable "max_task_memory" {
  description = "Most memory in GB that a study's server may have. hippo submit, the registration and start_server refuse a larger one."
  type        = number
  default     = 16
  nullable    = false

  validation {
    condition     = var.max_task_memory >= 0.5 && var.max_task_memory <= 120
    error_message = "max_task_memory must be a number of GB from 0.5 to 120: Fargate offers no more."
  }
}

variable "cluster_mode" {
  description = "\"per-session\": start_server creates one ECS cluster for each session. \"shared\": all sessions run in one cluster; for classes of hundreds who start within minutes, because ECS allows an account one cluster call a second."
  type        = string
  default     = "per-session"
  nullable    = false

  validation {
    condition     = contains(["per-session", "shared"], var.cluster_mode)
    error_message = "cluster_mode must be \"per-session\" or \"shared\"."
  }
}

variable "sweep_minutes" {
  description = "Minutes between two sweeps for leftovers: one sweep marks what outlived its session, the next one deletes it. At most 360."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.sweep_minutes >= 1 && var.sweep_minutes <= 360 && floor(var.sweep_minutes) == var.sweep_minutes
    error_message = "sweep_minutes must be a whole number from 1 to 360 (six hours)."
  }
}

variable "session_task_role" {
  description = "Role of the session servers' containers. \"none\": they have no rights in AWS, and store their data with upload tickets (POST /trials), as hippo_play does. \"shared\": a role that may read and write the trials of every study and send X-Ray segments, for containers that store with the AWS SDK. docs/upgrade.md says how to change it."
  type        = string
  default     = "none"
  nullable    = false

  validation {
    condition     = contains(["none", "shared"], var.session_task_role)
    error_message = "session_task_role must be \"none\" or \"shared\"."
  }
}

variable "extra_task_role_arns" {
  description = "Roles, in addition to those that Terraform creates, that researchers' task definitions may name as task or execution role."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.extra_task_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*?]+$", arn))])
    error_message = "extra_task_role_arns must be complete role ARNs without wildcards, such as arn:aws:iam::<account id>:role/my_study."
  }
}

variable "admitted_task_families" {
  description = "Families of task definitions that `hippo submit` did not register, and that sessions may run all the same: those of a script from before this deployment, or one that a study shares with another. Without it, start_server runs only task definitions with this deployment's tag, and a project names only the family of its own id. A family here is checked by nothing: any project may name it, and everyone who may register task definitions in this account may change it."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    # Amazon ECS API reference, RegisterTaskDefinition, "family".
    condition     = alltrue([for family in var.admitted_task_families : can(regex("^[A-Za-z0-9_-]{1,255}$", family))])
    error_message = "admitted_task_families must be names of families without a revision and without wildcards, such as old_study: letters, digits, hyphens and underscores."
  }
}

variable "admitted_image_repositories" {
  description = "Names of ECR repositories in this account and Region without this deployment's tag, from which its execution role may pull all the same: those of images that were pushed by other tools and that `hippo submit --image` names. `hippo submit` tags the repositories that it makes or takes over."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    # Amazon ECR API reference, CreateRepository, "repositoryName".
    condition     = alltrue([for name in var.admitted_image_repositories : can(regex("^[a-z0-9]+([._/-]+[a-z0-9]+)*$", name))])
    error_message = "admitted_image_repositories must be names of ECR repositories without wildcards, such as lab/old_study."
  }
}

variable "task_event_publishing" {
  description = "How EventBridge publishes stopped tasks to the stop topic. role: with the role <name>_task_events. source_condition: the topic's policy admits EventBridge for this one rule of this account. Keep both unless the alarm stop_rule goes off; docs/alarms.md then says which one to set to false."
  type = object({
    role             = optional(bool, true)
    source_condition = optional(bool, true)
  })
  default  = {}
  nullable = false
}

variable "task_event_sources" {
  description = "Event sources that report task states. An emulator cannot use aws.ecs and adds its own source."
  type        = list(string)
  default     = ["aws.ecs"]
  nullable    = false

  validation {
    condition     = length(var.task_event_sources) > 0
    error_message = "task_event_sources must hold at least one source, in AWS aws.ecs."
  }
}
