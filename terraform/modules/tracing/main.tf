# The policy with which X-Ray accepts the topics' part of a trace. Without it SNS still passes the
# trace on, but the trace lacks the time that a message spends in the topic (Amazon SNS developer
# guide, "Active tracing in Amazon SNS").

data "aws_iam_policy_document" "topics" {
  #checkov:skip=CKV_AWS_111:The three actions have no resource types; the conditions say which topics may.
  #checkov:skip=CKV_AWS_356:The three actions have no resource types; the conditions say which topics may.
  statement {
    sid       = "TopicsOfThisDeployment"
    actions   = ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTraceSegments"]
    resources = ["*"] # none of these actions has a resource type

    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = var.topic_arns
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_xray_resource_policy" "topics" {
  policy_name     = "${var.name}_topics"
  policy_document = data.aws_iam_policy_document.topics.json

  lifecycle {
    precondition {
      # X-Ray API reference, PutResourcePolicy.
      condition     = length(replace(data.aws_iam_policy_document.topics.json, "/\\s/", "")) <= 5120
      error_message = "The X-Ray policy of ${var.name} has ${length(replace(data.aws_iam_policy_document.topics.json, "/\\s/", ""))} bytes without white space, and X-Ray takes 5,120: choose a shorter name, or set xray_resource_policy = false."
    }
  }
}
