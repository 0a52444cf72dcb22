mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name     = "pilot"
  function = { arn = "arn:aws:lambda:ca-central-1:123456789012:function:pilot_sweep_sessions", function_name = "pilot_sweep_sessions" }
}

run "a_sweep_every_five_minutes" {
  module { source = "./modules/sweep" }

  assert {
    condition     = aws_cloudwatch_event_rule.this.name == "pilot_sweep_sessions" && aws_cloudwatch_event_rule.this.schedule_expression == "rate(5 minutes)"
    error_message = "The sweep must run every five minutes."
  }

  assert {
    condition     = aws_cloudwatch_event_target.this.arn == var.function.arn && aws_cloudwatch_event_target.this.rule == "pilot_sweep_sessions"
    error_message = "The rule must start the sweeper."
  }

  assert {
    condition = (
      aws_lambda_permission.this.principal == "events.amazonaws.com"
      && aws_lambda_permission.this.source_arn == aws_cloudwatch_event_rule.this.arn
      && aws_lambda_permission.this.function_name == "pilot_sweep_sessions"
    )
    error_message = "Only that rule may start the sweeper."
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.this.maximum_retry_attempts == 0 && aws_lambda_function_event_invoke_config.this.maximum_event_age_in_seconds == 300
    error_message = "Lambda must not retry a failed sweep: the next sweep replaces it."
  }
}

run "a_sweep_every_minute" {
  module { source = "./modules/sweep" }

  variables { minutes = 1 }

  assert {
    condition     = aws_cloudwatch_event_rule.this.schedule_expression == "rate(1 minute)"
    error_message = "EventBridge requires the singular for one minute."
  }
}

run "six_hours_is_the_longest" {
  module { source = "./modules/sweep" }

  variables { minutes = 360 }

  assert {
    condition     = aws_cloudwatch_event_rule.this.schedule_expression == "rate(360 minutes)" && output.rule_arn == aws_cloudwatch_event_rule.this.arn
    error_message = "The rule must use the given interval."
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.this.maximum_event_age_in_seconds == 21600
    error_message = "An event may wait as long as the interval, and six hours is the longest that Lambda keeps one."
  }
}

run "longer_than_six_hours" {
  command = plan

  module { source = "./modules/sweep" }

  variables { minutes = 361 }

  expect_failures = [var.minutes]
}

run "zero_minutes" {
  command = plan

  module { source = "./modules/sweep" }

  variables { minutes = 0 }

  expect_failures = [var.minutes]
}

run "half_minutes" {
  command = plan

  module { source = "./modules/sweep" }

  variables { minutes = 5.5 }

  expect_failures = [var.minutes]
}
