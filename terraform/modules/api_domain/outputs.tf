output "url" {
  description = "URL of the API's root under its own domain name, without a trailing slash."
  value       = "https://${var.domain}"

  depends_on = [aws_apigatewayv2_api_mapping.this, aws_route53_record.api]
}

output "certificate_arn" {
  description = "ARN of the certificate, which AWS renews."
  value       = aws_acm_certificate.this.arn
}

output "target_domain_name" {
  description = "API Gateway's name for the domain, to which the DNS records point."
  value       = aws_apigatewayv2_domain_name.this.domain_name_configuration[0].target_domain_name
}
