# The third way a session ends: every few minutes a function looks for what nobody wants any more.

resource "aws_cloudwatch_event_rule" "this" {
  name                = "${var.name}_sweep_sessions"
  description         = "Looks for sessions, clusters, tasks, records and schedules that should be gone"
  schedule_expression = var.minutes == 1 ? "rate(1 minute)" : "rate(${var.minutes} minutes)"
}

resource "aws_cloudwatch_event_target" "this" {
  # The first event may come at once, and an event that may not invoke is lost.
  depends_on = [aws_lambda_permission.this]

  rule      = aws_cloudwatch_event_rule.this.name
  target_id = "sweep_sessions"
  arn       = var.function.arn
}

resource "aws_lambda_permission" "this" {
  statement_id  = "sweep"
  action        = "lambda:InvokeFunction"
  function_name = var.function.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.this.arn
}

# The next sweep is the retry; one that waited in a queue would only meet it.
resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = var.function.function_name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 60 * var.minutes
}
