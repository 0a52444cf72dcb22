# The topic of the alarms, its subscribers, and the budget.
mock_provider "aws" {
  source = "./tests/mocks"
}

override_resource {
  target = aws_sns_topic.alarms
  values = { arn = "arn:aws:sns:ca-central-1:123456789012:pilot_alarms" }
}

variables {
  name          = "pilot"
  region        = "ca-central-1"
  account_id    = "123456789012"
  stop_rule     = "pilot_task_stopped"
  api_id        = "abc123"
  sweep_minutes = 5

  functions = {
    for file in ["next_step", "start_server", "stop_server", "send_start_server_message", "send_stop_server_message", "update_project_master_list", "issue_upload_ticket", "sweep_sessions"] :
    file => "pilot_${file}"
  }

  dead_letter_queues = {
    start_server = "pilot_start_server_dead_letters"
    stop_server  = "pilot_stop_server_dead_letters"
  }
}

run "only_this_deployment_s_alarms_and_budget_publish" {
  module { source = "./modules/monitoring" }

  variables { monthly_budget = { usd = 200 } }

  assert {
    condition     = aws_sns_topic.alarms[0].name == "pilot_alarms" && output.alarm_topic_arn == "arn:aws:sns:ca-central-1:123456789012:pilot_alarms"
    error_message = "The topic must be <name>_alarms."
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.alarms.statement : s.sid => [
      one(s.principals).identifiers, s.actions, s.resources, toset([for c in s.condition : "${c.test} ${c.variable} ${c.values[0]}"]),
      ] } == {
      AlarmsOfThisDeployment = [toset(["cloudwatch.amazonaws.com"]), toset(["sns:Publish"]), toset(["arn:aws:sns:ca-central-1:123456789012:pilot_alarms"]), toset([
        "ArnLike aws:SourceArn arn:aws:cloudwatch:ca-central-1:123456789012:alarm:pilot_*",
      ])]
      BudgetOfThisDeployment = [toset(["budgets.amazonaws.com"]), toset(["sns:Publish"]), toset(["arn:aws:sns:ca-central-1:123456789012:pilot_alarms"]), toset([
        "ArnLike aws:SourceArn arn:aws:budgets::123456789012:budget/pilot_monthly", "StringEquals aws:SourceAccount 123456789012",
      ])]
      DenyInsecureTransport = [toset(["*"]), toset(["sns:Publish"]), toset(["arn:aws:sns:ca-central-1:123456789012:pilot_alarms"]), toset(["Bool aws:SecureTransport false"])]
    }
    error_message = "Only this deployment's alarms and budget may publish, and only over TLS."
  }
}

run "no_subscription_and_no_budget_by_default" {
  module { source = "./modules/monitoring" }

  assert {
    condition     = length(aws_sns_topic_subscription.email) == 0 && length(aws_budgets_budget.this) == 0
    error_message = "Addresses and budget must be empty by default."
  }

  assert {
    condition     = [for s in data.aws_iam_policy_document.alarms.statement : s.sid] == ["AlarmsOfThisDeployment", "DenyInsecureTransport"]
    error_message = "Without a budget, Budgets may not publish."
  }
}

run "addresses" {
  module { source = "./modules/monitoring" }

  variables { alarm_emails = ["on-call@example.org", "lab@example.org"] }

  assert {
    condition     = toset([for subscription in aws_sns_topic_subscription.email : "${subscription.protocol} ${subscription.endpoint} ${subscription.topic_arn}"]) == toset([for address in var.alarm_emails : "email ${address} ${aws_sns_topic.alarms[0].arn}"])
    error_message = "Each address must be subscribed."
  }
}

run "a_topic_of_the_team" {
  module { source = "./modules/monitoring" }

  variables {
    alarm_topic_arn = "arn:aws:sns:ca-central-1:123456789012:on_call"
    monthly_budget  = { usd = 200 }
  }

  assert {
    condition     = length(aws_sns_topic.alarms) == 0 && length(aws_sns_topic_policy.alarms) == 0
    error_message = "With alarm_topic_arn Terraform must create no topic."
  }

  assert {
    condition = (
      alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset(["arn:aws:sns:ca-central-1:123456789012:on_call"])])
      && alltrue([for notification in aws_budgets_budget.this["this"].notification : notification.subscriber_sns_topic_arns == toset(["arn:aws:sns:ca-central-1:123456789012:on_call"])])
    )
    error_message = "Alarms and budget must go to the given topic."
  }
}

run "a_budget_by_tag" {
  module { source = "./modules/monitoring" }

  variables { monthly_budget = { usd = 200 } }

  assert {
    condition = (
      aws_budgets_budget.this["this"].name == "pilot_monthly"
      && aws_budgets_budget.this["this"].limit_amount == "200" && aws_budgets_budget.this["this"].limit_unit == "USD"
      && aws_budgets_budget.this["this"].time_unit == "MONTHLY" && aws_budgets_budget.this["this"].budget_type == "COST"
    )
    error_message = "The budget must be the given amount, a month."
  }

  assert {
    condition     = [for filter in aws_budgets_budget.this["this"].cost_filter : [filter.name, filter.values]] == [["TagKeyValue", tolist(["user:Deployment$pilot"])]]
    error_message = "The budget must count resources with the deployment's tag."
  }

  assert {
    condition     = toset([for notification in aws_budgets_budget.this["this"].notification : "${notification.notification_type} ${notification.threshold}"]) == toset(["ACTUAL 80", "ACTUAL 100", "FORECASTED 100"])
    error_message = "The budget must send messages before it is spent."
  }
}

run "a_budget_of_the_account" {
  module { source = "./modules/monitoring" }

  variables { monthly_budget = { usd = 200, whole_account = true } }

  assert {
    condition     = length(aws_budgets_budget.this["this"].cost_filter) == 0
    error_message = "whole_account must count the whole account."
  }
}
