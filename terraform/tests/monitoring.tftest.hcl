# Alarms and dashboard. tests/terraform/test_monitoring.py compares the names of metrics and anchors
# with handlers and docs.
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

run "every_alarm_exists_by_default" {
  module { source = "./modules/monitoring" }

  assert {
    condition = toset(keys(output.alarm_names)) == toset(concat(
      ["api_errors", "dead_letters_start_server", "dead_letters_stop_server", "orphans", "requests_failed", "slow_starts", "spend", "start_failures", "stop_rule", "sweep_faults", "sweeper_silent", "throttles", "warm_failures"],
      [for file in keys(var.functions) : "errors_${file}"],
    ))
    error_message = "Dead letters, errors of each function, throttles, API, starts, warm servers, the stop rule, sweeper, orphans and spend must have alarms; without max_sessions there must be no alarm near it."
  }

  assert {
    condition     = alltrue([for key, alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name == "pilot_${key}"])
    error_message = "Names of alarms must begin with the deployment's name: the topic's policy admits no others."
  }

  assert {
    condition = alltrue([for alarm in aws_cloudwatch_metric_alarm.this :
      alarm.alarm_actions == toset([aws_sns_topic.alarms[0].arn]) && alarm.ok_actions == toset([aws_sns_topic.alarms[0].arn])
    ])
    error_message = "Each alarm must notify the topic when it begins and when it ends."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : can(regex("^pilot: .+\\. What to do: docs/alarms\\.md#alarm-[a-z-]+$", alarm.alarm_description))])
    error_message = "Each description must name the deployment, say what the alarm means, and end in the guide's entry."
  }

  assert {
    condition     = [for key, alarm in aws_cloudwatch_metric_alarm.this : key if alarm.treat_missing_data == "breaching"] == ["sweeper_silent"]
    error_message = "Missing data may raise only the alarm on the silent sweeper."
  }
}

run "what_each_alarm_measures" {
  module { source = "./modules/monitoring" }

  assert {
    condition = alltrue([for topic, queue in var.dead_letter_queues :
      aws_cloudwatch_metric_alarm.this["dead_letters_${topic}"].namespace == "AWS/SQS"
      && aws_cloudwatch_metric_alarm.this["dead_letters_${topic}"].metric_name == "ApproximateNumberOfMessagesVisible"
      && aws_cloudwatch_metric_alarm.this["dead_letters_${topic}"].dimensions == tomap({ QueueName = queue })
      && aws_cloudwatch_metric_alarm.this["dead_letters_${topic}"].threshold == 1
    ])
    error_message = "A single dead letter must raise the alarm."
  }

  assert {
    condition = alltrue([for file, function in var.functions :
      aws_cloudwatch_metric_alarm.this["errors_${file}"].namespace == "AWS/Lambda"
      && aws_cloudwatch_metric_alarm.this["errors_${file}"].metric_name == "Errors"
      && aws_cloudwatch_metric_alarm.this["errors_${file}"].dimensions == tomap({ FunctionName = function })
      && aws_cloudwatch_metric_alarm.this["errors_${file}"].threshold == (contains(["start_server", "stop_server"], file) ? 5 : 1)
    ])
    error_message = "Each function must have an alarm on errors; for functions that Lambda retries a single error must not raise it."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["api_errors"].metric_name == "5xx"
      && aws_cloudwatch_metric_alarm.this["api_errors"].namespace == "AWS/ApiGateway"
      && aws_cloudwatch_metric_alarm.this["api_errors"].dimensions == tomap({ ApiId = "abc123" })
    )
    error_message = "The metric of an HTTP API is named 5xx, not 5xxError."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["slow_starts"].extended_statistic == "p95"
      && aws_cloudwatch_metric_alarm.this["slow_starts"].comparison_operator == "GreaterThanThreshold"
      && aws_cloudwatch_metric_alarm.this["slow_starts"].threshold == 180
      && aws_cloudwatch_metric_alarm.this["slow_starts"].dimensions == tomap({ Deployment = "pilot" })
    )
    error_message = "The alarm on slow starts must use the p95 of the deployment's seconds to ready."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["warm_failures"].metric_name == "WarmServersFailed"
      && aws_cloudwatch_metric_alarm.this["warm_failures"].statistic == "Sum"
      && aws_cloudwatch_metric_alarm.this["warm_failures"].period == 3600
      && aws_cloudwatch_metric_alarm.this["warm_failures"].threshold == 2
    )
    error_message = "Two warm servers of the deployment that fail within an hour must raise an alarm."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["sweeper_silent"].comparison_operator == "LessThanThreshold"
      && aws_cloudwatch_metric_alarm.this["sweeper_silent"].period == 300
      && aws_cloudwatch_metric_alarm.this["sweeper_silent"].evaluation_periods == 3
    )
    error_message = "Three sweeps that did not run or did not finish must raise the alarm."
  }

  assert {
    condition = (
      toset([for query in aws_cloudwatch_metric_alarm.this["spend"].metric_query : "${query.id} ${query.return_data} ${query.expression == null ? "" : query.expression}"]) == toset(["hours true live * 5 / 60", "live false "])
      && one([for query in aws_cloudwatch_metric_alarm.this["spend"].metric_query : query.metric[0].period if query.id == "live"]) == 86400
      && aws_cloudwatch_metric_alarm.this["spend"].threshold == 100
    )
    error_message = "The alarm on spend must multiply the servers of each sweep by the time between two sweeps, over a day."
  }

  assert {
    condition = (
      toset([for query in aws_cloudwatch_metric_alarm.this["throttles"].metric_query : query.metric[0].dimensions.FunctionName if length(query.metric) > 0]) == toset(values(var.functions))
      && [for query in aws_cloudwatch_metric_alarm.this["throttles"].metric_query : query.expression if query.return_data] == ["SUM(METRICS())"]
    )
    error_message = "The alarm on throttles must cover exactly the functions of the deployment."
  }
}

