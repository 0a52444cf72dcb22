mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  region     = "ca-central-1"
  account_id = "123456789012"
  queue_arns = { start_server = "arn:failed-starts", stop_server = "arn:failed-stops" }

  stop_topic_arn = "arn:stops"

  log_groups = ["/ecs/pilot", "/aws/lambda/pilot_next_step"]
  website    = true
}

run "each_service_uses_the_key_only_for_this_deployment" {
  command = plan

  module { source = "./modules/key_policy" }

  assert {
    condition = { for s in data.aws_iam_policy_document.this.statement : s.sid => one(one(s.principals).identifiers) } == {
      RolesOfThisAccountWithPermission = "arn:aws:iam::123456789012:root"
      LogsOfThisDeployment             = "logs.ca-central-1.amazonaws.com"
      EventBridgePublishes             = "events.amazonaws.com"
      EventBridgePutsAside             = "events.amazonaws.com"
      NotificationsPutAside            = "sns.amazonaws.com"
      CloudFrontReadsThePage           = "cloudfront.amazonaws.com"
    }
    error_message = "Exactly these services may use the key."
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.this.statement : s.sid => one([for c in s.condition : [c.variable, toset(c.values)]]) if s.sid != "RolesOfThisAccountWithPermission" } == {
      LogsOfThisDeployment   = ["kms:EncryptionContext:aws:logs:arn", toset(["arn:aws:logs:ca-central-1:123456789012:log-group:/ecs/pilot", "arn:aws:logs:ca-central-1:123456789012:log-group:/aws/lambda/pilot_next_step"])]
      EventBridgePublishes   = ["kms:EncryptionContext:aws:sns:topicArn", toset(["arn:stops"])]
      EventBridgePutsAside   = ["kms:EncryptionContext:aws:sqs:arn", toset(["arn:failed-stops"])]
      NotificationsPutAside  = ["kms:EncryptionContext:aws:sqs:arn", toset(["arn:failed-starts", "arn:failed-stops"])]
      CloudFrontReadsThePage = ["aws:SourceArn", toset(["arn:aws:cloudfront::123456789012:distribution/*"])]
    }
    error_message = "Each service must be limited to this deployment's logs and queues. EventBridge sends KMS no source."
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.this.statement : s.sid => s.actions if contains(["RolesOfThisAccountWithPermission", "EventBridgePublishes", "EventBridgePutsAside", "CloudFrontReadsThePage"], s.sid) } == {
      RolesOfThisAccountWithPermission = toset(["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"])
      EventBridgePublishes             = toset(["kms:Decrypt", "kms:GenerateDataKey"])
      EventBridgePutsAside             = toset(["kms:Decrypt", "kms:GenerateDataKey"])
      CloudFrontReadsThePage           = toset(["kms:Decrypt"])
    }
    error_message = "No statement may allow managing the key."
  }
}

run "without_a_website_cloudfront_has_no_statement" {
  command = plan

  module { source = "./modules/key_policy" }

  variables { website = false }

  assert {
    condition     = !contains(data.aws_iam_policy_document.this.statement[*].sid, "CloudFrontReadsThePage")
    error_message = "CloudFront needs the key only for a website."
  }
}
