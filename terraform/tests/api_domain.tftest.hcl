mock_provider "aws" {
  source = "./tests/mocks"

  mock_resource "aws_acm_certificate" {
    defaults = {
      arn = "arn:aws:acm:ca-central-1:123456789012:certificate/one"
      domain_validation_options = [{
        domain_name           = "api.play.example.net"
        resource_record_name  = "_x.api.play.example.net."
        resource_record_type  = "CNAME"
        resource_record_value = "_y.acm-validations.aws."
      }]
    }
  }

  mock_resource "aws_apigatewayv2_domain_name" {
    defaults = {
      id = "api.play.example.net"
      domain_name_configuration = {
        target_domain_name = "d-1.execute-api.ca-central-1.amazonaws.com"
        hosted_zone_id     = "ZAPIGATEWAY"
      }
    }
  }
}

variables {
  domain         = "api.play.example.net"
  hosted_zone_id = "ZOURS"
  api_id         = "api1"
  stage          = "$default"
}

run "the_certificate_is_validated_by_a_record_in_the_zone" {
  module { source = "./modules/api_domain" }

  assert {
    condition     = aws_acm_certificate.this.domain_name == "api.play.example.net" && aws_acm_certificate.this.validation_method == "DNS"
    error_message = "The certificate must be for the domain alone, validated by DNS."
  }

  assert {
    condition = [for record in aws_route53_record.validation : [record.zone_id, record.name, record.type, record.records, record.allow_overwrite]] == [
      ["ZOURS", "_x.api.play.example.net.", "CNAME", toset(["_y.acm-validations.aws."]), true],
    ]
    error_message = "The record that ACM requires must be in the zone; a renewed certificate uses the same record."
  }

  assert {
    condition     = aws_acm_certificate_validation.this.certificate_arn == aws_acm_certificate.this.arn && aws_acm_certificate_validation.this.timeouts.create == "20m"
    error_message = "In a zone without delegation the apply must fail in minutes, not in the provider's 75."
  }
}

run "the_api_answers_under_the_domain_with_tls_1_2" {
  module { source = "./modules/api_domain" }

  assert {
    condition = [for c in aws_apigatewayv2_domain_name.this.domain_name_configuration : [c.certificate_arn, c.security_policy, c.endpoint_type, c.ip_address_type]] == [
      ["arn:aws:acm:ca-central-1:123456789012:certificate/one", "TLS_1_2", "REGIONAL", "dualstack"],
    ]
    error_message = "The minimum must be TLS 1.2, over IPv4 and IPv6, with the certificate."
  }

  assert {
    condition     = aws_apigatewayv2_api_mapping.this.api_id == "api1" && aws_apigatewayv2_api_mapping.this.stage == "$default" && aws_apigatewayv2_api_mapping.this.domain_name == "api.play.example.net" && aws_apigatewayv2_api_mapping.this.api_mapping_key == null
    error_message = "The domain's root must lead to the API's default stage: existing clients call / and /next."
  }

  assert {
    condition = { for type, record in aws_route53_record.api : type => [record.zone_id, record.name, record.type, record.alias[0].name, record.alias[0].zone_id] } == {
      A    = ["ZOURS", "api.play.example.net", "A", "d-1.execute-api.ca-central-1.amazonaws.com", "ZAPIGATEWAY"]
      AAAA = ["ZOURS", "api.play.example.net", "AAAA", "d-1.execute-api.ca-central-1.amazonaws.com", "ZAPIGATEWAY"]
    }
    error_message = "The domain must lead to API Gateway, over IPv4 and IPv6."
  }

  assert {
    condition     = alltrue([for record in aws_route53_record.api : record.allow_overwrite != true])
    error_message = "An existing record, such as a participant's server, must not be overwritten."
  }

  assert {
    condition     = output.url == "https://api.play.example.net"
    error_message = "The URL must have no trailing slash."
  }
}

run "a_longer_wait" {
  module { source = "./modules/api_domain" }

  variables { validation_minutes = 45 }

  assert {
    condition     = aws_acm_certificate_validation.this.timeouts.create == "45m"
    error_message = "The timeout must be validation_minutes."
  }
}

run "a_name_in_capitals_and_zero_minutes" {
  command = plan

  module { source = "./modules/api_domain" }

  variables {
    domain             = "API.play.example.net"
    validation_minutes = 1
  }

  expect_failures = [var.domain, var.validation_minutes]
}
