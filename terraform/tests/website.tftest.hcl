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

run "the_files_have_no_tags" {
  command = plan

  module { source = "./modules/website" }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  assert {
    condition = alltrue([
      for object in concat(values(aws_s3_object.file), [aws_s3_object.settings]) : length(object.override_provider[0].default_tags[0].tags) == 0
    ])
    error_message = "Objects must have no tags: they take ten, and a team's own tags may be more."
  }
}

run "files_of_studies_run_no_script_and_have_owners" {
  command = plan

  module { source = "./modules/website" }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  variables {
    study_owners = { grid_world = ["arn:aws:iam::123456789012:role/lab"] }
  }

  override_resource {
    target          = aws_cloudfront_response_headers_policy.assets
    override_during = plan
    values          = { id = "no-scripts" }
  }

  assert {
    condition = (
      aws_cloudfront_distribution.this.ordered_cache_behavior[0].path_pattern == "/assets/*" &&
      aws_cloudfront_distribution.this.ordered_cache_behavior[0].response_headers_policy_id == "no-scripts"
    )
    error_message = "The files of studies need the policy that runs no script."
  }

  assert {
    condition = (
      strcontains(one(one(aws_cloudfront_response_headers_policy.assets.security_headers_config).content_security_policy).content_security_policy, "default-src 'none'") &&
      !strcontains(one(one(aws_cloudfront_response_headers_policy.assets.security_headers_config).content_security_policy).content_security_policy, "script-src")
    )
    error_message = "No script may run in a file of a study, which has the page's origin."
  }

  assert {
    condition = one([
      for s in data.aws_iam_policy_document.bucket.statement : jsonencode([s.effect, sort(s.actions), sort(s.resources), one(s.condition).test, one(s.condition).values]) if startswith(s.sid, "FilesOf")
    ]) == jsonencode(["Deny", ["s3:DeleteObject", "s3:PutObject"], ["arn:aws:s3:::hippo-gym-website-123456789012/assets/grid_world/*"], "ArnNotLike", ["arn:aws:iam::123456789012:role/lab"]])
    error_message = "Only the owners of a study may write its files."
  }
}

