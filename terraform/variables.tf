# ------------------------------------------------------------------------------------------------- the deployment

variable "name" {
  description = "Name of the deployment; every name in AWS begins with it. Researchers' scripts invoke <name>_update_project_master_list, so use another name only for a second deployment in the account."
  type        = string
  default     = "HIPPO_Gym"
  nullable    = false

  validation {
    # No hyphen: sessions are <name>-<id>, and the permissions of "a" (a-*) must not cover the
    # sessions of "a-b".
    # At most 32 characters: the longest name built from it must fit the 64 of IAM, Lambda and the
    # scheduler.
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_]{0,31}$", var.name))
    error_message = "name must be 1 to 32 letters, digits and underscores, beginning with a letter: HIPPO_Gym_pilot, not HIPPO-Gym."
  }

  validation {
    # Bucket names begin with the name in lower case: Amazon S3 user guide, "General purpose bucket
    # naming rules".
    condition     = !can(regex("^(xn__|sthree_|amzn_s3_demo_)", lower(var.name)))
    error_message = "name must not begin with xn__, sthree_ or amzn_s3_demo_: S3 reserves bucket names with these prefixes. Choose another name."
  }
}

variable "state_location" {
  description = "Where Terraform keeps this deployment's state: s3://<bucket>/<key>. `make plan` sets it from the environment's backend file. The deployment belongs to this state; no other state can deploy under its name. Null: not known."
  type        = string
  default     = null

  validation {
    # A standard parameter of SSM holds 4,096 bytes, and S3's keys have at most 1,024.
    condition     = var.state_location == null ? true : can(regex("^[a-z0-9]+://[^\\s]+$", var.state_location)) && length(var.state_location) <= 1100
    error_message = "state_location must be the address of a state, such as s3://<bucket>/<key>, with at most 1,100 characters."
  }
}

variable "import_owner" {
  description = "Import the record of the deployment's owner, which exists in AWS but not in the state. `make plan` sets it where this state may have the deployment: after an apply that was killed at its beginning, and with TAKE_OVER."
  type        = bool
  default     = false
  nullable    = false
}

variable "region" {
  description = "AWS Region to deploy to. Choose one near the participants: they play over the internet."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be an AWS Region code such as ca-central-1."
  }
}

variable "tags" {
  description = "Tags for every resource, in addition to Product, Deployment and ManagedBy, which no tag of yours may replace. With more than seven tags, the hosted zone has those three only, because Route 53 takes ten. The files of the participant page have no tags."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    # 50 for a resource, minus the three default tags and the tag Name of the network's resources.
    condition     = length(var.tags) <= 46
    error_message = "tags must be at most 46: AWS takes 50 for a resource, and the deployment sets four. Remove some."
  }

  validation {
    # IAM has the strictest rule of the services here: botocore's shapes tagKeyType and tagValueType
    # of iam.
    condition = alltrue([
      for key, value in var.tags :
      can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", value)) && !startswith(lower(key), "aws:")
    ])
    error_message = "tags must have keys of 1 to 128 and values of at most 256 characters: letters, digits, spaces and _ . : / = + - @. No key may begin with aws:, which AWS reserves."
  }

  validation {
    # Costs are counted, and a deployment's resources found, by these tags.
    condition     = alltrue([for key in keys(var.tags) : !contains(["product", "deployment", "managedby"], lower(key))])
    error_message = "tags must not have the keys Product, Deployment or ManagedBy, in upper or lower case: the deployment sets these itself, and its costs are counted by them. Rename your tag."
  }

  validation {
    # IAM compares keys without regard to case and refuses a role that has both Owner and owner.
    condition     = length(distinct([for key in keys(var.tags) : lower(key)])) == length(var.tags)
    error_message = "tags must not have two keys that differ in upper and lower case only, such as Owner and owner: IAM refuses such a pair. Rename one."
  }

  validation {
    # botocore's shape of API Gateway's tags requires at least one character. And with an empty
    # default tag the provider plans the tags of every resource as unknown, so that a review would
    # not show them.
    condition     = alltrue([for value in values(var.tags) : length(value) > 0])
    error_message = "tags must not have empty values: give the tag a value such as \"yes\", or remove it."
  }
}

variable "researchers" {
  description = "IAM groups and roles, by name, to attach the researcher policy to. With single sign-on, attach the policy <name>_researcher to a permission set instead."
  type = object({
    groups = optional(set(string), [])
    roles  = optional(set(string), [])
  })
  default  = {}
  nullable = false

  validation {
    # botocore's shapes groupNameType and roleNameType of iam.
    condition = alltrue(concat(
      [for group in var.researchers.groups : can(regex("^[\\w+=,.@-]{1,128}$", group))],
      [for role in var.researchers.roles : can(regex("^[\\w+=,.@-]{1,64}$", role))],
    ))
    error_message = "researchers.groups and researchers.roles must be names as IAM lists them, not ARNs and without a path: researchers, not arn:aws:iam::<account id>:group/lab/researchers."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary for every role that Terraform creates, if your organisation requires one. The boundary must allow what the roles' own policies allow. Null: no boundary."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of a policy, such as arn:aws:iam::<account id>:policy/boundary."
  }
}

variable "role_path" {
  description = "IAM path of every role that Terraform creates, such as /research/, if your organisation requires one."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    # IAM takes paths of 512 characters, but policies contain the ARNs of roles: with at most 128
    # the researcher policy always fits.
    condition     = can(regex("^/([A-Za-z0-9.,+@=_-]+/)*$", var.role_path)) && length(var.role_path) <= 128
    error_message = "role_path must begin and end with a slash, such as /research/, and have at most 128 characters: policies contain it in the ARNs of roles, and a managed policy has at most 6,144 characters."
  }
}

variable "kms_key_arn" {
  description = "Your KMS key, to encrypt bucket, topics, queues, logs and the deployment's description. Before you apply, add the statements of the output kms_key_policy to the key's policy. Null: AWS's own keys encrypt, and there is no key policy to maintain."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:aws[a-z-]*:kms:${var.region}:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (not of an alias) in the deployment's Region: arn:aws:kms:${var.region}:<account id>:key/<key id>."
  }
}
