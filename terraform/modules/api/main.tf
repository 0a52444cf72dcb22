# The HTTP API in front of the functions. Its access log holds no query string, IP address or body,
# because these identify participants.

locals {
  # One integration for each function, even when several routes lead to it. The key is the
  # function's name, which is known at plan time.
  integrations = { for route in var.routes : route.function_name => route.invoke_arn... }
}

resource "aws_apigatewayv2_api" "this" {
  name          = var.name
  description   = "Serves the steps of studies; takes start and stop requests from signed callers"
  protocol_type = "HTTP"

  cors_configuration {
    allow_origins = var.cors_allow_origins
    allow_methods = ["GET", "POST", "OPTIONS"]
    allow_headers = ["content-type", "hippo-proof"] # the second proves who a participant is (docs/security.md)
    max_age       = 3600
  }
}

resource "aws_apigatewayv2_integration" "this" {
  for_each = local.integrations

  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_method     = "POST"
  integration_uri        = each.value[0]
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "this" {
  #checkov:skip=CKV_AWS_309:Participants have no AWS identity, so their routes are open; /start and /stop require AWS_IAM.
  for_each = var.routes

  api_id             = aws_apigatewayv2_api.this.id
  route_key          = each.key
  target             = "integrations/${aws_apigatewayv2_integration.this[each.value.function_name].id}"
  authorization_type = each.value.iam ? "AWS_IAM" : "NONE"
}

resource "aws_cloudwatch_log_group" "access" {
  #checkov:skip=CKV_AWS_158:With kms_key_arn the team's key encrypts it; otherwise CloudWatch Logs' own key does. The log names no participant.
  #checkov:skip=CKV_AWS_338:The study's ethics board decides how long request logs are kept: log_retention_days.
  # API Gateway adds each log group that it writes to a resource policy of CloudWatch Logs, which
  # holds 5,120 characters for the whole account. One statement covers all groups under this prefix
  # (CloudWatch Logs user guide, "Logs sent to CloudWatch Logs").
  name              = "/aws/vendedlogs/apigateway/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn

  lifecycle {
    # When the name changes, the stage switches to the new group before the old one is deleted.
    create_before_destroy = true
  }
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      requestId               = "$context.requestId"
      requestTime             = "$context.requestTime"
      routeKey                = "$context.routeKey"
      status                  = "$context.status"
      protocol                = "$context.protocol"
      responseLength          = "$context.responseLength"
      responseLatency         = "$context.responseLatency"
      integrationLatency      = "$context.integrationLatency"
      integrationErrorMessage = "$context.integrationErrorMessage"
    })
  }

  default_route_settings {
    throttling_rate_limit  = var.throttling.rate
    throttling_burst_limit = var.throttling.burst
    # AWS bills metrics of each route; alarms and dashboard read only the metrics of the API, which
    # are free.
    detailed_metrics_enabled = false
  }

  # Routes with a limit of their own, below that of the API: those that anyone may call, and those
  # that name one.
  dynamic "route_settings" {
    for_each = { for key, route in var.routes : key => route.throttling != null ? route.throttling : var.throttling.next if route.throttling != null || !route.iam }

    content {
      route_key                = route_settings.key
      throttling_rate_limit    = route_settings.value.rate
      throttling_burst_limit   = route_settings.value.burst
      detailed_metrics_enabled = false
    }
  }

  # API Gateway refuses settings of a route that does not exist.
  depends_on = [aws_apigatewayv2_route.this]
}

resource "aws_lambda_permission" "route" {
  for_each = var.routes

  # Statement ids take letters, digits, hyphens and underscores: GET /next becomes GET_next, GET /
  # becomes GET_.
  statement_id  = replace(each.key, " /", "_")
  action        = "lambda:InvokeFunction"
  function_name = each.value.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/*/${replace(each.key, " ", "")}"
}
