mock_provider "aws" {
  source = "./tests/mocks"
}

override_resource {
  target = aws_sns_topic.this["start_server"]
  values = { arn = "arn:aws:sns:ca-central-1:123456789012:pilot_start_server" }
}

override_resource {
  target = aws_sns_topic.this["stop_server"]
  values = { arn = "arn:aws:sns:ca-central-1:123456789012:pilot_stop_server" }
}

override_resource {
  target = aws_sqs_queue.dead_letters["start_server"]
  values = { arn = "arn:aws:sqs:ca-central-1:123456789012:pilot_start_server_dead_letters", url = "https://queue/start" }
}

override_resource {
  target = aws_sqs_queue.dead_letters["stop_server"]
  values = { arn = "arn:aws:sqs:ca-central-1:123456789012:pilot_stop_server_dead_letters", url = "https://queue/stop" }
}

variables {
  name                = "pilot"
  region              = "ca-central-1"
  account_id          = "123456789012"
  task_state_rule_arn = "arn:aws:events:ca-central-1:123456789012:rule/pilot_task_stopped"

  subscribers = {
    start_server = { arn = "arn:aws:lambda:ca-central-1:123456789012:function:pilot_start_server", function_name = "pilot_start_server" }
    stop_server  = { arn = "arn:aws:lambda:ca-central-1:123456789012:function:pilot_stop_server", function_name = "pilot_stop_server" }
  }
}

run "topics_and_queues" {
  module { source = "./modules/session_topics" }

  assert {
    condition     = [for key in ["start_server", "stop_server"] : aws_sns_topic.this[key].name] == ["pilot_start_server", "pilot_stop_server"]
    error_message = "The topics must be <name>_start_server and <name>_stop_server."
  }

  assert {
    condition     = alltrue([for queue in aws_sqs_queue.dead_letters : queue.sqs_managed_sse_enabled && queue.message_retention_seconds == 1209600])
    error_message = "Dead letters must be encrypted with SQS's own key and kept for 14 days."
  }

  assert {
    condition     = output.topic_arns.stop_server == "arn:aws:sns:ca-central-1:123456789012:pilot_stop_server"
    error_message = "The outputs must contain the topics' ARNs."
  }
}

run "topic_policies_admit_roles_of_the_account_and_the_one_rule" {
  module { source = "./modules/session_topics" }

  assert {
    condition = { for topic, document in data.aws_iam_policy_document.topic : topic => document.statement[*].sid } == {
      start_server = tolist(["RolesOfThisAccountWithPermission", "DenyInsecureTransport"])
      stop_server  = tolist(["RolesOfThisAccountWithPermission", "TrustCWEToPublishEventsToMyTopic", "DenyInsecureTransport"])
    }
    error_message = "Only EventBridge may publish to the stop topic; no service may publish to the start topic."
  }

  assert {
    condition = one([for s in data.aws_iam_policy_document.topic["stop_server"].statement : s.principals if s.sid == "TrustCWEToPublishEventsToMyTopic"]) == toset([
      { type = "Service", identifiers = toset(["events.amazonaws.com"]) }
    ])
    error_message = "The statement must admit EventBridge."
  }

  assert {
    condition = one([for s in data.aws_iam_policy_document.topic["stop_server"].statement : s.condition if s.sid == "TrustCWEToPublishEventsToMyTopic"]) == toset([
      { test = "ArnEquals", variable = "aws:SourceArn", values = tolist(["arn:aws:events:ca-central-1:123456789012:rule/pilot_task_stopped"]) },
    ])
    error_message = "EventBridge may publish for the task-state rule only: without the condition rules of every account could publish to the topic."
  }

  assert {
    condition = alltrue([for key in ["start_server", "stop_server"] : alltrue([
      for s in data.aws_iam_policy_document.topic[key].statement :
      s.actions == toset(["sns:Publish"]) && s.resources == toset(["arn:aws:sns:ca-central-1:123456789012:pilot_${key}"])
    ])])
    error_message = "Each statement must allow or deny publishing to its own topic: the resource of a topic policy is the topic."
  }

  assert {
    condition = alltrue([for key in ["start_server", "stop_server"] : one([
      for s in data.aws_iam_policy_document.topic[key].statement : s.principals if s.sid == "RolesOfThisAccountWithPermission"
    ]) == toset([{ type = "AWS", identifiers = toset(["arn:aws:iam::123456789012:root"]) }])])
    error_message = "The account's statement must name this account, so that each role's own policy decides."
  }

  assert {
    condition = alltrue([for key in ["start_server", "stop_server"] : one([
      for s in data.aws_iam_policy_document.topic[key].statement : s if s.sid == "DenyInsecureTransport"
      ]).condition == toset([{ test = "Bool", variable = "aws:SecureTransport", values = tolist(["false"]) }]) && one([
      for s in data.aws_iam_policy_document.topic[key].statement : s.effect if s.sid == "DenyInsecureTransport"
    ]) == "Deny"])
    error_message = "Plain HTTP must be denied."
  }
}

