output "api_id" {
  description = "Id of the API."
  value       = aws_apigatewayv2_api.this.id
}

output "url" {
  description = "URL of the API's root, without a trailing slash."
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "stage" {
  description = "Name of the stage that serves the API."
  value       = aws_apigatewayv2_stage.default.name
}

output "execution_arn" {
  description = "ARN prefix for policies that allow callers to invoke routes."
  value       = aws_apigatewayv2_api.this.execution_arn
}

output "access_log_group" {
  description = "Name of the log group of the access log."
  value       = aws_cloudwatch_log_group.access.name
}
