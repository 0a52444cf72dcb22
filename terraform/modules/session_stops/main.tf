# Two of the three automatic ways in which a session ends: its stop schedule, and the event that its
# task has stopped. (The third is the sweeper.) start_server creates the schedules at run time, with
# the role created here.
#
# The schedules and the rule each have a role to publish with. AWS's pages contradict each other
# about roles of rules on SNS topics, so the topic's policy also admits EventBridge for this rule
# (modules/session_topics), and publishes_with_role = false omits the rule's role.

data "aws_iam_policy_document" "scheduler_trust" {
  statement {
    sid     = "SchedulesOfThisAccount"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }

    # EventBridge Scheduler sends the schedule's group as the source, not the schedule.
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["arn:${var.partition}:scheduler:${var.region}:${var.account_id}:schedule-group/default"]
    }
  }
}

resource "aws_iam_role" "scheduler" {
  name                 = "${var.name}_scheduler"
  path                 = var.role_path
  description          = "Stop schedules of ${var.name} publish to the stop topic with it"
  assume_role_policy   = data.aws_iam_policy_document.scheduler_trust.json
  permissions_boundary = var.permissions_boundary_arn
}

data "aws_iam_policy_document" "task_events_trust" {
  statement {
    sid     = "TaskStateRule"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }

    # From the name, so that the first plan shows the policy in full.
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["arn:${var.partition}:events:${var.region}:${var.account_id}:rule/${var.name}_task_stopped"]
    }
  }
}

resource "aws_iam_role" "task_events" {
  name                 = "${var.name}_task_events"
  path                 = var.role_path
  description          = "The rule on stopped tasks of ${var.name} publishes to the stop topic with it"
  assume_role_policy   = data.aws_iam_policy_document.task_events_trust.json
  permissions_boundary = var.permissions_boundary_arn
}

data "aws_iam_policy_document" "ask_for_stop" {
  statement {
    sid       = "AskForStop"
    actions   = ["sns:Publish"]
    resources = [var.stop_topic_arn]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      sid       = "UseKeyForStops"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["sns.${var.region}.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:aws:sns:topicArn"
        values   = [var.stop_topic_arn]
      }
    }
  }
}

resource "aws_iam_role_policy" "scheduler" {
  name   = "ask_for_stop"
  role   = aws_iam_role.scheduler.name
  policy = data.aws_iam_policy_document.ask_for_stop.json

  lifecycle {
    precondition {
      # IAM user guide, "IAM and AWS STS quotas".
      condition     = length(replace(data.aws_iam_policy_document.ask_for_stop.json, "/\\s/", "")) <= 10240
      error_message = "The policy of the role ${aws_iam_role.scheduler.name} has ${length(replace(data.aws_iam_policy_document.ask_for_stop.json, "/\\s/", ""))} characters without white space, and IAM takes 10,240: choose a shorter name."
    }
  }
}

resource "aws_iam_role_policy" "task_events" {
  name   = "ask_for_stop"
  role   = aws_iam_role.task_events.name
  policy = data.aws_iam_policy_document.ask_for_stop.json

  lifecycle {
    precondition {
      # IAM user guide, "IAM and AWS STS quotas".
      condition     = length(replace(data.aws_iam_policy_document.ask_for_stop.json, "/\\s/", "")) <= 10240
      error_message = "The policy of the role ${aws_iam_role.task_events.name} has ${length(replace(data.aws_iam_policy_document.ask_for_stop.json, "/\\s/", ""))} characters without white space, and IAM takes 10,240: choose a shorter name."
    }
  }
}

resource "aws_cloudwatch_event_rule" "task_stopped" {
  name        = "${var.name}_task_stopped"
  description = "A task of this deployment has stopped: stop_server ends the rest of its session"

  event_pattern = jsonencode({
    source        = var.task_event_sources
    "detail-type" = ["ECS Task State Change"]
    detail = {
      lastStatus = ["STOPPED"]
      clusterArn = [{ prefix = "arn:${var.partition}:ecs:${var.region}:${var.account_id}:cluster/${var.name}-" }]
    }
  })
}

resource "aws_cloudwatch_event_target" "stop_topic" {
  # Without the role's policy the target could not publish, and the first events would go to the
  # dead letters.
  depends_on = [aws_iam_role_policy.task_events]

  rule      = aws_cloudwatch_event_rule.task_stopped.name
  target_id = "stop_topic"
  arn       = var.stop_topic_arn
  role_arn  = var.publishes_with_role ? aws_iam_role.task_events.arn : null

  dead_letter_config {
    arn = var.dead_letter_queue_arn
  }
}
