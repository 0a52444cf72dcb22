mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan

  mock_resource "aws_cloudfront_distribution" {
    defaults = {
      arn            = "arn:aws:cloudfront::123456789012:distribution/E1"
      domain_name    = "d1.cloudfront.net"
      hosted_zone_id = "Z2FDTNDATAQYW2"
    }
  }
}

mock_provider "aws" {
  alias           = "us_east_1"
  source          = "./tests/mocks"
  override_during = plan

  mock_resource "aws_acm_certificate" {
    defaults = {
      arn = "arn:aws:acm:us-east-1:123456789012:certificate/one"
      domain_validation_options = [{
        domain_name           = "study.example.net"
        resource_record_name  = "_x.study.example.net"
        resource_record_type  = "CNAME"
        resource_record_value = "_y.acm-validations.aws"
      }]
    }
  }

  mock_resource "aws_acm_certificate_validation" {
    defaults = { certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/one" }
  }
}

variables {
  name           = "HIPPO_Gym"
  account_id     = "123456789012"
  folder         = "./modules/website" # any folder: the tests look at rules, not at pages
  api_url        = "https://a1.execute-api.ca-central-1.amazonaws.com"
  root_domain    = "example.net"
  session_ports  = [5000]
  domain         = null
  hosted_zone_id = "ZGIVEN"
  price_class    = "PriceClass_100"
}

run "under_cloudfront_s_own_name" {
  command = plan # a teardown does not find the second provider again

  module { source = "./modules/website" }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  assert {
    condition     = output.url == "https://d1.cloudfront.net" && output.bucket == "hippo-gym-website-123456789012"
    error_message = "Without a domain the page is served under CloudFront's own name."
  }

  assert {
    condition     = length(aws_acm_certificate.this) == 0 && length(aws_route53_record.page) == 0 && length(aws_cloudfront_distribution.this.aliases) == 0
    error_message = "Without a domain there is no certificate, no record and no alias."
  }

  assert {
    condition = jsonencode({ for s in data.aws_iam_policy_document.bucket.statement : s.sid => [coalesce(s.effect, "Allow"), s.actions, [for p in s.principals : p.identifiers], [for c in s.condition : [c.variable, c.values]]] }) == jsonencode({
      ThisDistributionReads                     = ["Allow", toset(["s3:GetObject"]), [toset(["cloudfront.amazonaws.com"])], [["AWS:SourceArn", tolist(["arn:aws:cloudfront::123456789012:distribution/E1"])]]]
      ThisDistributionTellsMissingFromForbidden = ["Allow", toset(["s3:ListBucket"]), [toset(["cloudfront.amazonaws.com"])], [["AWS:SourceArn", tolist(["arn:aws:cloudfront::123456789012:distribution/E1"])]]]
      DenyInsecureTransport                     = ["Deny", toset(["s3:*"]), [toset(["*"])], [["aws:SecureTransport", tolist(["false"])]]]
    })
    error_message = "This distribution alone reads the bucket, over TLS."
  }

  assert {
    condition     = alltrue([for block in [aws_s3_bucket_public_access_block.this] : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets])
    error_message = "The bucket is private."
  }

  assert {
    condition     = jsondecode(aws_s3_object.settings.content) == { api = "https://a1.execute-api.ca-central-1.amazonaws.com/next" }
    error_message = "The page's one setting is the API's address."
  }

  assert {
    condition     = strcontains(local.content_security_policy, "script-src 'self';") && strcontains(local.content_security_policy, "connect-src 'self' https://a1.execute-api.ca-central-1.amazonaws.com wss://*.example.net:5000;")
    error_message = "Scripts are the page's own; connections go to the API and the session servers."
  }

  assert {
    condition     = aws_cloudfront_distribution.this.default_cache_behavior[0].viewer_protocol_policy == "redirect-to-https"
    error_message = "The page is served over TLS only."
  }
}

run "under_a_domain_of_its_own" {
  command = plan # a teardown does not find the second provider again

  module { source = "./modules/website" }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  variables { domain = "study.example.net" }

  assert {
    condition     = output.url == "https://study.example.net" && tolist(aws_cloudfront_distribution.this.aliases) == tolist(["study.example.net"])
    error_message = "With a domain the page is served under it."
  }

  assert {
    condition     = { for type, record in aws_route53_record.page : type => [record.name, record.alias[0].name] } == { A = ["study.example.net", "d1.cloudfront.net"], AAAA = ["study.example.net", "d1.cloudfront.net"] }
    error_message = "The domain leads to CloudFront, by IPv4 and IPv6."
  }

  assert {
    condition     = aws_cloudfront_distribution.this.viewer_certificate[0].minimum_protocol_version == "TLSv1.2_2021" && aws_acm_certificate.this[0].validation_method == "DNS"
    error_message = "The certificate is validated by DNS, and TLS 1.2 is the least."
  }
}
