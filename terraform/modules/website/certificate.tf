# The page's own name: its certificate and its records.

resource "aws_acm_certificate" "this" {
  count    = var.domain == null ? 0 : 1
  provider = aws.us_east_1

  domain_name       = var.domain
  validation_method = "DNS"

  # Which waits for the record of the deployment's owner. A second state with the deployment's name
  # stops there, before it takes over the validation record.
  depends_on = [aws_cloudfront_origin_access_control.this]

  lifecycle {
    create_before_destroy = true # the distribution uses the old certificate until the new one is attached
  }
}

resource "aws_route53_record" "validation" {
  # The key is the domain name, because the certificate's records are unknown at plan time.
  for_each = var.domain == null ? {} : {
    (var.domain) = one([for option in aws_acm_certificate.this[0].domain_validation_options : option if option.domain_name == var.domain])
  }

  zone_id = var.hosted_zone_id
  name    = each.value.resource_record_name
  type    = each.value.resource_record_type
  records = [each.value.resource_record_value]
  ttl     = 300

  allow_overwrite = true # two certificates for one name share the same validation record
}

resource "aws_acm_certificate_validation" "this" {
  count    = var.domain == null ? 0 : 1
  provider = aws.us_east_1

  certificate_arn         = aws_acm_certificate.this[0].arn
  validation_record_fqdns = [for record in aws_route53_record.validation : record.fqdn]

  # The validation never succeeds in a zone without a delegation; the provider's own timeout is 75
  # minutes.
  timeouts {
    create = "20m"
  }
}

resource "aws_route53_record" "page" {
  for_each = var.domain == null ? toset([]) : toset(["A", "AAAA"])

  zone_id = var.hosted_zone_id
  name    = var.domain
  type    = each.key

  alias {
    name                   = aws_cloudfront_distribution.this.domain_name
    zone_id                = aws_cloudfront_distribution.this.hosted_zone_id
    evaluate_target_health = false # CloudFront has no health to evaluate
  }
}
