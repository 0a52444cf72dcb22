# The wishes that the functions publish, and the queues for what they failed to do.

data "aws_iam_policy_document" "ask_for_start" {
  statement {
    sid       = "AskForStart"
    actions   = ["sns:Publish"]
    resources = [var.topic_arns.start_server]
  }
}

data "aws_iam_policy_document" "ask_for_stop" {
  statement {
    sid       = "AskForStop"
    actions   = ["sns:Publish"]
    resources = [var.topic_arns.stop_server]
  }
}

# Lambda leaves an event there on the function's behalf, with the function's role.
data "aws_iam_policy_document" "leave_failed_starts" {
  statement {
    sid       = "LeaveFailedStarts"
    actions   = ["sqs:SendMessage"]
    resources = [var.dead_letter_queue_arns.start_server]
  }
}

data "aws_iam_policy_document" "leave_failed_stops" {
  statement {
    sid       = "LeaveFailedStops"
    actions   = ["sqs:SendMessage"]
    resources = [var.dead_letter_queue_arns.stop_server]
  }
}
