# Publishing of start and stop messages, and the queues for events that the functions failed to
# process.

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

# Lambda sends the event to the queue for the function, with the function's role.
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
