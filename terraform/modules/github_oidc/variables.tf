variable "name" {
  description = "What the roles' names begin with: <name>_plan, <name>_deploy_<environment>."
  type        = string
  default     = "HIPPO_Gym_github"

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_]{0,31}$", var.name))
    error_message = "name must be 1 to 32 letters, digits and underscores, beginning with a letter."
  }
}

variable "repository" {
  description = "The repository on GitHub, <owner>/<name>, that may take the roles."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be <owner>/<name> as on GitHub, without https://, without a wildcard and without ids: these are owner_id and repository_id."
  }
}

variable "owner_id" {
  description = "Id of the repository's owner, from `gh api repos/<owner>/<name> --jq .owner.id`. Given together with repository_id."
  type        = string
  default     = null

  validation {
    condition     = var.owner_id == null || can(regex("^[1-9][0-9]{0,18}$", var.owner_id))
    error_message = "owner_id must be the number that GitHub gives the owner, such as 123456."
  }
}

variable "repository_id" {
  description = "Id of the repository, from `gh api repos/<owner>/<name> --jq .id`. Needed for repositories created, renamed or moved since 15 July 2026, whose tokens name it; for any other it keeps a later repository of the same name out. Null: trust goes by the name alone."
  type        = string
  default     = null

  validation {
    condition     = var.repository_id == null || can(regex("^[1-9][0-9]{0,18}$", var.repository_id))
    error_message = "repository_id must be the number that GitHub gives the repository, such as 456789."
  }

  validation {
    condition     = (var.repository_id == null) == (var.owner_id == null)
    error_message = "Give owner_id and repository_id together, or neither: a job's token names both."
  }
}

variable "main_branch" {
  description = "The branch that is deployed."
  type        = string
  default     = "main"

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.main_branch))
    error_message = "main_branch must be the name of one branch, without a wildcard."
  }
}

variable "deployers" {
  description = "Environment → ARNs of the policies that its deploying role gets. Whoever makes roles and policies, as a deployment does, can become anybody: without a permissions boundary on what it makes, that is an administrator."
  type        = map(set(string))

  validation {
    condition     = length(var.deployers) > 0 && alltrue([for name, policies in var.deployers : can(regex("^[a-z0-9][a-z0-9-]{0,31}$", name)) && length(policies) > 0])
    error_message = "deployers needs at least one environment, named as in ENV=<name>, and for each at least one policy."
  }

  validation {
    condition     = alltrue([for environment in keys(var.deployers) : length("${var.name}_deploy_${environment}") <= 64])
    error_message = "The roles <name>_deploy_<environment> must have at most 64 characters each, as IAM takes: shorten name, or an environment of deployers."
  }
}

variable "readable_buckets" {
  description = "Buckets of which the planning role may read objects: the one for Terraform's state, and the participant page's (<name>-website-<account id>) where there is one. Never the projects bucket."
  type        = set(string)

  validation {
    condition     = length(var.readable_buckets) > 0 && alltrue([for bucket in var.readable_buckets : can(regex("^[a-z0-9][a-z0-9.-]+$", bucket)) && !strcontains(bucket, "-projects-")])
    error_message = "readable_buckets must hold at least the state bucket, by name, and not a projects bucket: that holds participants' answers."
  }
}

variable "kms_key_arns" {
  description = "Keys of the team's that encrypt state or deployments (kms_key_arn of each environment): the planning role may decrypt with them what S3 and Parameter Store give it."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.kms_key_arns : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", arn))])
    error_message = "kms_key_arns must be ARNs of keys, arn:aws:kms:<region>:<account id>:key/<id>, not of aliases."
  }
}

variable "provider_arn" {
  description = "ARN of the account's identity provider for GitHub Actions. Null: it is made; an account can have only one."
  type        = string
  default     = null
}

variable "partition" {
  description = "AWS partition."
  type        = string
  default     = "aws"
}
