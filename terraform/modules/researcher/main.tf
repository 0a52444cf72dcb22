# The permissions that the command `hippo` needs, and no others. Only the deployment's functions
# change the master list, live session records, and running tasks; a researcher may invoke some of
# these functions. Actions, resource types and condition keys are those of the Service Authorization
# Reference.

locals {
  tag         = "hippo-gym:deployment"
  functions   = "arn:${var.partition}:lambda:${var.region}:${var.account_id}:function:${var.name}"
  repository  = "arn:${var.partition}:ecr:${var.region}:${var.account_id}:repository/*"
  definitions = "arn:${var.partition}:ecs:${var.region}:${var.account_id}:task-definition/*:*"
  log_streams = "arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:${var.session_log_group}:log-stream:*"

  link_keys = "arn:${var.partition}:ssm:${var.region}:${var.account_id}:parameter/hippo-gym-links/${var.name}/*"

  # All Regions: `hippo` reads the description before it knows the deployment's Region, and may try
  # several.
  description     = "arn:${var.partition}:ssm:*:${var.account_id}:parameter/hippo-gym/${var.name}"
  own_description = "arn:${var.partition}:ssm:${var.region}:${var.account_id}:parameter/hippo-gym/${var.name}"
}

data "aws_iam_policy_document" "this" {
  #checkov:skip=CKV_AWS_111:Each "*" is for actions without a resource type; see the comments beside them.
  #checkov:skip=CKV_AWS_356:Each "*" is for actions without a resource type; see the comments beside them.

  # -------------------------------------------------------------------------------------------------- every command

  statement {
    sid       = "FindDeployment"
    actions   = ["ssm:GetParameter"]
    resources = [local.description]
  }

  # Actions of four services, each on the resources of its own: together in one statement, because
  # statements of their own make the policy longer than IAM takes.
  # lambda: update_project_master_list registers projects, send_stop_server_message stops a server.
  # logs: the sessions' logs.
  # ecr: a project's id is also the name of its repository, so no name pattern is possible: the
  # repository's tag names the deployment. Reading has no tag condition, because ECR would answer
  # "forbidden" instead of "not found" for a missing repository.
  # ssm: the keys that sign participants' links, encrypted with the AWS managed key aws/ssm, whose
  # policy admits every user of the parameter.
  statement {
    sid = "OtherServices"
    actions = [
      "lambda:InvokeFunction", "logs:GetLogEvents", "ecr:DescribeRepositories", "ecr:ListTagsForResource",
      "ssm:GetParameter", "ssm:PutParameter",
    ]
    resources = [
      "${local.functions}_update_project_master_list", "${local.functions}_send_stop_server_message",
      local.log_streams, local.repository, local.link_keys,
    ]
  }

  # Without it S3 answers 403, not 404, for a missing key.
  statement {
    sid       = "ListProjects"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions"]
    resources = [var.bucket_arn]
  }

  statement {
    sid       = "ReadProjects"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arn}/*/Users/*", "${var.bucket_arn}/*/Trials/*"]
  }

  # Past versions as well: of the list and the pages for history and rollback; of session records,
  # to find their participants.
  statement {
    sid     = "ReadHistory"
    actions = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = [
      "${var.bucket_arn}/project_master_list.json",
      "${var.bucket_arn}/*.html",
      "${var.bucket_arn}/_sessions/*",
    ]
  }

  # --------------------------------------------------------------------------- submit, rollback, open, close

  # Versions, and the files of a study's folder `assets`: an upload begins with a look at what is there.
  statement {
    sid       = "WriteVersions"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = compact(["${var.bucket_arn}/_versions/*", try("${var.assets_bucket_arn}/assets/*", null)])
  }

  # The pages of the study's own folder, also those that it no longer has. The bucket keeps their
  # versions: none of them can be deleted.
  statement {
    sid       = "ChangePages"
    actions   = ["s3:DeleteObject", "s3:PutObject"]
    resources = ["${var.bucket_arn}/*.html"]
  }

  statement {
    sid       = "RegistryAndTasks"
    actions   = ["ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions"]
    resources = ["*"] # none of these actions has a resource type

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }

  # CreateRepository depends on TagResource. ECR does not distinguish tagging at creation from later
  # tagging. So repositories with another deployment's tag are protected, and repositories without
  # tags are not, because a repository that is being created has no tag yet.
  statement {
    sid       = "MakeRepositories"
    actions   = ["ecr:CreateRepository", "ecr:TagResource"]
    resources = [local.repository]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/${local.tag}"
      values   = [var.name]
    }

    condition {
      test     = "StringEqualsIfExists"
      variable = "aws:ResourceTag/${local.tag}"
      values   = [var.name]
    }
  }

  # The first five actions push an image; the others check whether an image exists and let a build
  # reuse the last one.
  statement {
    sid = "PushImages"
    actions = [
      "ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload",
      "ecr:PutImage", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer",
    ]
    resources = [local.repository]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/${local.tag}"
      values   = [var.name]
    }
  }

  statement {
    sid       = "RegisterTasks"
    actions   = ["ecs:RegisterTaskDefinition"]
    resources = ["*"] # the action has no resource type

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/${local.tag}"
      values   = [var.name]
    }
  }

  statement {
    sid       = "TagTasks"
    actions   = ["ecs:TagResource"]
    resources = [local.definitions]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["RegisterTaskDefinition"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/${local.tag}"
      values   = [var.name]
    }
  }

  statement {
    sid       = "PassTaskRoles"
    actions   = ["iam:PassRole"]
    resources = var.task_role_arns

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  # ---------------------------------------------------------------------------------------------------------- forget

  # `hippo` deletes versions only; S3's DeleteObjects still requires DeleteObject (Amazon S3 API
  # reference).
  statement {
    sid     = "ForgetParticipants"
    actions = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    resources = [
      "${var.bucket_arn}/*/Users/*",
      "${var.bucket_arn}/*/Trials/*",
      "${var.bucket_arn}/_sessions/ended/*",
    ]
  }

  # Past versions of a participant's session records: each session leaves some behind.
  statement {
    sid       = "ForgetPastSessions"
    actions   = ["s3:DeleteObjectVersion"]
    resources = ["${var.bucket_arn}/_sessions/live/*"]
  }

  # On the roster of a study with a limit of participants, an anonymous entry keeps the place; the
  # id is deleted.
  statement {
    sid       = "ForgetOnRosters"
    actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObjectVersion"]
    resources = ["${var.bucket_arn}/_participants/*"]
  }

  # ------------------------------------------------------------------------------------------------ with a customer key

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? {} : {
      UseKeyForObjects     = { actions = ["kms:Decrypt", "kms:GenerateDataKey"], service = "s3", context = "aws:s3:arn", arn = var.bucket_arn }
      UseKeyForDescription = { actions = ["kms:Decrypt"], service = "ssm", context = "PARAMETER_ARN", arn = local.own_description }
    }

    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = [var.kms_key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["${statement.value.service}.${var.region}.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:${statement.value.context}"
        values   = [statement.value.arn]
      }
    }
  }
}

resource "aws_iam_policy" "this" {
  name        = "${var.name}_researcher"
  description = "What the command hippo does on the HIPPO Gym deployment ${var.name}"
  policy      = data.aws_iam_policy_document.this.json

  lifecycle {
    precondition {
      # IAM user guide, "IAM and AWS STS quotas".
      condition     = length(replace(data.aws_iam_policy_document.this.json, "/\\s/", "")) <= 6144
      error_message = "The policy ${var.name}_researcher has ${length(replace(data.aws_iam_policy_document.this.json, "/\\s/", ""))} characters without white space, and IAM takes 6,144: choose a shorter role_path, bucket_name or name."
    }
  }
}

resource "aws_iam_group_policy_attachment" "this" {
  for_each = var.researchers.groups

  group      = each.value
  policy_arn = aws_iam_policy.this.arn
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = var.researchers.roles

  role       = each.value
  policy_arn = aws_iam_policy.this.arn
}
