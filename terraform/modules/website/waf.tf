# On request, a limit on the requests of one address to the page.

# A web ACL of a distribution is in us-east-1 (AWS WAF developer guide, "How AWS WAF works with
# Amazon CloudFront features"). WAF has no association with an HTTP API: REST APIs only ("Resources
# that you can protect with AWS WAF").
resource "aws_wafv2_web_acl" "this" {
  #checkov:skip=CKV_AWS_192:Static files; there is no log4j behind them.
  #checkov:skip=CKV2_AWS_31:A log would hold participants' ids and IP addresses: personal data that no study has asked for.
  count    = var.waf_requests == null ? 0 : 1
  provider = aws.us_east_1

  name        = "${var.name}_website"
  description = "Limits the requests of one address to the participant page"
  scope       = "CLOUDFRONT"

  default_action {
    allow {}
  }

  rule {
    name     = "requests_of_one_address"
    priority = 1

    action {
      block {}
    }

    statement {
      rate_based_statement {
        limit              = var.waf_requests
        aggregate_key_type = "IP"
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}_requests_of_one_address"
      sampled_requests_enabled   = false
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "${var.name}_website"
    sampled_requests_enabled   = false
  }

  # Waits for the record of the deployment's owner.
  depends_on = [aws_cloudfront_origin_access_control.this]
}
