# What X-Ray must be told before topics may send it their part of a trace. SNS hands a trace on without it; what would be
# missing is the time that a message spends in the topic (Amazon SNS developer guide, "Active tracing in Amazon SNS").

data "aws_iam_policy_document" "topics" {
  #checkov:skip=CKV_AWS_111:The three actions know no resource; the conditions say which topics may.
  #checkov:skip=CKV_AWS_356:The three actions know no resource; the conditions say which topics may.
  statement {
    sid       = "TopicsOfThisDeployment"
    actions   = ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTraceSegments"]
    resources = ["*"] # none of them takes a resource

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
