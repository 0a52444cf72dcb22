# The third automatic way in which a session ends: every few minutes the sweeper looks for overdue
# sessions and leftovers.

resource "aws_cloudwatch_event_rule" "this" {
  name                = "${var.name}_sweep_sessions"
  description         = "Starts the sweeper, which deletes overdue sessions and leftovers"
  schedule_expression = var.minutes == 1 ? "rate(1 minute)" : "rate(${var.minutes} minutes)"
}

resource "aws_cloudwatch_event_target" "this" {
  # The rule may fire immediately after its creation, and an event without the permission is lost.
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

# The next sweep replaces a failed one; a retry from Lambda's queue would run at the same time as
# it.
resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = var.function.function_name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 60 * var.minutes
}
