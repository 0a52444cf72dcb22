mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "us_east_1"
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name           = "HIPPO_Gym"
  account_id     = "123456789012"
  folder         = "../build/page"
  api_url        = "https://a1.execute-api.ca-central-1.amazonaws.com"
  root_domain    = "example.net"
  session_ports  = [5000]
  domain         = null
  hosted_zone_id = "ZGIVEN"
  price_class    = "PriceClass_100"
}

run "the_edge_route_sends_games_to_their_servers" {
  command = plan

  module { source = "./modules/website" }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  variables {
    domain       = "study.example.net"
    edge_route   = true
    direct_route = false
  }

  assert {
    condition = [for behaviour in aws_cloudfront_distribution.this.ordered_cache_behavior : [behaviour.path_pattern, behaviour.viewer_protocol_policy, behaviour.compress, behaviour.cache_policy_id, behaviour.origin_request_policy_id] if behaviour.path_pattern != "/assets/*"] == [
      ["/game/*", "https-only", false, "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "216adef6-5c7f-47e4-b989-5492eafa07d3"],
    ]
    error_message = "One behaviour must take games, cache nothing and forward the handshake's headers."
  }

  assert {
    condition     = alltrue([for behaviour in aws_cloudfront_distribution.this.ordered_cache_behavior : [for link in behaviour.function_association : link.event_type] == ["viewer-request"] if behaviour.path_pattern != "/assets/*"])
    error_message = "The function must run before anything else."
  }

  assert {
    condition     = { for response in aws_cloudfront_distribution.this.custom_error_response : response.error_code => response.error_caching_min_ttl } == { 502 = 0, 503 = 0, 504 = 0 }
    error_message = "The edge may keep no error of a server that is not there yet."
  }

  assert {
    condition     = length(regexall("const ROOT_DOMAIN = 'example.net';", aws_cloudfront_function.game[0].code)) == 1 && !strcontains(aws_cloudfront_function.game[0].code, "{{") && length(aws_cloudfront_function.game[0].code) < 10240
    error_message = "The function must know its root domain, and be smaller than 10 KB."
  }

  assert {
    condition     = aws_cloudfront_function.game[0].runtime == "cloudfront-js-2.0" && aws_cloudfront_function.game[0].publish
    error_message = "Only the published function of runtime 2.0 can choose the origin."
  }

  assert {
    condition     = strcontains(local.content_security_policy, " wss://study.example.net;") && !strcontains(local.content_security_policy, "wss://*.example.net")
    error_message = "The page must connect to its own name only."
  }
}

run "without_the_edge_route_no_function_is_made" {
  command = plan

  module { source = "./modules/website" }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  assert {
    condition     = length(aws_cloudfront_function.game) == 0 && one(aws_cloudfront_distribution.this.ordered_cache_behavior[*].path_pattern) == "/assets/*" && length(aws_cloudfront_distribution.this.custom_error_response) == 0 && output.game_key_store_arn == null
    error_message = "The direct route must leave the distribution as it was."
  }
}

run "the_edge_route_needs_a_domain" {
  command = plan

  module { source = "./modules/website" }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  variables { edge_route = true }

  expect_failures = [var.edge_route]
}
