# The statements that a customer key's policy needs for this deployment. Only the key's owner can
# change its policy, and only as a whole: so this module applies nothing and only returns the
# statements as an output.

locals {
  logs = "arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group"

  # Uses of the key by services themselves. The encryption context names the topic or queue;
  # EventBridge sends KMS neither aws:SourceAccount nor aws:SourceArn (Amazon SNS developer guide,
  # "Key management").
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

  # Leaves the decision to each role's own policy, for exactly the actions that the deployment uses.
  statement {
    sid       = "RolesOfThisAccountWithPermission"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${var.partition}:iam::${var.account_id}:root"]
    }
  }

  # The actions that CloudWatch Logs requires (user guide, "Encrypt log data in CloudWatch Logs
  # using KMS").
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

  # CloudFront only decrypts. The distribution's id is unknown before it is created; the bucket's
  # policy names it.
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
