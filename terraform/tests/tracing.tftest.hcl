# X-Ray's policy for the topics. The tests of functions and topics check that they send traces.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name       = "pilot"
  account_id = "123456789012"
  topic_arns = ["arn:aws:sns:ca-central-1:123456789012:pilot_start_server", "arn:aws:sns:ca-central-1:123456789012:pilot_stop_server"]
}

run "this_deployment_s_topics_may_send_traces" {
  module { source = "./modules/tracing" }

  assert {
    condition     = aws_xray_resource_policy.topics.policy_name == "pilot_topics" && aws_xray_resource_policy.topics.policy_document == data.aws_iam_policy_document.topics.json
    error_message = "The policy must be named after the deployment: an account may have several."
  }

  assert {
    condition = (
      one(data.aws_iam_policy_document.topics.statement).actions == toset(["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTraceSegments"])
      && one(one(data.aws_iam_policy_document.topics.statement).principals).identifiers == toset(["sns.amazonaws.com"])
    )
    error_message = "SNS may send segments and nothing else."
  }

  assert {
    condition = { for c in one(data.aws_iam_policy_document.topics.statement).condition : c.variable => toset(c.values) } == {
      "aws:SourceArn"     = toset(var.topic_arns)
      "aws:SourceAccount" = toset(["123456789012"])
    }
    error_message = "The policy must be limited to the two topics of this deployment in this account."
  }
}
