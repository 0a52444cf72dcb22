mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name                  = "pilot"
  region                = "ca-central-1"
  account_id            = "123456789012"
  stop_topic_arn        = "arn:aws:sns:ca-central-1:123456789012:pilot_stop_server"
  dead_letter_queue_arn = "arn:aws:sqs:ca-central-1:123456789012:pilot_stop_server_dead_letters"
}

run "schedules_may_publish_stop_messages_and_nothing_else" {
  module { source = "./modules/session_stops" }

  assert {
    condition     = aws_iam_role.scheduler.name == "pilot_scheduler" && output.scheduler_role_arn == aws_iam_role.scheduler.arn
    error_message = "The role must be <name>_scheduler."
  }

  assert {
    condition     = one(data.aws_iam_policy_document.scheduler_trust.statement).principals == toset([{ type = "Service", identifiers = toset(["scheduler.amazonaws.com"]) }])
    error_message = "Only EventBridge Scheduler may assume the role."
  }

  assert {
    condition = one(data.aws_iam_policy_document.scheduler_trust.statement).condition == toset([
      { test = "StringEquals", variable = "aws:SourceAccount", values = tolist(["123456789012"]) },
      { test = "ArnEquals", variable = "aws:SourceArn", values = tolist(["arn:aws:scheduler:ca-central-1:123456789012:schedule-group/default"]) },
    ])
    error_message = "The trust must be limited to schedules of this account's default group."
  }

  assert {
    condition     = one(data.aws_iam_policy_document.ask_for_stop.statement).actions == toset(["sns:Publish"]) && one(data.aws_iam_policy_document.ask_for_stop.statement).resources == toset([var.stop_topic_arn])
    error_message = "The role may publish to the stop topic only."
  }

  assert {
    condition     = aws_iam_role_policy.scheduler.role == "pilot_scheduler" && aws_iam_role_policy.scheduler.policy == data.aws_iam_policy_document.ask_for_stop.json
    error_message = "The role must have that policy."
  }
}

run "the_rule_may_publish_stop_messages_and_nothing_else" {
  module { source = "./modules/session_stops" }

  assert {
    condition     = aws_iam_role.task_events.name == "pilot_task_events" && aws_cloudwatch_event_target.stop_topic.role_arn == aws_iam_role.task_events.arn
    error_message = "The rule must publish with its own role: the topic's policy admits roles of this account."
  }

  assert {
    condition     = one(data.aws_iam_policy_document.task_events_trust.statement).principals == toset([{ type = "Service", identifiers = toset(["events.amazonaws.com"]) }])
    error_message = "Only EventBridge may assume the role."
  }

  assert {
    condition = one(data.aws_iam_policy_document.task_events_trust.statement).condition == toset([
      { test = "StringEquals", variable = "aws:SourceAccount", values = tolist(["123456789012"]) },
      { test = "ArnEquals", variable = "aws:SourceArn", values = tolist(["arn:aws:events:ca-central-1:123456789012:rule/pilot_task_stopped"]) },
    ])
    error_message = "The trust must be limited to this account's rule on stopped tasks."
  }

  assert {
    condition     = aws_iam_role_policy.task_events.role == "pilot_task_events" && aws_iam_role_policy.task_events.policy == data.aws_iam_policy_document.ask_for_stop.json
    error_message = "The role must have the same policy as the schedules' role."
  }
}

run "a_stopped_task_publishes_a_stop_message" {
  module { source = "./modules/session_stops" }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.task_stopped.event_pattern) == {
      source      = ["aws.ecs"]
      detail-type = ["ECS Task State Change"]
      detail = {
        lastStatus = ["STOPPED"]
        clusterArn = [{ prefix = "arn:aws:ecs:ca-central-1:123456789012:cluster/pilot-" }]
      }
    }
    error_message = "The rule must match exactly the stopped tasks of this deployment's clusters."
  }

  assert {
    condition     = aws_cloudwatch_event_target.stop_topic.arn == var.stop_topic_arn && aws_cloudwatch_event_target.stop_topic.rule == "pilot_task_stopped"
    error_message = "The rule must publish to the stop topic."
  }

  assert {
    condition     = aws_cloudwatch_event_target.stop_topic.dead_letter_config[0].arn == var.dead_letter_queue_arn
    error_message = "An event that cannot be published must go to the dead-letter queue."
  }

  assert {
    condition     = length(aws_cloudwatch_event_target.stop_topic.input_transformer) == 0
    error_message = "The event must be published unchanged."
  }
}

run "a_rule_that_publishes_without_a_role" {
  module { source = "./modules/session_stops" }

  variables { publishes_with_role = false }

  assert {
    condition     = aws_cloudwatch_event_target.stop_topic.role_arn == null && aws_cloudwatch_event_target.stop_topic.arn == var.stop_topic_arn
    error_message = "With publishes_with_role = false, as docs/alarms.md describes, the target must have no role."
  }
}

run "an_emulator_adds_its_own_event_source" {
  module { source = "./modules/session_stops" }

  variables { task_event_sources = ["aws.ecs", "local.ecs"] }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.task_stopped.event_pattern).source == ["aws.ecs", "local.ecs"]
    error_message = "The rule must match task_event_sources."
  }
}

run "no_event_source" {
  command = plan

  module { source = "./modules/session_stops" }

  variables { task_event_sources = [] }

  expect_failures = [var.task_event_sources]
}

run "boundary_path_and_key_of_the_team" {
  module { source = "./modules/session_stops" }

  variables {
    role_path                = "/research/"
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
    kms_key_arn              = "arn:aws:kms:ca-central-1:123456789012:key/1"
  }

  assert {
    condition     = alltrue([for role in [aws_iam_role.scheduler, aws_iam_role.task_events] : role.path == "/research/" && role.permissions_boundary == var.permissions_boundary_arn])
    error_message = "The roles must have boundary and path."
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.ask_for_stop.statement : s.sid => { for c in s.condition : c.variable => one(c.values) } } == {
      AskForStop     = {}
      UseKeyForStops = { "kms:ViaService" = "sns.ca-central-1.amazonaws.com", "kms:EncryptionContext:aws:sns:topicArn" = var.stop_topic_arn }
    }
    error_message = "Schedules and rule may use the key for the stop topic only."
  }
}
