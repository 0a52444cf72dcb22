# The API under a name of one's own, by TLS 1.2 and better, with a certificate that AWS renews by itself as long as the
# validation record stands. The API's own address goes on to work.

resource "aws_acm_certificate" "this" {
  domain_name       = var.domain
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true # the domain name holds on to the old one until it has the new one
  }
}

resource "aws_route53_record" "validation" {
  # By the name, which is known before the certificate is.
  for_each = {
    (var.domain) = one([for option in aws_acm_certificate.this.domain_validation_options : option if option.domain_name == var.domain])
  }

  zone_id = var.hosted_zone_id
  name    = each.value.resource_record_name
  type    = each.value.resource_record_type
  records = [each.value.resource_record_value]
  ttl     = 300

  allow_overwrite = true # two certificates of one name are validated by the same record
}

# AWS looks for the record from outside. If the zone's parent does not delegate to it, it looks in vain: this fails then,
# after validation_minutes instead of the provider's 75, and the next apply goes on from here.
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

# Without allow_overwrite: what is there under that name is somebody else's, a participant's server perhaps.
resource "aws_route53_record" "api" {
  for_each = toset(["A", "AAAA"])

  zone_id = var.hosted_zone_id
  name    = var.domain
  type    = each.key

  alias {
    name                   = aws_apigatewayv2_domain_name.this.domain_name_configuration[0].target_domain_name
    zone_id                = aws_apigatewayv2_domain_name.this.domain_name_configuration[0].hosted_zone_id
    evaluate_target_health = false # there is one address and nowhere else to go
  }
}
