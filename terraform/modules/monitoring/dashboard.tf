# The dashboard answers the questions of the on-call person, from top to bottom: is anything wrong;
# do participants get their pages; do they get their servers; what was left behind; which function
# is the cause.

locals {
  ours = { for key, name in local.metrics : key => [local.namespace, name, "Deployment", var.name] }

  graph = { region = var.region, view = "timeSeries", stacked = false, period = 300, stat = "Sum" }

  cap = var.max_sessions == null ? [] : [{ label = "max_sessions", value = var.max_sessions }]

  rows = concat(
    var.alarms ? [[
      { type = "alarm", properties = {
        title  = "Alarms of ${var.name}: ${var.runbook_url}"
        alarms = [for name in values(local.alarm_names) : "arn:${var.partition}:cloudwatch:${var.region}:${var.account_id}:alarm:${name}"]
      } },
    ]] : [],
    [
      [
        { type = "metric", properties = merge(local.graph, {
          title   = "Participants: steps served, requests not served"
          metrics = [local.ours.steps_served, local.ours.requests_failed, local.ours.inputs_rejected, local.ours.study_faults]
        }) },
        { type = "metric", properties = merge(local.graph, {
          title   = "API: requests and errors"
          metrics = [for name in ["Count", "4xx", "5xx"] : ["AWS/ApiGateway", name, "ApiId", var.api_id]]
        }) },
        { type = "metric", properties = merge(local.graph, {
          title   = "API: milliseconds to an answer"
          metrics = [for stat in ["p50", "p95", "p99"] : ["AWS/ApiGateway", "Latency", "ApiId", var.api_id, { stat = stat, label = stat }]]
        }) },
      ],
      [
        { type = "metric", properties = merge(local.graph, {
          title       = "Sessions live, participants in line"
          stat        = "Maximum"
          metrics     = [local.ours.sessions_live, local.ours.participants_in_line]
          annotations = { horizontal = local.cap }
        }) },
        { type = "metric", properties = merge(local.graph, {
          title   = "Sessions: started, ready, failed, ended"
          metrics = [local.ours.sessions_started, local.ours.sessions_ready, local.ours.sessions_failed, local.ours.sessions_ended, local.ours.servers_lost]
        }) },
        { type = "metric", properties = merge(local.graph, {
          title = "Seconds to ready, seconds in line"
          metrics = concat(
            [for stat in ["p50", "p95"] : concat(local.ours.seconds_to_ready, [{ stat = stat, label = "to ready ${stat}" }])],
            [concat(local.ours.seconds_in_line, [{ stat = "p95", label = "in line p95" }])],
          )
          annotations = { horizontal = [{ label = "slow", value = var.thresholds.seconds_to_ready }] }
        }) },
        { type = "metric", properties = merge(local.graph, {
          title = "Seconds that participants waited at the game: all, by study"
          metrics = concat(
            [for stat in ["p50", "p95"] : concat(local.ours.seconds_to_play, [{ stat = stat, label = "all ${stat}" }])],
            [for stat in ["p50", "p95"] : [{
              expression = "SEARCH('{${local.namespace},Deployment,Study} MetricName=\"${local.metrics.seconds_to_play}\" Deployment=\"${var.name}\"', '${stat}', 300)"
              id         = stat
              label      = "$${PROP('Dim.Study')} ${stat}"
            }]],
          )
        }) },
        { type = "metric", properties = merge(local.graph, {
          title = "Warm servers: waiting, taken, failed"
          metrics = [
            concat(local.ours.warm_servers_waiting, [{ stat = "Maximum" }]),
            local.ours.warm_servers_taken,
            local.ours.warm_servers_failed,
          ]
        }) },
        { type = "metric", properties = merge(local.graph, {
          title   = "Failed starts by reason"
          metrics = [[{ expression = "SEARCH('{${local.namespace},Deployment,Reason} MetricName=\"${local.metrics.sessions_failed}\" Deployment=\"${var.name}\"', 'Sum', 300)", id = "reasons", label = "$${PROP('Dim.Reason')}" }]]
        }) },
      ],
      [
        { type = "metric", properties = merge(local.graph, {
          title   = "Sweeper"
          metrics = [local.ours.sweeps_done, local.ours.orphans_swept, local.ours.sweep_faults, local.ours.participants_removed]
        }) },
        { type = "metric", properties = merge(local.graph, {
          title   = "Dead letters"
          stat    = "Maximum"
          metrics = [for queue in values(var.dead_letter_queues) : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue]]
        }) },
        { type = "metric", properties = merge(local.graph, {
          title   = "Updates of the master list"
          metrics = [local.ours.list_updates_done, local.ours.list_updates_rejected]
        }) },
      ],
      [
        { type = "metric", properties = merge(local.graph, {
          title   = "Functions: errors"
          metrics = [for function in values(var.functions) : ["AWS/Lambda", "Errors", "FunctionName", function]]
        }) },
        { type = "metric", properties = merge(local.graph, {
          title   = "Functions: throttles"
          metrics = [for function in values(var.functions) : ["AWS/Lambda", "Throttles", "FunctionName", function]]
        }) },
        { type = "metric", properties = merge(local.graph, {
          title   = "Functions: milliseconds, p95"
          stat    = "p95"
          metrics = [for function in values(var.functions) : ["AWS/Lambda", "Duration", "FunctionName", function]]
        }) },
      ],
      [
        { type = "log", properties = {
          title  = "Errors in the functions' logs"
          region = var.region
          view   = "table"
          query = join(" | ", concat(
            [for function in values(var.functions) : "SOURCE '/aws/lambda/${function}'"],
            ["fields @timestamp, function_name, message, project_id, session_id, exception_name", "filter level = 'ERROR'", "sort @timestamp desc", "limit 20"],
          ))
        } },
      ],
    ],
  )

  # A row is 24 units wide and 6 high.
  widgets = flatten([for y, row in local.rows : [for x, widget in row : merge(widget, {
    x = x * floor(24 / length(row)), y = y * 6, width = floor(24 / length(row)), height = 6
  })]])
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.dashboard ? 1 : 0

  dashboard_name = var.name
  dashboard_body = jsonencode({ widgets = local.widgets })
}
