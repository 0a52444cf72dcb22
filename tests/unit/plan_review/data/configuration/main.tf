# A small deployment of the real modules. make_plans.py applies it, and plans it again with other variables.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "ca-central-1"

  default_tags {
    tags = { Product = "hippo-gym" }
  }
}

variable "region" {
  type    = string
  default = "ca-central-1"
}

variable "architecture" {
  type    = string
  default = "arm64"
}

variable "bucket_name" {
  type    = string
  default = "hippo-gym-projects-123456789012"
}

variable "bundle_path" {
  type = string
}

variable "memory_mb" {
  type    = number
  default = 256
}

variable "widened" {
  type    = bool
  default = false
}

locals {
  bucket_arn = "arn:aws:s3:::hippo-gym-projects-123456789012"
}

module "projects_bucket" {
  source = "./modules/projects_bucket"

  bucket_name     = var.bucket_name
  partition       = "aws"
  noncurrent_days = 90
  require_tls     = true
}

data "aws_iam_policy_document" "next_step" {
  statement {
    sid       = "ServePages"
    actions   = var.widened ? ["s3:GetObject", "s3:DeleteObject"] : ["s3:GetObject"]
    resources = [var.widened ? "${local.bucket_arn}/*" : "${local.bucket_arn}/*.html"]
  }

  statement {
    sid       = "AskForAServer"
    actions   = ["sns:Publish"]
    resources = ["arn:aws:sns:ca-central-1:123456789012:HIPPO_Gym_start_server"]
  }

  statement {
    sid       = "PassTheTaskRole"
    actions   = ["iam:PassRole"]
    resources = ["arn:aws:iam::123456789012:role/HIPPO_Gym_session_task"]

    dynamic "condition" {
      for_each = var.widened ? [] : ["ecs-tasks.amazonaws.com"]

      content {
        test     = "StringEquals"
        variable = "iam:PassedToService"
        values   = [condition.value]
      }
    }
  }
}

data "aws_iam_policy_document" "sweep_sessions" {
  statement {
    sid       = "FindLeftovers"
    actions   = ["ecs:ListClusters"]
    resources = ["*"]
  }
}

module "function" {
  source = "./modules/function"

  for_each = {
    next_step      = data.aws_iam_policy_document.next_step.json
    sweep_sessions = data.aws_iam_policy_document.sweep_sessions.json
  }

  function_name      = "HIPPO_Gym_${each.key}"
  description        = "For the review's tests"
  timeout            = 10
  memory_mb          = each.key == "sweep_sessions" ? var.memory_mb : 512
  environment        = { BUCKET = var.bucket_name, LOG_LEVEL = "INFO" }
  policy_json        = each.value
  log_retention_days = 90

  code = {
    bundle_path      = var.bundle_path
    source_code_hash = filebase64sha256(var.bundle_path)
    handler          = "${each.key}.lambda_handler"
    architecture     = var.architecture
  }
}
