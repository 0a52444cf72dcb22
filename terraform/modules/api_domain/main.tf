# The API under the team's own domain name, over TLS 1.2 or newer. AWS renews the certificate as
# long as the validation record exists. The address that AWS assigned to the API keeps working.

resource "aws_acm_certificate" "this" {
  domain_name       = var.domain
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true # the domain name uses the old certificate until the new one is attached
  }
}

resource "aws_route53_record" "validation" {
  # The key is the domain name, because the certificate's records are unknown at plan time.
  for_each = {
    (var.domain) = one([for option in aws_acm_certificate.this.domain_validation_options : option if option.domain_name == var.domain])
  }

  zone_id = var.hosted_zone_id
  name    = each.value.resource_record_name
  type    = each.value.resource_record_type
  records = [each.value.resource_record_value]
  ttl     = 300

  allow_overwrite = true # two certificates for one name share the same validation record
}

# AWS looks the record up from outside, which fails if the parent zone does not delegate to this
# one. The apply then fails after validation_minutes instead of the provider's 75 minutes, and the
# next apply continues from here.
resource "aws_acm_certificate_validation" "this" {
  certificate_arn         = aws_acm_certificate.this.arn
  validation_record_fqdns = [for record in aws_route53_record.validation : record.fqdn]

  timeouts {
    create = "${var.validation_minutes}m"
  }
}

resource "aws_apigatewayv2_domain_name" "this" {
  domain_name = var.domain

  domain_name_configuration {
    certificate_arn = aws_acm_certificate_validation.this.certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
    ip_address_type = "dualstack"
  }
}

resource "aws_apigatewayv2_api_mapping" "this" {
  api_id      = var.api_id
  domain_name = aws_apigatewayv2_domain_name.this.id
  stage       = var.stage
}

# No allow_overwrite: an existing record under this name belongs to something else, possibly to a
# participant's server.
resource "aws_route53_record" "api" {
  for_each = toset(["A", "AAAA"])

  zone_id = var.hosted_zone_id
  name    = var.domain
  type    = each.key

  alias {
    name                   = aws_apigatewayv2_domain_name.this.domain_name_configuration[0].target_domain_name
    zone_id                = aws_apigatewayv2_domain_name.this.domain_name_configuration[0].hosted_zone_id
    evaluate_target_health = false # a single address has no alternative to fail over to
  }
}
