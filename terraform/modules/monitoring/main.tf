# Alarms, dashboard and budget for the on-call person. This file has the topic that alarms go to;
# alarms.tf has the alarms, dashboard.tf the dashboard, budget.tf the budget.

locals {
  makes_topic = var.alarm_topic_arn == null
  topic_name  = "${var.name}_alarms"

  # From the name, so that the first plan shows policy and alarms in full.
  made_topic_arn = "arn:${var.partition}:sns:${var.region}:${var.account_id}:${local.topic_name}"
  topic_arn      = coalesce(var.alarm_topic_arn, local.made_topic_arn)

  # Services that publish to the topic themselves, and the resources for which they do. Each ARN
  # contains the account; only Budgets is documented to send aws:SourceAccount as well (AWS Cost
  # Management user guide, "Creating an Amazon SNS topic for budget notifications").
  publishers = merge(
    { AlarmsOfThisDeployment = {
      service      = "cloudwatch"
      arn          = "arn:${var.partition}:cloudwatch:${var.region}:${var.account_id}:alarm:${var.name}_*"
      says_account = false
    } },
    var.monthly_budget == null ? {} : {
      BudgetOfThisDeployment = {
        service      = "budgets"
        arn          = "arn:${var.partition}:budgets::${var.account_id}:budget/${local.budget_name}"
        says_account = true
      }
    },
  )
}

resource "aws_sns_topic" "alarms" {
  #checkov:skip=CKV_AWS_26:With kms_key_arn the team's key encrypts it. CloudWatch cannot publish with the managed key alias/aws/sns; alarms hold names and numbers only.
  count = local.makes_topic ? 1 : 0

  name              = local.topic_name
  kms_master_key_id = var.kms_key_arn
}

data "aws_iam_policy_document" "alarms" {
  dynamic "statement" {
    for_each = local.publishers

    content {
      sid       = statement.key
      actions   = ["sns:Publish"]
      resources = [local.made_topic_arn]

      principals {
        type        = "Service"
        identifiers = ["${statement.value.service}.amazonaws.com"]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = [statement.value.arn]
      }

      dynamic "condition" {
        for_each = statement.value.says_account ? [var.account_id] : []

        content {
          test     = "StringEquals"
          variable = "aws:SourceAccount"
          values   = [condition.value]
        }
      }
    }
  }

  dynamic "statement" {
    for_each = var.require_tls ? [true] : []

    content {
      sid       = "DenyInsecureTransport"
      effect    = "Deny"
      actions   = ["sns:Publish"]
      resources = [local.made_topic_arn]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "Bool"
        variable = "aws:SecureTransport"
        values   = ["false"]
      }
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  count = local.makes_topic ? 1 : 0

  arn    = aws_sns_topic.alarms[0].arn
  policy = data.aws_iam_policy_document.alarms.json

  lifecycle {
    precondition {
      # SNS developer guide, "Amazon SNS API permissions", "Policy quotas".
      condition     = length(replace(data.aws_iam_policy_document.alarms.json, "/\\s/", "")) <= 30720
      error_message = "The policy of the topic ${var.name}_alarms has ${length(replace(data.aws_iam_policy_document.alarms.json, "/\\s/", ""))} bytes without white space, and SNS takes 30,720: choose a shorter name."
    }
  }
}

resource "aws_sns_topic_subscription" "email" {
  for_each = local.makes_topic ? var.alarm_emails : toset([])

  topic_arn = aws_sns_topic.alarms[0].arn
  protocol  = "email"
  endpoint  = each.key
}