run "dead_letter_queues_admit_their_own_topic_and_rule" {
  module { source = "./modules/session_topics" }

  assert {
    condition     = [for s in data.aws_iam_policy_document.dead_letters["start_server"].statement : s.sid] == ["UndeliveredByTheTopic", "DenyInsecureTransport"]
    error_message = "Only the start topic may send messages to its queue."
  }

  assert {
    condition     = [for s in data.aws_iam_policy_document.dead_letters["stop_server"].statement : s.sid] == ["UndeliveredByTheTopic", "UndeliveredByTaskStateRule", "DenyInsecureTransport"]
    error_message = "Only the stop topic and the task-state rule may send messages to the stop queue."
  }

  assert {
    condition = alltrue([for key in ["start_server", "stop_server"] : one([
      for s in data.aws_iam_policy_document.dead_letters[key].statement : s if s.sid == "UndeliveredByTheTopic"
      ]).condition == toset([
      { test = "ArnEquals", variable = "aws:SourceArn", values = tolist(["arn:aws:sns:ca-central-1:123456789012:pilot_${key}"]) },
    ])])
    error_message = "SNS may write for the queue's own topic only, and no condition may use a key that SNS does not send."
  }

  assert {
    condition = one([for s in data.aws_iam_policy_document.dead_letters["stop_server"].statement : s.condition if s.sid == "UndeliveredByTaskStateRule"]) == toset([
      { test = "ArnEquals", variable = "aws:SourceArn", values = tolist(["arn:aws:events:ca-central-1:123456789012:rule/pilot_task_stopped"]) },
    ])
    error_message = "EventBridge may write for the task-state rule only."
  }

  assert {
    condition = alltrue([for key in ["start_server", "stop_server"] : alltrue([
      for s in data.aws_iam_policy_document.dead_letters[key].statement :
      s.effect == "Deny" || (s.actions == toset(["sqs:SendMessage"]) && s.resources == toset(["arn:aws:sqs:ca-central-1:123456789012:pilot_${key}_dead_letters"]))
    ])])
    error_message = "The queue's policy must allow sending to that queue and nothing else."
  }
}

run "each_topic_delivers_to_its_function_or_to_the_dead_letters" {
  module { source = "./modules/session_topics" }

  assert {
    condition = alltrue([for key in ["start_server", "stop_server"] :
      aws_sns_topic_subscription.function[key].topic_arn == aws_sns_topic.this[key].arn
      && aws_sns_topic_subscription.function[key].endpoint == var.subscribers[key].arn
      && aws_sns_topic_subscription.function[key].protocol == "lambda"
      && jsondecode(aws_sns_topic_subscription.function[key].redrive_policy) == { deadLetterTargetArn = aws_sqs_queue.dead_letters[key].arn }
    ])
    error_message = "Each topic must deliver to its function, and to its queue what it cannot deliver."
  }

  assert {
    condition = alltrue([for key in ["start_server", "stop_server"] :
      aws_lambda_permission.topic[key].principal == "sns.amazonaws.com"
      && aws_lambda_permission.topic[key].source_arn == aws_sns_topic.this[key].arn
      && aws_lambda_permission.topic[key].source_account == null
      && aws_lambda_permission.topic[key].function_name == var.subscribers[key].function_name
    ])
    error_message = "Only its own topic may invoke a subscriber, by the topic's ARN: SNS may not send the account."
  }

  assert {
    condition = alltrue([for key in ["start_server", "stop_server"] :
      aws_lambda_function_event_invoke_config.subscriber[key].maximum_retry_attempts == 2
      && aws_lambda_function_event_invoke_config.subscriber[key].destination_config[0].on_failure[0].destination == aws_sqs_queue.dead_letters[key].arn
    ])
    error_message = "A message on which the function fails must be retried twice, then go to the dead letters."
  }
}

run "an_emulator_may_speak_plain_http" {
  module { source = "./modules/session_topics" }

  variables { require_tls = false }

  assert {
    condition = !anytrue(concat(
      [for s in data.aws_iam_policy_document.topic["stop_server"].statement : s.sid == "DenyInsecureTransport"],
      [for s in data.aws_iam_policy_document.dead_letters["stop_server"].statement : s.sid == "DenyInsecureTransport"],
    ))
    error_message = "With require_tls = false there must be no denial."
  }

  assert {
    condition     = alltrue([for topic in data.aws_iam_policy_document.topic : topic.statement[0].sid == "RolesOfThisAccountWithPermission"])
    error_message = "Without the denial a topic policy must still have a statement: SNS refuses an empty one."
  }
}

run "without_the_source_condition" {
  module { source = "./modules/session_topics" }

  variables { task_event_source_condition = false }

  assert {
    condition     = [for s in data.aws_iam_policy_document.topic["stop_server"].statement : length(s.condition) if s.sid == "TrustCWEToPublishEventsToMyTopic"] == [0]
    error_message = "With task_event_source_condition = false, as docs/alarms.md describes, there must be no condition."
  }
}

run "a_key_of_the_team" {
  module { source = "./modules/session_topics" }

  variables { kms_key_arn = "arn:aws:kms:ca-central-1:123456789012:key/1" }

  assert {
    condition = alltrue(concat(
      [for topic in aws_sns_topic.this : topic.kms_master_key_id == var.kms_key_arn],
      [for queue in aws_sqs_queue.dead_letters : queue.kms_master_key_id == var.kms_key_arn],
    ))
    error_message = "Topics and queues must be encrypted with the key."
  }
}

run "an_invalid_account_id" {
  command = plan

  module { source = "./modules/session_topics" }

  variables { account_id = "mine" }

  expect_failures = [var.account_id]
}
