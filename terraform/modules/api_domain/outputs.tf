output "url" {
  description = "URL of the API's root under its own name, without a slash at the end."
  value       = "https://${var.domain}"

  depends_on = [aws_apigatewayv2_api_mapping.this, aws_route53_record.api]
}

output "certificate_arn" {
  description = "The certificate; AWS renews it by itself."
  value       = aws_acm_certificate.this.arn
}

output "target_domain_name" {
  description = "API Gateway's own name for the domain, to which its records lead."
  value       = aws_apigatewayv2_domain_name.this.domain_name_configuration[0].target_domain_name
}
