mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name               = "pilot"
  throttling         = { rate = 50, burst = 80, next = { rate = 20, burst = 30 } }
  log_retention_days = 30

  routes = {
    "GET /next"   = { function_name = "pilot_next_step", invoke_arn = "arn:next" }
    "POST /"      = { function_name = "pilot_next_step", invoke_arn = "arn:next" }
    "POST /start" = { function_name = "pilot_send_start_server_message", invoke_arn = "arn:start", iam = true }
  }
}

run "participants_need_no_signature_and_operators_do" {
  module { source = "./modules/api" }

  assert {
    condition     = { for key, route in aws_apigatewayv2_route.this : key => route.authorization_type } == { "GET /next" = "NONE", "POST /" = "NONE", "POST /start" = "AWS_IAM" }
    error_message = "Exactly the routes with iam = true must require AWS_IAM."
  }

  assert {
    condition     = toset(keys(aws_apigatewayv2_integration.this)) == toset(["pilot_next_step", "pilot_send_start_server_message"])
    error_message = "There must be one integration for each function."
  }

  assert {
    condition = { for key, route in aws_apigatewayv2_route.this : key => route.target } == {
      "GET /next"   = "integrations/${aws_apigatewayv2_integration.this["pilot_next_step"].id}"
      "POST /"      = "integrations/${aws_apigatewayv2_integration.this["pilot_next_step"].id}"
      "POST /start" = "integrations/${aws_apigatewayv2_integration.this["pilot_send_start_server_message"].id}"
    }
    error_message = "Each route must lead to its function."
  }

  assert {
    condition     = { for name, integration in aws_apigatewayv2_integration.this : name => integration.integration_uri } == { pilot_next_step = "arn:next", pilot_send_start_server_message = "arn:start" }
    error_message = "Each integration must invoke its function."
  }

  assert {
    condition     = alltrue([for integration in aws_apigatewayv2_integration.this : integration.payload_format_version == "2.0" && integration.integration_type == "AWS_PROXY"])
    error_message = "Functions must get payload format 2.0."
  }

  assert {
    condition = { for key, permission in aws_lambda_permission.route : key => permission.source_arn } == {
      "GET /next"   = "arn:aws:execute-api:ca-central-1:123456789012:api1/*/GET/next"
      "POST /"      = "arn:aws:execute-api:ca-central-1:123456789012:api1/*/POST/"
      "POST /start" = "arn:aws:execute-api:ca-central-1:123456789012:api1/*/POST/start"
    }
    error_message = "API Gateway may invoke a function for the function's own routes only."
  }

  assert {
    condition     = alltrue([for permission in aws_lambda_permission.route : permission.principal == "apigateway.amazonaws.com" && can(regex("^[A-Za-z0-9_-]+$", permission.statement_id))])
    error_message = "The permissions must be for API Gateway, with statement ids that Lambda takes."
  }
}

run "browsers_may_call_from_anywhere" {
  module { source = "./modules/api" }

  assert {
    condition = (
      aws_apigatewayv2_api.this.cors_configuration[0].allow_origins == toset(["*"])
      && aws_apigatewayv2_api.this.cors_configuration[0].allow_methods == toset(["GET", "POST", "OPTIONS"])
      && aws_apigatewayv2_api.this.cors_configuration[0].allow_headers == toset(["content-type", "hippo-proof"])
    )
    error_message = "CORS must be what clients need: any origin, GET, POST, OPTIONS, Content-Type, and the page's Hippo-Proof."
  }
}

run "cors_allow_origins_limits_the_origins" {
  module { source = "./modules/api" }

  variables { cors_allow_origins = ["https://study.example.org"] }

  assert {
    condition     = aws_apigatewayv2_api.this.cors_configuration[0].allow_origins == toset(["https://study.example.org"])
    error_message = "CORS must use cors_allow_origins."
  }
}

run "the_stage_throttles_and_logs_without_personal_data" {
  module { source = "./modules/api" }

  assert {
    condition = (
      aws_apigatewayv2_stage.default.name == "$default" && aws_apigatewayv2_stage.default.auto_deploy
      && aws_apigatewayv2_stage.default.default_route_settings[0].throttling_rate_limit == 50
      && aws_apigatewayv2_stage.default.default_route_settings[0].throttling_burst_limit == 80
    )
    error_message = "The default stage must deploy automatically and throttle at the given rates."
  }

  assert {
    condition = { for each in aws_apigatewayv2_stage.default.route_settings : each.route_key => "${each.throttling_rate_limit} ${each.throttling_burst_limit}" } == {
      for key, route in var.routes : key => "20 30" if !route.iam
    }
    error_message = "Each route that anyone may call must have its own rates, and no other route."
  }

  assert {
    condition     = aws_cloudwatch_log_group.access.name == "/aws/vendedlogs/apigateway/pilot" && aws_cloudwatch_log_group.access.retention_in_days == 30
    error_message = "The access log must have its own group, with retention, under the prefix that needs no further statement in the account's resource policy."
  }

  assert {
    condition     = aws_cloudwatch_log_group.access.kms_key_id == null && !aws_apigatewayv2_stage.default.default_route_settings[0].detailed_metrics_enabled
    error_message = "Without kms_key_arn the log has CloudWatch's own key; AWS bills metrics of each route, and no alarm reads them."
  }

  assert {
    condition     = output.stage == "$default" && output.access_log_group == "/aws/vendedlogs/apigateway/pilot"
    error_message = "The outputs must contain what a domain and an operator need."
  }

  assert {
    condition = alltrue([
      for value in values(jsondecode(aws_apigatewayv2_stage.default.access_log_settings[0].format)) :
      !contains(["$context.identity.sourceIp", "$context.path", "$context.identity.userAgent"], value) && !strcontains(value, "querystring")
    ])
    error_message = "The access log must hold no address, query or user agent: they identify participants."
  }
}

run "with_a_key_of_the_team" {
  module { source = "./modules/api" }

  variables { kms_key_arn = "arn:aws:kms:ca-central-1:123456789012:key/one" }

  assert {
    condition     = aws_cloudwatch_log_group.access.kms_key_id == "arn:aws:kms:ca-central-1:123456789012:key/one"
    error_message = "The access log must be encrypted with the given key."
  }
}

run "an_invalid_route_key" {
  command = plan

  module { source = "./modules/api" }

  variables {
    routes = { "$default" = { function_name = "pilot_next_step", invoke_arn = "arn:next" } }
  }

  expect_failures = [var.routes]
}

run "invalid_numbers" {
  command = plan

  module { source = "./modules/api" }

  variables {
    throttling         = { rate = 50, burst = 80.5, next = { rate = 20, burst = 30 } }
    log_retention_days = 31
  }

  expect_failures = [var.throttling, var.log_retention_days]
}
