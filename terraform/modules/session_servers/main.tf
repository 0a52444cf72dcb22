# What the researchers' task definitions name: the role that starts a container, the role it runs with, and its log group;
# and the cluster, if sessions share one.

locals {
  log_group = "/ecs/${var.name}"
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "EcsTasksOfThisAccount"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }

    # ECS gives the Region and account here, never a cluster.
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${var.partition}:ecs:${var.region}:${var.account_id}:*"]
    }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:With kms_key_arn it has a key of the team's; without, CloudWatch Logs encrypts with its own.
  #checkov:skip=CKV_AWS_338:How long servers' logs may be kept is for the study's ethics board, through log_retention_days.
  name              = local.log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_iam_role" "execution" {
  name                 = "${var.name}_session_execution"
  path                 = var.role_path
  description          = "ECS starts the session servers of ${var.name} with it: pulls the image, opens the log"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
}

data "aws_iam_policy_document" "execution" {
  #checkov:skip=CKV_AWS_356:The only "*" is ecr:GetAuthorizationToken, which knows no resource.
  statement {
    sid       = "LogInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # takes no resource

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }

  # A project's id is the name of its repository, and projects come and go without Terraform.
  statement {
    sid       = "PullImages"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["arn:${var.partition}:ecr:${var.region}:${var.account_id}:repository/*"]
  }

  statement {
    sid       = "WriteSessionLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:${local.log_group}:*"]
  }

  # ECS reads it for a container that names it (developer guide, "Pass Secrets Manager secrets through Amazon ECS
  # environment variables"); the container itself, with the task role, cannot.
  dynamic "statement" {
    for_each = var.certificate_secret_arn == null ? [] : [var.certificate_secret_arn]

    content {
      sid       = "ReadCertificate"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [statement.value]
    }
  }

  # Secrets Manager names the secret in the encryption context (user guide, "Secret encryption and decryption").
  dynamic "statement" {
    for_each = var.certificate_secret_arn == null || var.kms_key_arn == null ? [] : [var.certificate_secret_arn]

    content {
      sid       = "UseKeyForCertificate"
      actions   = ["kms:Decrypt"]
      resources = [var.kms_key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["secretsmanager.${var.region}.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:SecretARN"
        values   = [statement.value]
      }
    }
  }
}

resource "aws_iam_role_policy" "execution" {
  name   = "start_containers"
  role   = aws_iam_role.execution.name
  policy = data.aws_iam_policy_document.execution.json

  lifecycle {
    precondition {
      # IAM user guide, "IAM and AWS STS quotas".
      condition     = length(replace(data.aws_iam_policy_document.execution.json, "/\\s/", "")) <= 10240
      error_message = "The policy of the role ${aws_iam_role.execution.name} has ${length(replace(data.aws_iam_policy_document.execution.json, "/\\s/", ""))} characters without white space, and IAM takes 10,240: choose a shorter session_certificate_secret_arn, role_path or name."
    }
  }
}

resource "aws_iam_role" "task" {
  name                 = "${var.name}_session_task"
  path                 = var.role_path
  description          = "Session servers of ${var.name} run with it: keep their trials, send traces, nothing else"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
}

data "aws_iam_policy_document" "task" {
  statement {
    sid       = "KeepTrials"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.bucket_arn}/*/Trials/*"]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      sid       = "UseKeyForTrials"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${var.region}.amazonaws.com"]
      }

      # The bucket's, not the object's: it has an S3 bucket key.
      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:aws:s3:arn"
        values   = [var.bucket_arn]
      }
    }
  }

  # A container may go on with the trace that led to it (HIPPO_TRACE_ID).
  dynamic "statement" {
    for_each = var.tracing ? [true] : []

    content {
      sid       = "SendTraces"
      actions   = ["xray:PutTraceSegments"]
      resources = ["*"] # it takes no resource

      condition {
        test     = "StringEquals"
        variable = "aws:RequestedRegion"
        values   = [var.region]
      }
    }
  }
}

resource "aws_iam_role_policy" "task" {
  name   = "keep_trials"
  role   = aws_iam_role.task.name
  policy = data.aws_iam_policy_document.task.json

  lifecycle {
    precondition {
      # IAM user guide, "IAM and AWS STS quotas".
      condition     = length(replace(data.aws_iam_policy_document.task.json, "/\\s/", "")) <= 10240
      error_message = "The policy of the role ${aws_iam_role.task.name} has ${length(replace(data.aws_iam_policy_document.task.json, "/\\s/", ""))} characters without white space, and IAM takes 10,240: choose a shorter bucket_name or name."
    }
  }
}

# Named like a session's own cluster, so that the roles' patterns and the task-state rule hold for it, too.
resource "aws_ecs_cluster" "shared" {
  #checkov:skip=CKV_AWS_65:Container Insights bills each task's metrics; a session lasts minutes, and its log says more.
  for_each = var.cluster_mode == "shared" ? toset(["${var.name}-shared"]) : toset([])

  name = each.key

  # Said here, or the account's default holds, which may be on (Amazon ECS API reference, "ClusterSetting").
  setting {
    name  = "containerInsights"
    value = "disabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "shared" {
  for_each = aws_ecs_cluster.shared

  cluster_name       = each.value.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}
