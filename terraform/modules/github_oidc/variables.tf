variable "name" {
  description = "Prefix of the roles' names: <name>_plan, <name>_deploy_<environment>."
  type        = string
  default     = "HIPPO_Gym_github"

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_]{0,31}$", var.name))
    error_message = "name must be 1 to 32 letters, digits and underscores, beginning with a letter."
  }
}

variable "repository" {
  description = "The repository on GitHub, <owner>/<name>, whose jobs may assume the roles."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be <owner>/<name> as on GitHub, without https://, wildcard or ids. Put the ids into owner_id and repository_id."
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
  description = "Id of the repository, from `gh api repos/<owner>/<name> --jq .id`. Required for repositories created, renamed or moved since 15 July 2026, whose tokens contain it; for any other it keeps out a later repository of the same name. Null: the roles trust the repository's name alone."
  type        = string
  default     = null

  validation {
    condition     = var.repository_id == null || can(regex("^[1-9][0-9]{0,18}$", var.repository_id))
    error_message = "repository_id must be the number that GitHub gives the repository, such as 456789."
  }

  validation {
    condition     = (var.repository_id == null) == (var.owner_id == null)
    error_message = "Set owner_id and repository_id together, or neither: a job's token contains both."
  }
}

variable "main_branch" {
  description = "Branch that the workflows deploy."
  type        = string
  default     = "main"

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.main_branch))
    error_message = "main_branch must be the name of one branch, without a wildcard."
  }
}

variable "deployers" {
  description = "Environment → ARNs of the policies of its deploying role. A deployment creates roles and policies, and a role that may do so can give itself every permission: without a permissions boundary on the roles that it creates, treat it as an administrator."
  type        = map(set(string))

  validation {
    condition     = length(var.deployers) > 0 && alltrue([for name, policies in var.deployers : can(regex("^[a-z0-9][a-z0-9-]{0,31}$", name)) && length(policies) > 0])
    error_message = "deployers needs at least one environment, named as in ENV=<name>, and at least one policy for each."
  }

  validation {
    condition     = alltrue([for environment in keys(var.deployers) : length("${var.name}_deploy_${environment}") <= 64])
    error_message = "The roles' names <name>_deploy_<environment> must have at most 64 characters each, because IAM takes no more: shorten name, or an environment in deployers."
  }
}

variable "readable_buckets" {
  description = "Buckets whose objects the planning role may read: the bucket with Terraform's state, and the participant page's bucket (<name>-website-<account id>) if there is one. Never the projects bucket."
  type        = set(string)

  validation {
    condition     = length(var.readable_buckets) > 0 && alltrue([for bucket in var.readable_buckets : can(regex("^[a-z0-9][a-z0-9.-]+$", bucket)) && !strcontains(bucket, "-projects-")])
    error_message = "readable_buckets must contain at least the name of the state bucket, and no projects bucket: that holds participants' answers."
  }
}

variable "kms_key_arns" {
  description = "The team's keys that encrypt state or deployments (kms_key_arn of each environment): the planning role may use them to decrypt what it reads from S3 and Parameter Store."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.kms_key_arns : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", arn))])
    error_message = "kms_key_arns must be ARNs of keys, arn:aws:kms:<region>:<account id>:key/<id>, not of aliases."
  }
}

variable "provider_arn" {
  description = "ARN of the account's identity provider for GitHub Actions. Null: Terraform creates it; an account can have only one."
  type        = string
  default     = null
}

variable "partition" {
  description = "AWS partition."
  type        = string
  default     = "aws"
}
