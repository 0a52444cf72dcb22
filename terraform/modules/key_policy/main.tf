# What the policy of a customer key must say for this deployment. A key's policy is its owner's to change, and is changed
# as a whole: so nothing is applied here, the statements are an output.

locals {
  logs = "arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group"

  # What services do with the key on their own account. The encryption context says for which topic or queue; EventBridge
  # tells KMS neither aws:SourceAccount nor aws:SourceArn (Amazon SNS developer guide, "Key management").
  services = merge(
    {
      EventBridgePublishes  = { service = "events", context = "aws:sns:topicArn", arns = [var.stop_topic_arn] }
      EventBridgePutsAside  = { service = "events", context = "aws:sqs:arn", arns = [var.queue_arns.stop_server] }
      NotificationsPutAside = { service = "sns", context = "aws:sqs:arn", arns = values(var.queue_arns) }
    },
    var.alarm_topic_arn == null ? {} : {
      AlarmsPublish  = { service = "cloudwatch", context = "aws:sns:topicArn", arns = [var.alarm_topic_arn] }
      BudgetsPublish = { service = "budgets", context = "aws:sns:topicArn", arns = [var.alarm_topic_arn] }
    },
  )
}

data "aws_iam_policy_document" "this" {
  #checkov:skip=CKV_AWS_109:A statement of a key's policy names the key as "*".
  #checkov:skip=CKV_AWS_111:A statement of a key's policy names the key as "*".
  #checkov:skip=CKV_AWS_356:A statement of a key's policy names the key as "*".

  # Leaves the decision to each role's own policy, for as much as the deployment does and no more.
  statement {
    sid       = "RolesOfThisAccountWithPermission"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${var.partition}:iam::${var.account_id}:root"]
    }
  }

  # The actions are those that CloudWatch Logs asks for (user guide, "Encrypt log data in CloudWatch Logs using KMS").
  statement {
    sid       = "LogsOfThisDeployment"
    actions   = ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = [for group in var.log_groups : "${local.logs}:${group}"]
    }
  }

  dynamic "statement" {
    for_each = local.services

    content {
      sid       = statement.key
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["${statement.value.service}.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:${statement.value.context}"
        values   = statement.value.arns
      }
    }
  }

  # It only reads. Which distribution is not known before it is made; the bucket's policy names the one.
  dynamic "statement" {
    for_each = var.website ? [true] : []

    content {
      sid       = "CloudFrontReadsThePage"
      actions   = ["kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["cloudfront.amazonaws.com"]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = ["arn:${var.partition}:cloudfront::${var.account_id}:distribution/*"]
      }
    }
  }
}
