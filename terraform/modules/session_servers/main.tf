# What the researchers' task definitions refer to: the role with which ECS starts a container, the
# role of the container itself, if it has one, and the log group. Also the shared cluster, if sessions share one.

locals {
  log_group    = "/ecs/${var.name}"
  repositories = "arn:${var.partition}:ecr:${var.region}:${var.account_id}:repository"
  pull         = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
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

    # ECS sends the Region and the account here, but no cluster.
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${var.partition}:ecs:${var.region}:${var.account_id}:*"]
    }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:With kms_key_arn the team's key encrypts it; otherwise CloudWatch Logs' own key does.
  #checkov:skip=CKV_AWS_338:The study's ethics board decides how long servers' logs are kept: log_retention_days.
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
  #checkov:skip=CKV_AWS_356:The only "*" is ecr:GetAuthorizationToken, which has no resource type.
  statement {
    sid       = "LogInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # the action has no resource type

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }

  # A project's id is also the name of its repository, and projects are added and removed without
  # Terraform: the repository's tag names the deployment.
  statement {
    sid       = "PullImages"
    actions   = local.pull
    resources = ["${local.repositories}/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/hippo-gym:deployment"
      values   = [var.name]
    }
  }

  dynamic "statement" {
    for_each = length(var.admitted_image_repositories) == 0 ? [] : [var.admitted_image_repositories]

    content {
      sid       = "PullAdmittedImages"
      actions   = local.pull
      resources = [for name in statement.value : "${local.repositories}/${name}"]
    }
  }

  statement {
    sid       = "WriteSessionLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:${local.log_group}:*"]
  }

  # ECS reads the secret for a container whose task definition names it (developer guide, "Pass
  # Secrets Manager secrets through Amazon ECS environment variables"). The container's own role,
  # the task role, cannot read it.
  dynamic "statement" {
    for_each = var.certificate_secret_arn == null ? [] : [var.certificate_secret_arn]

    content {
      sid       = "ReadCertificate"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [statement.value]
    }
  }

  # Secrets Manager sends the secret's ARN in the encryption context (user guide, "Secret encryption
  # and decryption").
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
        test     = strcontains(statement.value, "?") ? "StringLike" : "StringEquals"
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
  count = var.task_role ? 1 : 0

  name                 = "${var.name}_session_task"
  path                 = var.role_path
  description          = "Session servers of ${var.name} run with it: store trials, send traces, nothing else"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
}

data "aws_iam_policy_document" "task" {
  statement {
    sid       = "KeepTrials"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.bucket_arn}/*/Trials/*"]
  }

  # The pattern above also matches keys of versions and sessions with such a part.
  statement {
    sid       = "KeepOutOfRecords"
    effect    = "Deny"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.bucket_arn}/_*"]
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

      # The bucket's ARN, not the object's, because the bucket uses an S3 bucket key.
      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:aws:s3:arn"
        values   = [var.bucket_arn]
      }
    }
  }

  # A container may continue the trace of the request that started it (HIPPO_TRACE_ID).
  dynamic "statement" {
    for_each = var.tracing ? [true] : []

    content {
      sid       = "SendTraces"
      actions   = ["xray:PutTraceSegments"]
      resources = ["*"] # these actions have no resource type

      condition {
        test     = "StringEquals"
        variable = "aws:RequestedRegion"
        values   = [var.region]
      }
    }
  }
}

resource "aws_iam_role_policy" "task" {
  count = var.task_role ? 1 : 0

  name   = "keep_trials"
  role   = aws_iam_role.task[0].name
  policy = data.aws_iam_policy_document.task.json

  lifecycle {
    precondition {
      # IAM user guide, "IAM and AWS STS quotas".
      condition     = length(replace(data.aws_iam_policy_document.task.json, "/\\s/", "")) <= 10240
      error_message = "The policy of the role ${var.name}_session_task has ${length(replace(data.aws_iam_policy_document.task.json, "/\\s/", ""))} characters without white space, and IAM takes 10,240: choose a shorter bucket_name or name."
    }
  }
}

# Its name has the form of a session's own cluster, so the roles' patterns and the task-state rule
# match it as well.
resource "aws_ecs_cluster" "shared" {
  #checkov:skip=CKV_AWS_65:Container Insights bills each task's metrics; a session lasts minutes, and its log says more.
  for_each = var.cluster_mode == "shared" ? toset(["${var.name}-shared"]) : toset([])

  name = each.key

  # Set explicitly, because the account's default may be on (Amazon ECS API reference,
  # "ClusterSetting").
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
