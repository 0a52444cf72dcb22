# Two topics carry every wish about a session: start it, stop it. Each has one subscriber and one dead-letter queue.
# The queue takes what SNS could not deliver, what the function could not finish (its on-failure destination) and, for
# the stop topic, what the task-state rule could not publish: one place to look for each direction.

locals {
  # A set of its own, not the subscribers' keys: the queues must not wait for the functions, which name them.
  topics = toset(["start_server", "stop_server"])

  # From the names, so that the first plan already shows the policies in full.
  topic_arns = { for topic in local.topics : topic => "arn:${var.partition}:sns:${var.region}:${var.account_id}:${var.name}_${topic}" }
  queue_arns = { for topic in local.topics : topic => "arn:${var.partition}:sqs:${var.region}:${var.account_id}:${var.name}_${topic}_dead_letters" }

  # Rules of EventBridge that publish to a topic, and leave in its queue what they could not
  # publish.
  event_rules = {
    start_server = {}
    stop_server  = { TaskStateRule = var.task_state_rule_arn }
  }
}

resource "aws_sns_topic" "this" {
  #checkov:skip=CKV_AWS_26:The messages are ids only. Whoever wants them encrypted gives a key of the team's: kms_key_arn.
  for_each = local.topics

  name              = "${var.name}_${each.key}"
  kms_master_key_id = var.kms_key_arn
  tracing_config    = var.tracing ? "Active" : "PassThrough"
}

data "aws_iam_policy_document" "topic" {
  for_each = local.topics

  # Setting a policy replaces the default one of SNS. Naming the account leaves the decision to each
  # role's own policy: functions and schedules publish with a role.
  statement {
    sid       = "RolesOfThisAccountWithPermission"
    actions   = ["sns:Publish"]
    resources = [local.topic_arns[each.key]]

    principals {
      type        = "AWS"
      identifiers = ["arn:${var.partition}:iam::${var.account_id}:root"]
    }
  }

  # For the case that EventBridge publishes as itself although its target names a role: AWS's pages
  # contradict each other (docs/operate.md, "Alarm: stop rule"). The sid and the statement are those
  # of the EventBridge user guide, "Using resource-based policies for Amazon EventBridge"; the
  # condition keeps other accounts' rules out.
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
  #checkov:skip=CKV_AWS_385:The account that is admitted is this one: whoever in it has a policy that allows it. Seen on a plan only, where checkov cannot tell whose id it is.
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
  # SQS's own key: SNS, EventBridge and Lambda can all write without a key policy.
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

    # The ARN holds the account, and is what the Amazon SNS developer guide shows for a dead-letter
    # queue. Whether SNS sends aws:SourceAccount, too, is not documented.
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
  source_arn    = aws_sns_topic.this[each.key].arn # holds the account; SNS may send no aws:SourceAccount
}

resource "aws_sns_topic_subscription" "function" {
  # Subscribed before it may be invoked, a function's first messages would go to the dead letters.
  depends_on = [aws_lambda_permission.topic, aws_sqs_queue_policy.dead_letters]

  for_each = local.topics

  topic_arn = aws_sns_topic.this[each.key].arn
  protocol  = "lambda"
  endpoint  = var.subscribers[each.key].arn

  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letters[each.key].arn })
}

# SNS hands over to Lambda's own queue, so what the function fails to do is Lambda's to retry and to put aside.
resource "aws_lambda_function_event_invoke_config" "subscriber" {
  for_each = local.topics

  function_name                = var.subscribers[each.key].function_name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 21600 # 6 hours, Lambda's own default, said so that a plan never sees it as a change

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead_letters[each.key].arn
    }
  }
}