run "near_a_limit" {
  module { source = "./modules/monitoring" }

  variables {
    max_sessions  = 33
    sweep_minutes = 15
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["sessions_near_cap"].threshold == 27
      && aws_cloudwatch_metric_alarm.this["sessions_near_cap"].statistic == "Maximum"
    )
    error_message = "At 80 % of max_sessions, rounded up, there must be an alarm."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["sweeper_silent"].period == 900
      && one([for query in aws_cloudwatch_metric_alarm.this["spend"].metric_query : query.expression if query.return_data]) == "live * 15 / 60"
    )
    error_message = "Alarms on values of a sweep must use the time between sweeps as their period."
  }
}

run "the_period_of_sweep_metrics_is_the_time_between_sweeps" {
  module { source = "./modules/monitoring" }

  variables {
    max_sessions  = 50
    sweep_minutes = 30
  }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.this : key => alarm.period if alarm.period == 1800 } == {
      for key in ["errors_sweep_sessions", "orphans", "sessions_near_cap", "sweep_faults", "sweeper_silent"] : key => 1800
    }
    error_message = "A shorter period has no data between two sweeps: the alarm would end and begin again with each."
  }
}

run "a_sweep_a_minute" {
  module { source = "./modules/monitoring" }

  variables {
    max_sessions  = 50
    sweep_minutes = 1
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["sessions_near_cap"].period == 60 && aws_cloudwatch_metric_alarm.this["errors_sweep_sessions"].period == 300
    error_message = "Errors must be counted over five minutes at least, like those of every function."
  }
}

run "the_team_sets_thresholds" {
  module { source = "./modules/monitoring" }

  variables {
    runbook_url = "https://wiki.example.org/hippo"
    thresholds  = { start_failures = 10, server_hours_a_day = 500 }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["start_failures"].threshold == 10 && aws_cloudwatch_metric_alarm.this["spend"].threshold == 500 && aws_cloudwatch_metric_alarm.this["orphans"].threshold == 1
    error_message = "A given threshold must apply, and the others must keep their defaults."
  }

  assert {
    condition     = endswith(aws_cloudwatch_metric_alarm.this["orphans"].alarm_description, "What to do: https://wiki.example.org/hippo#alarm-orphans")
    error_message = "The link must use runbook_url."
  }
}

run "a_rule_that_cannot_publish_raises_an_alarm" {
  module { source = "./modules/monitoring" }

  assert {
    condition = [for key in ["namespace", "metric_name", "statistic", "comparison_operator"] : aws_cloudwatch_metric_alarm.this["stop_rule"][key]] == [
      "AWS/Events", "FailedInvocations", "Sum", "GreaterThanOrEqualToThreshold",
    ]
    error_message = "The alarm must count the rule's failed invocations."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["stop_rule"].dimensions == tomap({ RuleName = "pilot_task_stopped" }) && aws_cloudwatch_metric_alarm.this["stop_rule"].threshold == 1
    error_message = "A single failure of this rule must raise the alarm: each is a stop message that did not arrive."
  }
}

run "without_alarms_and_dashboard" {
  module { source = "./modules/monitoring" }

  variables {
    alarms      = false
    dashboard   = false
    require_tls = false
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) == 0 && length(aws_cloudwatch_dashboard.this) == 0 && output.dashboard == null
    error_message = "Alarms and dashboard must be optional."
  }

  assert {
    condition     = [for s in data.aws_iam_policy_document.alarms.statement : s.sid] == ["AlarmsOfThisDeployment"]
    error_message = "An emulator may use plain HTTP."
  }
}

run "the_dashboard_fits_and_shows_the_alarms" {
  module { source = "./modules/monitoring" }

  variables { max_sessions = 40 }

  assert {
    condition     = aws_cloudwatch_dashboard.this[0].dashboard_name == "pilot"
    error_message = "The dashboard must have the deployment's name."
  }

  assert {
    condition     = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : widget.x + widget.width <= 24])
    error_message = "No row may be wider than 24."
  }

  assert {
    condition = length(distinct([for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : "${widget.x} ${widget.y}"])) == length(
    jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets)
    error_message = "No widget may overlap another."
  }

  assert {
    condition = toset(one([for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : widget.properties.alarms if widget.type == "alarm"])) == toset(
      [for name in values(output.alarm_names) : "arn:aws:cloudwatch:ca-central-1:123456789012:alarm:${name}"]
    )
    error_message = "The first widget must show every alarm."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_dashboard.this[0].dashboard_body, "\"value\":40") && strcontains(aws_cloudwatch_dashboard.this[0].dashboard_body, "SEARCH('{HippoGym,Deployment,Reason}")
    error_message = "The dashboard must show the limit of sessions, and failed starts by reason."
  }
}

run "invalid_thresholds" {
  command = plan

  module { source = "./modules/monitoring" }

  variables { thresholds = { sessions_percent = 101 } }

  expect_failures = [var.thresholds]
}

run "invalid_numbers" {
  command = plan

  module { source = "./modules/monitoring" }

  variables {
    sweep_minutes  = 5.5
    max_sessions   = 1.5
    monthly_budget = { usd = 0 }
  }

  expect_failures = [var.sweep_minutes, var.max_sessions, var.monthly_budget]
}
