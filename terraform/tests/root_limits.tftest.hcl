# The plan refuses values that otherwise only AWS would refuse, in the middle of an apply; and it
# accepts the longest values that AWS takes.
mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "aws" {
  alias  = "us_east_1"
  source = "./tests/mocks"
}

mock_provider "aws" {
  alias  = "route53"
  source = "./tests/mocks"
}

variables {
  region      = "ca-central-1"
  root_domain = "play.example.net"
  bundle_path = "./main.tf" # any file: a plan reads only its hash
}

run "values_that_only_aws_would_refuse" {
  command = plan

  variables {
    name                 = "Xn__lab" # its buckets would be xn--lab-…
    researchers          = { groups = ["arn:aws:iam::123456789012:group/researchers"] }
    function_environment = { AWS_REGION = "ca-central-1" }
    root_domain          = join(".", ["a", "a", join("", [for _ in range(60) : "a"]), join("", [for _ in range(60) : "a"]), join("", [for _ in range(60) : "a"]), "example"])
    vpc_cidr             = "10.0.0.0/8"
    alarm_topic_arn      = "arn:aws:sns:us-east-1:123456789012:on_call"
    bucket_name          = "192.168.5.4"
  }

  expect_failures = [
    var.name, var.researchers, var.function_environment, var.root_domain, var.vpc_cidr, var.alarm_topic_arn, var.bucket_name,
  ]
}

run "other_values_that_only_aws_would_refuse" {
  command = plan

  variables {
    name                 = "amzn_s3_demo_lab"
    researchers          = { roles = ["lab/researcher"] }
    function_environment = { "cache-seconds" = "30" }
    vpc_cidr             = "10.42.0.0/25"
    bucket_name          = "lab..studies"
    root_domain          = "psychology.faculty-of-behavioural-sciences.example.net" # 54 characters
    website              = { domain = "studies-001.psychology.faculty-of-behavioural-sciences.example.net" }
  }

  expect_failures = [
    var.name, var.researchers, var.function_environment, var.vpc_cidr, var.bucket_name, var.website,
  ]
}

# A plan reports all of these at once; hosted_zone_id and parent_zone_id exclude each other.
run "values_that_mislead" {
  command = plan

  variables {
    tags                 = { deployment = "ours" }
    function_environment = { MAX_SESSIONS = "9", POWERTOOLS_LOG_LEVEL = "DEBUG", _HANDLER = "mine.handler" }
    vpc_cidr             = "10.42.1.0/16"
    session_ports        = [5000, 5000]
    security_group_ids   = ["sg-1", "sg-1"]
    hosted_zone_id       = "/hostedzone/Z1"
    root_domain          = "Play.Example.net."
    task_event_sources   = []
  }

  expect_failures = [
    var.tags, var.function_environment, var.vpc_cidr, var.session_ports, var.security_group_ids, var.hosted_zone_id, var.root_domain,
    var.task_event_sources,
  ]
}

run "other_values_that_mislead" {
  command = plan

  variables {
    tags                 = { Owner = "a", owner = "b" }
    function_environment = { AWS_LAMBDA_METADATA_TOKEN = "a" }
    vpc_cidr             = "fd00::/16"
    subnet_ids           = ["subnet-1"]
    hosted_zone_id       = "Z1"
    parent_zone_id       = "Z2"
  }

  expect_failures = [var.tags, var.function_environment, var.vpc_cidr, var.subnet_ids, var.parent_zone_id]
}

# Null is the default where it means nothing, so no rule or resource meets it.
run "null_where_it_means_nothing" {
  command = plan

  variables {
    name             = null
    tags             = null
    memory_mb        = null
    session_ports    = null
    alarm_thresholds = null
    require_tls      = null
  }

  assert {
    condition     = var.name == "HIPPO_Gym" && length(var.tags) == 0 && var.memory_mb.next_step == 512 && var.session_ports[0] == 5000 && var.require_tls
    error_message = "A null must be replaced by the default."
  }
}

run "the_deployment_s_tags" {
  command = plan

  variables { tags = { Owner = "lab" } }

  assert {
    condition     = local.tags == { Product = "hippo-gym", Deployment = "HIPPO_Gym", ManagedBy = "terraform", Owner = "lab" }
    error_message = "Resources must have the deployment's own tags and the team's."
  }
}

run "a_tag_without_a_value" {
  command = plan

  variables { tags = { CostCentre = "" } }

  expect_failures = [var.tags]
}

run "an_api_domain_too_long_for_a_certificate" {
  command = plan

  variables {
    root_domain = "psychology.faculty-of-behavioural-sciences.example.net"
    api_domain  = "interface1.psychology.faculty-of-behavioural-sciences.example.net"
  }

  expect_failures = [var.api_domain]
}

run "a_bucket_name_that_s3_reserves" {
  command = plan

  variables { bucket_name = "studies--x-s3" }

  expect_failures = [var.bucket_name]
}

run "the_longest_that_aws_takes" {
  command = plan

  variables {
    name                 = "HIPPO_Gym_psychology_department1"
    researchers          = { groups = ["lab+participants=1,2.3@example"], roles = ["r23456789_123456789_123456789_123456789_123456789_123456789_1234"] }
    function_environment = { AWS_ENDPOINT_URL_ECS = "http://127.0.0.1:1", CACHE_SECONDS = "30" }
    vpc_cidr             = "10.42.0.0/24"
    alarm_topic_arn      = "arn:aws:sns:ca-central-1:123456789012:on_call"
    bucket_name          = "b23456789-123456789-123456789-123456789-123456789-123456789.123"
    root_domain          = "psychology.faculty-of-behavioural-sciences-2.example.net" # 56 characters
    api_domain           = "apiv001.psychology.faculty-of-behavioural-sciences-2.example.net"
    website              = { domain = "studies.psychology.faculty-of-behavioural-sciences-2.example.net" }
    session_ports        = [5000, 5001, 5002, 5003]
  }

  assert {
    condition     = length(var.api_domain) == 64 && length(var.website.domain) == 64
    error_message = "The names must be as long as a certificate's Common Name can be."
  }
}

run "an_address_of_a_state" {
  command = plan

  variables {
    state_location = "s3://hippo-gym-terraform-state-123456789012-ca-central-1/hippo-gym/prod/terraform.tfstate"
  }

  assert {
    condition     = output.name == "HIPPO_Gym"
    error_message = "The address that make plan passes must be accepted."
  }
}

run "an_address_of_a_state_without_a_scheme" {
  command = plan

  variables { state_location = "hippo-gym/prod/terraform.tfstate" }

  expect_failures = [var.state_location]
}
