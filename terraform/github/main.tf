# The roles that GitHub Actions assumes: a separate root that an administrator applies once, because
# the workflows that deploy everything else need the roles (docs/ci.md).

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 6.0"
    }
  }

  backend "s3" {}
}

variable "region" {
  description = "AWS Region of the state; IAM roles have no Region."
  type        = string
}

variable "repository" {
  description = "The repository on GitHub, <owner>/<name>."
  type        = string
}

variable "owner_id" {
  description = "Id of the repository's owner on GitHub: `gh api repos/<owner>/<name> --jq .owner.id`."
  type        = string
  default     = null
}

variable "repository_id" {
  description = "Id of the repository on GitHub: `gh api repos/<owner>/<name> --jq .id`. Required if it was created, renamed or moved since 15 July 2026."
  type        = string
  default     = null
}

variable "deployers" {
  description = "Environment → ARNs of the policies of its deploying role, such as { prod = [\"arn:aws:iam::aws:policy/AdministratorAccess\"] }."
  type        = map(set(string))
}

variable "readable_buckets" {
  description = "The bucket with Terraform's state (bucket in <env>.s3.tfbackend), and the participant page's bucket if there is one."
  type        = set(string)
}

variable "kms_key_arns" {
  description = "ARNs of the team's keys that encrypt state or deployments, if there are any."
  type        = set(string)
  default     = []
}

variable "provider_arn" {
  description = "ARN of the account's identity provider for GitHub Actions, if it has one. Null: Terraform creates it."
  type        = string
  default     = null
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { Product = "hippo-gym", ManagedBy = "terraform" }
  }
}

data "aws_partition" "current" {}

module "github_oidc" {
  source = "../modules/github_oidc"

  repository       = var.repository
  owner_id         = var.owner_id
  repository_id    = var.repository_id
  deployers        = var.deployers
  readable_buckets = var.readable_buckets
  kms_key_arns     = var.kms_key_arns
  provider_arn     = var.provider_arn
  partition        = data.aws_partition.current.partition
}

output "plan_role_arn" {
  description = "ARN of the planning role, for the GitHub repository's variable HIPPO_PLAN_ROLES."
  value       = module.github_oidc.plan_role_arn
}

output "deploy_role_arns" {
  description = "ARN of each environment's deploying role, for the GitHub environment's variable AWS_DEPLOY_ROLE."
  value       = module.github_oidc.deploy_role_arns
}
