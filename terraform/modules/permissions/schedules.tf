# Stop schedules. They are in the default group: a group for them would be one more resource without
# a benefit.

locals {
  schedules = "arn:${var.partition}:scheduler:${var.region}:${var.account_id}:schedule/default/${var.name}-*"
}

data "aws_iam_policy_document" "make_stop_schedules" {
  # start_server updates a schedule that exists already.
  statement {
    sid       = "MakeStopSchedules"
    actions   = ["scheduler:CreateSchedule", "scheduler:UpdateSchedule"]
    resources = [local.schedules]
  }
}

data "aws_iam_policy_document" "move_stop_schedules" {
  statement {
    sid       = "MoveStopSchedules"
    actions   = ["scheduler:GetSchedule", "scheduler:UpdateSchedule"]
    resources = [local.schedules]
  }
}

data "aws_iam_policy_document" "pass_scheduler_role" {
  # An update contains the whole target again, including its role.
  statement {
    sid       = "PassSchedulerRole"
    actions   = ["iam:PassRole"]
    resources = [var.scheduler_role_arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["scheduler.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "delete_stop_schedules" {
  statement {
    sid       = "DeleteStopSchedules"
    actions   = ["scheduler:DeleteSchedule"]
    resources = [local.schedules]
  }
}
