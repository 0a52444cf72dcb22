# Answers of the mocked provider where random words would not do: identities that names contain,
# ARNs that the provider validates, and policy documents. The json of a mocked document is empty;
# the tests here check its statements, and tests/terraform checks the JSON of the real provider.

mock_data "aws_caller_identity" {
  defaults = { account_id = "123456789012" }
}

mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

mock_data "aws_iam_policy_document" {
  defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
}

mock_data "aws_availability_zones" {
  defaults = { names = ["ca-central-1d", "ca-central-1b", "ca-central-1a"] }
}

# One VPC for given subnets and groups.
mock_data "aws_subnet" {
  defaults = { vpc_id = "vpc-0a1" }
}

mock_data "aws_security_group" {
  defaults = { vpc_id = "vpc-0a1" }
}

mock_data "aws_route53_zone" {
  defaults = { name = "play.example.net", zone_id = "ZGIVEN", name_servers = ["ns-1.example.net"] }
}

mock_resource "aws_route53_zone" {
  defaults = { zone_id = "ZMADE", name_servers = ["ns-9.example.net"], primary_name_server = "ns-9.example.net" }
}

mock_resource "aws_sns_topic" {
  defaults = { arn = "arn:aws:sns:ca-central-1:123456789012:a_topic" }
}

mock_resource "aws_sqs_queue" {
  defaults = { arn = "arn:aws:sqs:ca-central-1:123456789012:a_queue", url = "https://sqs.ca-central-1.amazonaws.com/123456789012/a_queue" }
}

mock_resource "aws_lambda_function" {
  defaults = {
    arn        = "arn:aws:lambda:ca-central-1:123456789012:function:a_function"
    invoke_arn = "arn:aws:apigateway:ca-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:ca-central-1:123456789012:function:a_function/invocations"
  }
}

mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::123456789012:role/a_role" }
}

mock_resource "aws_iam_policy" {
  defaults = { arn = "arn:aws:iam::123456789012:policy/a_policy" }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = { arn = "arn:aws:logs:ca-central-1:123456789012:log-group:a_group" }
}

mock_resource "aws_cloudwatch_event_rule" {
  defaults = { arn = "arn:aws:events:ca-central-1:123456789012:rule/a_rule" }
}

mock_resource "aws_s3_bucket" {
  defaults = { arn = "arn:aws:s3:::a-bucket" }
}

mock_resource "aws_apigatewayv2_api" {
  defaults = {
    api_endpoint  = "https://api1.execute-api.ca-central-1.amazonaws.com"
    execution_arn = "arn:aws:execute-api:ca-central-1:123456789012:api1"
  }
}

# The participant page's.
mock_resource "aws_cloudfront_distribution" {
  defaults = {
    arn            = "arn:aws:cloudfront::123456789012:distribution/E1"
    domain_name    = "d1.cloudfront.net"
    hosted_zone_id = "Z2FDTNDATAQYW2"
  }
}

mock_resource "aws_wafv2_web_acl" {
  defaults = { arn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/one/1" }
}

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
