# Two topics carry all requests about sessions: to start one, to stop one. Each has one subscriber
# and one dead-letter queue. The queue takes messages that SNS could not deliver, events that the
# function failed to process (its on-failure destination) and, for the stop topic, events that the
# task-state rule could not publish.

locals {
  # Not the keys of var.subscribers: the queues must not wait for the functions, which refer to
  # them.
  topics = toset(["start_server", "stop_server"])

  # From the names, so that the first plan shows the policies in full.
  topic_arns = { for topic in local.topics : topic => "arn:${var.partition}:sns:${var.region}:${var.account_id}:${var.name}_${topic}" }
  queue_arns = { for topic in local.topics : topic => "arn:${var.partition}:sqs:${var.region}:${var.account_id}:${var.name}_${topic}_dead_letters" }

  # EventBridge rules that publish to a topic and send events that they could not publish to its
  # queue.
  event_rules = {
    start_server = {}
    stop_server  = { TaskStateRule = var.task_state_rule_arn }
  }
}

resource "aws_sns_topic" "this" {
  #checkov:skip=CKV_AWS_26:The messages hold ids only. To encrypt them, set kms_key_arn.
  for_each = local.topics

  name              = "${var.name}_${each.key}"
  kms_master_key_id = var.kms_key_arn
  tracing_config    = var.tracing ? "Active" : "PassThrough"
}

data "aws_iam_policy_document" "topic" {
  for_each = local.topics

  # A policy replaces the default one of SNS. This statement leaves the decision to each role's own
  # policy: functions and schedules publish with a role.
  statement {
    sid       = "RolesOfThisAccountWithPermission"
    actions   = ["sns:Publish"]
    resources = [local.topic_arns[each.key]]

    principals {
      type        = "AWS"
      identifiers = ["arn:${var.partition}:iam::${var.account_id}:root"]
    }
  }

  # In case EventBridge publishes as a service although its target names a role: AWS's pages
  # contradict each other (docs/alarms.md, "Alarm: stop rule"). The sid and the statement are those
  # of the EventBridge user guide, "Using resource-based policies for Amazon EventBridge"; the
  # condition excludes other accounts' rules.
  dynamic "statement" {
    for_each = local.event_rules[each.key]

    content {
      sid       = "TrustCWEToPublishEventsToMyTopic"
      actions   = ["sns:Publish"]
      resources = [local.topic_arns[each.key]]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }

      dynamic "condition" {
        for_each = var.task_event_source_condition ? [statement.value] : []

        content {
          test     = "ArnEquals"
          variable = "aws:SourceArn"
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
      resources = [local.topic_arns[each.key]]

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

resource "aws_sns_topic_policy" "this" {
  #checkov:skip=CKV_AWS_385:The policy admits this account only: its roles and users that have a policy for it. checkov reports this only on a plan, in which it cannot recognize the account's id.
  for_each = local.topics

  arn    = aws_sns_topic.this[each.key].arn
  policy = data.aws_iam_policy_document.topic[each.key].json

  lifecycle {
    precondition {
      # SNS developer guide, "Amazon SNS API permissions", "Policy quotas".
      condition     = length(replace(data.aws_iam_policy_document.topic[each.key].json, "/\\s/", "")) <= 30720
      error_message = "The policy of the topic ${var.name}_${each.key} has ${length(replace(data.aws_iam_policy_document.topic[each.key].json, "/\\s/", ""))} bytes without white space, and SNS takes 30,720: choose a shorter name."
    }
  }
}

resource "aws_sqs_queue" "dead_letters" {
  for_each = local.topics

  name                      = "${var.name}_${each.key}_dead_letters"
  message_retention_seconds = 1209600 # 14 days, the most that SQS keeps
  kms_master_key_id         = var.kms_key_arn
  # With SQS's own key SNS, EventBridge and Lambda can all write without a key policy.
  sqs_managed_sse_enabled = var.kms_key_arn == null ? true : null
}

data "aws_iam_policy_document" "dead_letters" {
  for_each = local.topics

  statement {
    sid       = "UndeliveredByTheTopic"
    actions   = ["sqs:SendMessage"]
    resources = [local.queue_arns[each.key]]

    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }

    # The ARN contains the account, and the Amazon SNS developer guide shows this condition for a
    # dead-letter queue. Whether SNS also sends aws:SourceAccount is not documented.
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.topic_arns[each.key]]
    }
  }

  dynamic "statement" {
    for_each = local.event_rules[each.key]

    content {
      sid       = "UndeliveredBy${statement.key}"
      actions   = ["sqs:SendMessage"]
      resources = [local.queue_arns[each.key]]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [statement.value]
      }
    }
  }

  dynamic "statement" {
    for_each = var.require_tls ? [true] : []

    content {
      sid       = "DenyInsecureTransport"
      effect    = "Deny"
      actions   = ["sqs:*"]
      resources = [local.queue_arns[each.key]]

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

resource "aws_sqs_queue_policy" "dead_letters" {
  for_each = local.topics

  queue_url = aws_sqs_queue.dead_letters[each.key].url
  policy    = data.aws_iam_policy_document.dead_letters[each.key].json

  lifecycle {
    precondition {
      # SQS developer guide, "Amazon SQS policy quotas".
      condition     = length(replace(data.aws_iam_policy_document.dead_letters[each.key].json, "/\\s/", "")) <= 8192
      error_message = "The policy of the queue ${var.name}_${each.key}_dead_letters has ${length(replace(data.aws_iam_policy_document.dead_letters[each.key].json, "/\\s/", ""))} bytes without white space, and SQS takes 8,192: choose a shorter name."
    }
  }
}

resource "aws_lambda_permission" "topic" {
  for_each = local.topics

  statement_id  = "topic"
  action        = "lambda:InvokeFunction"
  function_name = var.subscribers[each.key].function_name
  principal     = "sns.amazonaws.com"
  source_arn    = aws_sns_topic.this[each.key].arn # contains the account; SNS may not send aws:SourceAccount
}

resource "aws_sns_topic_subscription" "function" {
  # Without the permission the topic's first messages would go to the dead letters.
  depends_on = [aws_lambda_permission.topic, aws_sqs_queue_policy.dead_letters]

  for_each = local.topics

  topic_arn = aws_sns_topic.this[each.key].arn
  protocol  = "lambda"
  endpoint  = var.subscribers[each.key].arn

  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letters[each.key].arn })
}

# SNS delivers to Lambda's own queue, so Lambda retries a failed event and sends it to the dead
# letters.
resource "aws_lambda_function_event_invoke_config" "subscriber" {
  for_each = local.topics

  function_name                = var.subscribers[each.key].function_name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 21600 # 6 hours, Lambda's default, set explicitly so that no plan shows it as a change

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead_letters[each.key].arn
    }
  }
}