run "without_a_domain" {
  command = plan # `terraform test` cannot destroy resources of the second provider

  module { source = "./modules/website" }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  assert {
    condition     = output.url == "https://d1.cloudfront.net" && output.bucket == "hippo-gym-website-123456789012"
    error_message = "Without a domain the page must be served under CloudFront's own name."
  }

  assert {
    condition     = length(aws_acm_certificate.this) == 0 && length(aws_route53_record.page) == 0 && length(aws_cloudfront_distribution.this.aliases) == 0
    error_message = "Without a domain there must be no certificate, no record and no alias."
  }

  assert {
    condition = jsonencode({ for s in data.aws_iam_policy_document.bucket.statement : s.sid => [coalesce(s.effect, "Allow"), s.actions, [for p in s.principals : p.identifiers], [for c in s.condition : [c.variable, c.values]]] }) == jsonencode({
      ThisDistributionReads                     = ["Allow", toset(["s3:GetObject"]), [toset(["cloudfront.amazonaws.com"])], [["AWS:SourceArn", tolist(["arn:aws:cloudfront::123456789012:distribution/E1"])]]]
      ThisDistributionTellsMissingFromForbidden = ["Allow", toset(["s3:ListBucket"]), [toset(["cloudfront.amazonaws.com"])], [["AWS:SourceArn", tolist(["arn:aws:cloudfront::123456789012:distribution/E1"])]]]
      DenyInsecureTransport                     = ["Deny", toset(["s3:*"]), [toset(["*"])], [["aws:SecureTransport", tolist(["false"])]]]
    })
    error_message = "Only this distribution may read the bucket, over TLS."
  }

  assert {
    condition     = alltrue([for block in [aws_s3_bucket_public_access_block.this] : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets])
    error_message = "The bucket must be private."
  }

  assert {
    condition     = jsondecode(aws_s3_object.settings.content) == { api = "https://a1.execute-api.ca-central-1.amazonaws.com/next" }
    error_message = "The page's only setting must be the API's address."
  }

  assert {
    condition     = strcontains(local.content_security_policy, "script-src 'self';") && strcontains(local.content_security_policy, "connect-src 'self' https://a1.execute-api.ca-central-1.amazonaws.com wss://*.example.net:5000;")
    error_message = "Scripts must come from the page itself; connections may go to the API and the session servers only."
  }

  assert {
    condition     = aws_cloudfront_distribution.this.default_cache_behavior[0].viewer_protocol_policy == "redirect-to-https"
    error_message = "The page must be served over TLS only."
  }

  assert {
    condition     = aws_cloudfront_distribution.this.default_root_object == "index.html" && aws_cloudfront_distribution.this.default_cache_behavior[0].allowed_methods == toset(["GET", "HEAD"])
    error_message = "CloudFront must only serve files, with index.html as the default."
  }

  assert {
    condition     = [for control in [aws_cloudfront_origin_access_control.this] : [control.origin_access_control_origin_type, control.signing_behavior, control.signing_protocol]] == [["s3", "always", "sigv4"]]
    error_message = "CloudFront must sign its requests to the bucket, or the bucket refuses them."
  }

  assert {
    condition = alltrue([for block in [aws_cloudfront_response_headers_policy.this.security_headers_config[0]] : (
      block.content_security_policy[0].content_security_policy == local.content_security_policy
      && block.referrer_policy[0].referrer_policy == "no-referrer"
      && block.strict_transport_security[0].access_control_max_age_sec == 31536000
      && block.content_type_options[0].override
    )])
    error_message = "The page must have its content security policy, and send no referrer, which would contain a participant's id."
  }

  assert {
    condition     = alltrue([for directive in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"] : contains(split("; ", local.content_security_policy), directive)])
    error_message = "Browser features that the page does not use must be forbidden."
  }

  assert {
    condition     = aws_cloudfront_distribution.this.price_class == "PriceClass_100" && length(aws_route53_record.validation) == 0
    error_message = "The price class must be the given one; without a domain there is nothing to validate."
  }
}

run "only_files_for_browsers_are_uploaded" {
  command = plan # `terraform test` cannot destroy resources of the second provider

  module { source = "./modules/website" }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  variables { folder = "./tests/page" }

  assert {
    condition     = join(" ", keys(aws_s3_object.file)) == "index.html modules/part.js"
    error_message = "Files for maintainers must not be served, and settings.json must be generated for the deployment."
  }

  assert {
    condition     = aws_s3_object.file["index.html"].content_type == "text/html; charset=utf-8" && aws_s3_object.file["modules/part.js"].content_type == "text/javascript; charset=utf-8"
    error_message = "A browser runs a module only with the content type of JavaScript."
  }

  assert {
    condition     = alltrue([for file in aws_s3_object.file : file.cache_control == "no-cache"]) && aws_s3_object.settings.cache_control == "no-cache"
    error_message = "File names do not change between releases: a browser must revalidate each file."
  }
}

run "several_ports_and_an_api_under_its_own_name" {
  command = plan # `terraform test` cannot destroy resources of the second provider

  module { source = "./modules/website" }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  variables {
    api_url       = "https://api.example.net"
    session_ports = [5000, 8443]
    price_class   = "PriceClass_All"
  }

  assert {
    condition     = contains(split("; ", local.content_security_policy), "connect-src 'self' https://api.example.net wss://*.example.net:5000 wss://*.example.net:8443")
    error_message = "The page may connect to the API and to every port of session servers only."
  }

  assert {
    condition     = jsondecode(aws_s3_object.settings.content).api == "https://api.example.net/next" && aws_cloudfront_distribution.this.price_class == "PriceClass_All"
    error_message = "settings.json must contain the API's own name."
  }
}

run "with_a_domain" {
  command = plan # `terraform test` cannot destroy resources of the second provider

  module { source = "./modules/website" }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  variables { domain = "study.example.net" }

  assert {
    condition     = output.url == "https://study.example.net" && tolist(aws_cloudfront_distribution.this.aliases) == tolist(["study.example.net"])
    error_message = "With a domain the page must be served under it."
  }

  assert {
    condition     = { for type, record in aws_route53_record.page : type => [record.name, record.alias[0].name] } == { A = ["study.example.net", "d1.cloudfront.net"], AAAA = ["study.example.net", "d1.cloudfront.net"] }
    error_message = "The domain must lead to CloudFront, over IPv4 and IPv6."
  }

  assert {
    condition     = aws_cloudfront_distribution.this.viewer_certificate[0].minimum_protocol_version == "TLSv1.2_2021" && aws_acm_certificate.this[0].validation_method == "DNS"
    error_message = "The certificate must be validated by DNS, and the minimum must be TLS 1.2."
  }

  assert {
    condition = [for record in aws_route53_record.validation : [record.zone_id, record.name, record.type, record.records]] == [
      ["ZGIVEN", "_x.study.example.net", "CNAME", toset(["_y.acm-validations.aws"])],
    ]
    error_message = "The record that ACM requires must be in the zone."
  }

  assert {
    condition     = aws_acm_certificate_validation.this[0].timeouts.create == "20m"
    error_message = "In a zone without delegation the apply must fail in minutes, not in the provider's 75."
  }
}

run "in_a_frame_of_a_recruitment_service" {
  command = plan # `terraform test` cannot destroy resources of the second provider

  module { source = "./modules/website" }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  variables {
    embedded_in = ["https://www.mturk.com", "https://worker.mturk.com"]
  }

  assert {
    condition     = contains(split("; ", local.content_security_policy), "frame-ancestors https://worker.mturk.com https://www.mturk.com")
    error_message = "Only the named services may show the page in a frame."
  }
}

run "no_port_and_half_a_port" {
  command = plan

  module { source = "./modules/website" }

  variables { session_ports = [5000.5] }

  expect_failures = [var.session_ports]
}

run "no_web_acl_by_default" {
  command = plan

  module { source = "./modules/website" }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  assert {
    condition     = length(aws_wafv2_web_acl.this) == 0
    error_message = "A web ACL costs money: a team asks for it."
  }
}

run "a_web_acl_limits_each_address" {
  command = plan

  module { source = "./modules/website" }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  variables { waf_requests = 2000 }

  assert {
    condition     = aws_wafv2_web_acl.this[0].scope == "CLOUDFRONT" && one(one(one(aws_wafv2_web_acl.this[0].rule).statement).rate_based_statement).limit == 2000
    error_message = "The rule must count the requests of an address."
  }

  assert {
    condition     = aws_cloudfront_distribution.this.web_acl_id == "arn:aws:wafv2:us-east-1:123456789012:global/webacl/one/1"
    error_message = "The distribution must use the web ACL."
  }
}

run "the_page_was_not_built" {
  command = plan

  module { source = "./modules/website" }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  variables { folder = "./modules/website" }

  expect_failures = [aws_s3_bucket.this]
}
