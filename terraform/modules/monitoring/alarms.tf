# The alarms, by the last part of their names. Each description says what the alarm means and which
# entry of docs/alarms.md says what to do: a test compares the alarms with the entries.

locals {
  # Lambda retries these functions and sends an event that still fails to the dead letters: a single
  # error raises no alarm.
  retried = toset(["start_server", "stop_server"])

  # Metrics of the sweeper have one value a sweep, so their alarms use the same period.
  sweep_period = 60 * var.sweep_minutes

  alarm_defaults = {
    namespace   = local.namespace
    dimensions  = { Deployment = var.name }
    statistic   = "Sum"
    percentile  = null
    comparison  = "GreaterThanOrEqualToThreshold"
    period      = 300
    evaluations = 1
    missing     = "notBreaching"
    queries     = []
  }

  dead_letters = { for topic, queue in var.dead_letter_queues : "dead_letters_${topic}" => {
    anchor     = "dead-letters"
    means      = "A message about a session failed after every retry and is in the queue ${queue}."
    namespace  = "AWS/SQS"
    metric     = "ApproximateNumberOfMessagesVisible"
    dimensions = { QueueName = queue }
    statistic  = "Maximum"
    threshold  = 1
  } }

  function_errors = { for key, function in var.functions : "errors_${key}" => {
    anchor     = "function-errors"
    means      = "The function ${function} reports errors."
    namespace  = "AWS/Lambda"
    metric     = "Errors"
    dimensions = { FunctionName = function }
    period     = key == "sweep_sessions" ? max(300, local.sweep_period) : 300
    threshold  = contains(local.retried, key) ? var.thresholds.retried_function_errors : var.thresholds.function_errors
  } }

  others = {
    throttles = {
      anchor    = "throttles"
      means     = "AWS rejects invocations of the functions because the account has too little concurrency."
      threshold = var.thresholds.throttles
      queries = concat(
        [{ id = "sum", expression = "SUM(METRICS())", label = "Throttles", metric = null }],
        [for key, function in var.functions : { id = key, expression = null, label = key, metric = {
          namespace = "AWS/Lambda", name = "Throttles", dimensions = { FunctionName = function }, period = 300
        } }],
      )
    }

    # EventBridge sends this metric only when it has something to count, and for a rule of the
    # default bus with the rule's name as the only dimension.
    stop_rule = {
      anchor     = "stop-rule"
      means      = "EventBridge could not publish events about stopped tasks: their sessions stay until the sweeper ends them."
      namespace  = "AWS/Events"
      metric     = "FailedInvocations"
      dimensions = { RuleName = var.stop_rule }
      threshold  = 1
    }

    api_errors = {
      anchor     = "api-errors"
      means      = "The API answers participants with 5xx."
      namespace  = "AWS/ApiGateway"
      metric     = "5xx"
      dimensions = { ApiId = var.api_id }
      threshold  = var.thresholds.failed_requests
    }

    requests_failed = {
      anchor    = "requests-failed"
      means     = "Participants see \"try again\", because the functions cannot serve their requests."
      metric    = local.metrics.requests_failed
      threshold = var.thresholds.failed_requests
    }

    start_failures = {
      anchor    = "start-failures"
      means     = "Participants' servers could not be started. TaskFailedToStart or ResourceInitializationError in a reason: ECS could not read the image, the secret or the log group (role, secret, registry, or a subnet without a route)."
      metric    = local.metrics.sessions_failed
      period    = 3600
      threshold = var.thresholds.start_failures
    }

    slow_starts = {
      anchor     = "slow-starts"
      means      = "Participants wait longer for their servers than ${var.thresholds.seconds_to_ready} s (p95)."
      metric     = local.metrics.seconds_to_ready
      statistic  = null
      percentile = "p95"
      comparison = "GreaterThanThreshold"
      period     = 900
      threshold  = var.thresholds.seconds_to_ready
    }

    orphans = {
      anchor    = "orphans"
      means     = "The sweeper deleted leftovers that no session owned any more."
      metric    = local.metrics.orphans_swept
      period    = local.sweep_period
      threshold = var.thresholds.orphans
    }

    sweep_faults = {
      anchor      = "sweep-faults"
      means       = "The sweeper met something that it cannot process, in three sweeps in a row."
      metric      = local.metrics.sweep_faults
      period      = local.sweep_period
      evaluations = 3
      threshold   = 1
    }

    sweeper_silent = {
      anchor      = "sweeper-silent"
      means       = "No sweep has finished for ${3 * var.sweep_minutes} minutes."
      metric      = local.metrics.sweeps_done
      comparison  = "LessThanThreshold"
      period      = local.sweep_period
      evaluations = 3
      missing     = "breaching"
      threshold   = 1
    }

    # A study whose warm server failed gets none for half an hour: two failures in an hour are no accident.
    warm_failures = {
      anchor    = "warm-failures"
      means     = "Warm servers of a study fail to start: its participants wait for servers of their own."
      metric    = local.metrics.warm_servers_failed
      period    = 3600
      threshold = 2
    }

    # Each sweep counts the servers that run: with one sweep every 15 minutes, each counts as 15
    # minutes of a server.
    spend = {
      anchor    = "spend"
      means     = "All servers together have run for more than ${var.thresholds.server_hours_a_day} hours in a day."
      threshold = var.thresholds.server_hours_a_day
      queries = [
        { id = "hours", expression = "live * ${var.sweep_minutes} / 60", label = "Server-hours a day", metric = null },
        { id = "live", expression = null, label = "Servers, by sweep", metric = {
          namespace = local.namespace, name = local.metrics.sessions_live, dimensions = { Deployment = var.name }, period = 86400
        } },
      ]
    }
  }

  near_cap = var.max_sessions == null ? {} : {
    sessions_near_cap = {
      anchor    = "sessions-near-cap"
      means     = "${var.thresholds.sessions_percent} % of the ${var.max_sessions} sessions that max_sessions allows are in use."
      metric    = local.metrics.sessions_live
      period    = local.sweep_period
      statistic = "Maximum"
      threshold = ceil(var.max_sessions * var.thresholds.sessions_percent / 100)
    }
  }

  # A certificate is renewed with a third of its life left. Each run measures it, every six hours, so
  # no value means that no run has finished.
  certificate = contains(keys(var.functions), "renew_certificate") ? {
    certificate = {
      anchor      = "certificate"
      means       = "The servers' certificate has less than a fifth of its life left and was not renewed, or no run of renew_certificate has finished for twelve hours."
      metric      = local.metrics.certificate_percent_left
      statistic   = "Maximum"
      comparison  = "LessThanThreshold"
      period      = 21600
      evaluations = 2
      missing     = "breaching"
      threshold   = 20
    }
  } : {}

  alarms = {
    for key, alarm in merge(local.dead_letters, local.function_errors, local.others, local.near_cap, local.certificate) :
    key => merge(local.alarm_defaults, alarm) if var.alarms
  }

  alarm_names = { for key in keys(local.alarms) : key => "${var.name}_${key}" }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name        = local.alarm_names[each.key]
  alarm_description = "${var.name}: ${each.value.means} What to do: ${var.runbook_url}#alarm-${each.value.anchor}"

  alarm_actions = [local.topic_arn]
  ok_actions    = [local.topic_arn]

  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  evaluation_periods  = each.value.evaluations
  treat_missing_data  = each.value.missing

  namespace          = length(each.value.queries) > 0 ? null : each.value.namespace
  metric_name        = length(each.value.queries) > 0 ? null : each.value.metric
  dimensions         = length(each.value.queries) > 0 ? null : each.value.dimensions
  statistic          = length(each.value.queries) > 0 ? null : each.value.statistic
  extended_statistic = each.value.percentile
  period             = length(each.value.queries) > 0 ? null : each.value.period

  # A slow session matters even when it is the only one.
  evaluate_low_sample_count_percentiles = each.value.percentile == null ? null : "evaluate"

  dynamic "metric_query" {
    for_each = each.value.queries

    content {
      id          = metric_query.value.id
      expression  = metric_query.value.expression
      label       = metric_query.value.label
      return_data = metric_query.value.expression != null

      dynamic "metric" {
        for_each = metric_query.value.metric == null ? [] : [metric_query.value.metric]

        content {
          namespace   = metric.value.namespace
          metric_name = metric.value.name
          dimensions  = metric.value.dimensions
          period      = metric.value.period
          stat        = "Sum"
        }
      }
    }
  }
}
