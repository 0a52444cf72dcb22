# Limits that depend on several settings together: the module checks them, and its error says which
# setting to change.
mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "aws" {
  alias  = "us_east_1"
  source = "./tests/mocks"
}

variables {
  name       = "pilot"
  account_id = "123456789012"
}

run "sixty_ports_fit_a_security_group" {
  command = plan

  module { source = "./modules/network" }

  variables { session_ports = range(5000, 5060) }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.participants) == 60
    error_message = "Each port must have its rule."
  }
}

run "more_ports_than_a_security_group_takes" {
  command = plan

  module { source = "./modules/network" }

  variables { session_ports = range(5000, 5061) }

  expect_failures = [aws_security_group.sessions]
}

run "a_network_larger_than_ec2_allows" {
  command = plan

  module { source = "./modules/network" }

  variables { vpc_cidr = "10.0.0.0/15" }

  expect_failures = [var.vpc_cidr]
}

run "more_ports_than_a_header_takes" {
  command = plan

  module { source = "./modules/website" }

  variables {
    folder         = "../build/page"
    api_url        = "https://a1.execute-api.ca-central-1.amazonaws.com"
    root_domain    = "psychology.faculty-of-behavioural-sciences.example.net"
    session_ports  = range(5000, 5030)
    domain         = null
    hosted_zone_id = "ZGIVEN"
    price_class    = "PriceClass_100"
    embedded_in    = []
  }

  expect_failures = [aws_cloudfront_response_headers_policy.this]
}

run "more_variables_than_a_function_takes" {
  command = plan

  module { source = "./modules/function" }

  variables {
    function_name      = "pilot_next_step"
    description        = "Serves a participant the next step of a study"
    timeout            = 10
    environment        = { RESERVED_NAMES = join(",", [for number in range(800) : format("n%04d", number)]) }
    policy_json        = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"ItsPurpose\"}]}"
    log_retention_days = 30

    code = {
      bundle_path      = "./main.tf" # any file: the mocked provider uploads nothing
      source_code_hash = "hash"
      handler          = "next_step.lambda_handler"
    }
  }

  expect_failures = [var.environment]
}

run "more_policies_than_a_role_takes" {
  command = plan

  module { source = "./modules/github_oidc" }

  variables {
    repository       = "team/study"
    readable_buckets = ["state.example"]
    deployers        = { prod = [for number in range(11) : "arn:aws:iam::123456789012:policy/part${number}"] }
  }

  expect_failures = [aws_iam_role.this]
}
