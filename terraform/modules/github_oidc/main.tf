# Roles for GitHub Actions. A job assumes one with a token that GitHub signs for that job, so there
# are no long-lived keys to store.
#
#   <name>_plan           plans pull requests and main; reads the configuration of the resources,
#                         but not the data in them
#   <name>_deploy_<env>   deploys one environment; only for jobs of the GitHub environment with that
#                         name, which a reviewer must approve

locals {
  host         = "token.actions.githubusercontent.com"
  provider_arn = var.provider_arn == null ? aws_iam_openid_connect_provider.github[0].arn : var.provider_arn

  # The claims of a job's token: https://docs.github.com/actions/reference/security/oidc.
  # The tokens of repositories created, renamed or moved since 15 July 2026 contain ids in the
  # subject.
  has_ids = var.repository_id != null
  by_ids  = local.has_ids ? "${split("/", var.repository)[0]}@${var.owner_id}/${split("/", var.repository)[1]}@${var.repository_id}" : null

  # Claims that STS compares separately, in commercial Regions only: IAM user guide, "Available keys
  # for AWS OIDC federation".
  compares_claims = local.has_ids && var.partition == "aws"

  # When STS compares repository_id, the older form of the subject is as safe as the newer one: the
  # role accepts both.
  repositories = compact([local.by_ids, local.has_ids && !local.compares_claims ? null : var.repository])

  subjects = merge(
    { plan = flatten([for repository in local.repositories : ["repo:${repository}:pull_request", "repo:${repository}:ref:refs/heads/${var.main_branch}"]]) },
    { for environment in keys(var.deployers) : "deploy_${environment}" => [for repository in local.repositories : "repo:${repository}:environment:${environment}"] },
  )

  claims = {
    for role in keys(local.subjects) : role => local.compares_claims ? merge(
      { repository_id = var.repository_id },
      role == "plan" ? {} : { environment = trimprefix(role, "deploy_") },
    ) : {}
  }
}

# An account can have only one provider for a host.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.provider_arn == null ? 1 : 0

  url            = "https://${local.host}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  for_each = local.subjects

  statement {
    sid     = "JobsOfThisRepository"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.host}:aud"
      values   = ["sts.amazonaws.com"]
    }

    # StringEquals, not StringLike: the name of no other repository, branch or environment matches.
    condition {
      test     = "StringEquals"
      variable = "${local.host}:sub"
      values   = each.value
    }

    dynamic "condition" {
      for_each = local.claims[each.key]

      content {
        test     = "StringEquals"
        variable = "${local.host}:${condition.key}"
        values   = [condition.value]
      }
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.subjects

  name                 = "${var.name}_${each.key}"
  description          = each.key == "plan" ? "Planning role for GitHub Actions of ${var.repository}" : "Deploying role for GitHub Actions of ${var.repository}, after an approval"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600

  lifecycle {
    precondition {
      # IAM user guide, "IAM and AWS STS quotas".
      condition     = length(replace(data.aws_iam_policy_document.trust[each.key].json, "/\\s/", "")) <= 2048
      error_message = "The trust policy of the role ${var.name}_${each.key} has ${length(replace(data.aws_iam_policy_document.trust[each.key].json, "/\\s/", ""))} characters without white space, and IAM takes 2,048: choose a shorter main_branch or a shorter environment name."
    }

    precondition {
      # Limit of managed policies attached to a role (IAM user guide, "IAM and AWS STS quotas").
      condition     = alltrue([for policies in values(var.deployers) : length(policies) <= 10])
      error_message = "deployers must have at most ten policies for an environment: IAM attaches no more to a role. Merge some of them into one policy."
    }
  }
}

resource "aws_iam_role_policy_attachment" "deploy" {
  for_each = merge([
    for environment, policies in var.deployers : {
      for policy in policies : "${environment} ${policy}" => { role = "deploy_${environment}", policy = policy }
    }
  ]...)

  role       = aws_iam_role.this[each.value.role].name
  policy_arn = each.value.policy
}

resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.this["plan"].name
  policy_arn = "arn:${var.partition}:iam::aws:policy/ReadOnlyAccess"
}

# AWS's ReadOnlyAccess also allows reading stored data. The code of a pull request runs with this
# role before any reviewer has read it, so data is denied here.
data "aws_iam_policy_document" "plan" {
  statement {
    sid           = "NothingThatIsStored"
    effect        = "Deny"
    actions       = ["s3:GetObject*"]
    not_resources = [for bucket in var.readable_buckets : "arn:${var.partition}:s3:::${bucket}/*"]
  }

  statement {
    sid           = "NoOtherParameters"
    effect        = "Deny"
    actions       = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "ssm:GetParameterHistory"]
    not_resources = ["arn:${var.partition}:ssm:*:*:parameter/hippo-gym/*", "arn:${var.partition}:ssm:*::parameter/aws/*"]
  }

  statement {
    sid    = "NoLogsMessagesOrTables"
    effect = "Deny"

    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:GetItem",
      "dynamodb:PartiQLSelect",
      "dynamodb:Query",
      "dynamodb:Scan",
      "ecr:BatchGetImage",
      "ecr:GetDownloadUrlForLayer",
      "kinesis:GetRecords",
      "logs:FilterLogEvents",
      "logs:GetLogEvents",
      "logs:GetLogObject",
      "logs:GetLogRecord",
      "logs:GetQueryResults",
      "logs:StartLiveTail",
      "logs:StartQuery",
      "secretsmanager:GetSecretValue",
      "sqs:ReceiveMessage",
    ]

    resources = ["*"]
  }
}

# ReadOnlyAccess does not allow decryption. A plan reads state, page and description, which the
# team's keys may encrypt; reading other data with the same keys is denied above.
data "aws_iam_policy_document" "keys" {
  count = length(var.kms_key_arns) > 0 ? 1 : 0

  statement {
    sid       = "ReadWhatAPlanCompares"
    actions   = ["kms:Decrypt"]
    resources = var.kms_key_arns

    condition {
      test     = "StringLike"
      variable = "kms:ViaService"
      values   = ["s3.*.amazonaws.com", "ssm.*.amazonaws.com"]
    }
  }
}

locals {
  # IAM's limit is for all inline policies of the planning role together.
  plan_policies = join("", concat([data.aws_iam_policy_document.plan.json], data.aws_iam_policy_document.keys[*].json))
}

resource "aws_iam_role_policy" "keys" {
  count = length(var.kms_key_arns) > 0 ? 1 : 0

  name   = "read_what_a_plan_compares"
  role   = aws_iam_role.this["plan"].name
  policy = data.aws_iam_policy_document.keys[0].json

  lifecycle {
    precondition {
      # IAM user guide, "IAM and AWS STS quotas".
      condition     = length(replace(local.plan_policies, "/\\s/", "")) <= 10240
      error_message = "Together the inline policies of the role ${var.name}_plan have ${length(replace(local.plan_policies, "/\\s/", ""))} characters without white space, and IAM takes 10,240: list fewer readable_buckets or kms_key_arns."
    }
  }
}

resource "aws_iam_role_policy" "plan" {
  name   = "nothing_that_is_stored"
  role   = aws_iam_role.this["plan"].name
  policy = data.aws_iam_policy_document.plan.json

  lifecycle {
    precondition {
      # IAM user guide, "IAM and AWS STS quotas".
      condition     = length(replace(local.plan_policies, "/\\s/", "")) <= 10240
      error_message = "Together the inline policies of the role ${var.name}_plan have ${length(replace(local.plan_policies, "/\\s/", ""))} characters without white space, and IAM takes 10,240: list fewer readable_buckets or kms_key_arns."
    }
  }
}
