# The root as a whole: names, wiring and validations. Every run is a plan: prevent_destroy holds in tests too. The policies
# and settings that come out of the wiring are asserted on the real provider's plan, in tests/terraform.
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

run "names_by_default" {
  command = plan

  assert {
    condition     = output.function_names == { for file in ["next_step", "start_server", "stop_server", "send_start_server_message", "send_stop_server_message", "update_project_master_list", "sweep_sessions"] : file => "HIPPO_Gym_${file}" }
    error_message = "Researchers' scripts invoke HIPPO_Gym_update_project_master_list: the default names must stay."
  }

  assert {
    condition     = local.bucket_name == "hippo-gym-projects-123456789012" && output.session_log_group == "/ecs/HIPPO_Gym"
    error_message = "Bucket and log group must be named after the deployment."
  }

  assert {
    condition     = output.root_domain == "play.example.net" && output.region == "ca-central-1" && output.name == "HIPPO_Gym"
    error_message = "The outputs must repeat what tools need to know."
  }
}

run "names_of_a_second_deployment" {
  command = plan

  variables {
    name        = "pilot"
    bucket_name = "pilot.studies"
  }

  assert {
    condition     = alltrue([for file, name in output.function_names : name == "pilot_${file}"]) && local.bucket_name == "pilot.studies"
    error_message = "Every name must follow var.name, but a bucket name that is given."
  }

  assert {
    condition     = alltrue([for arn in values(local.arns) : strcontains(arn, "pilot")])
    error_message = "Every ARN that permissions are made of must be this deployment's."
  }
}

run "a_network_and_a_zone_that_are_given" {
  command = plan

  variables {
    hosted_zone_id     = "ZGIVEN"
    subnet_ids         = ["subnet-0a1", "subnet-0b2"]
    security_group_ids = ["sg-0c3"]
  }

  assert {
    condition     = output.hosted_zone_id == "ZGIVEN" && output.subnet_ids == tolist(["subnet-0a1", "subnet-0b2"]) && output.security_group_ids == tolist(["sg-0c3"])
    error_message = "What is given must be used."
  }

  assert {
    condition     = local.functions.start_server.environment.SUBNET == "subnet-0a1,subnet-0b2" && local.functions.start_server.environment.SECURITY_GROUP == "sg-0c3"
    error_message = "start_server takes several subnets or groups, separated by commas."
  }
}

run "no_limit_on_sessions_by_default" {
  command = plan

  assert {
    condition     = alltrue([for function in values(local.functions) : !contains(keys(function.environment), "MAX_SESSIONS")])
    error_message = "Without max_sessions no function may be told of a limit."
  }
}

run "a_limit_on_sessions" {
  command = plan

  variables { max_sessions = 50 }

  assert {
    condition     = [for file, function in local.functions : file if lookup(function.environment, "MAX_SESSIONS", "") == "50"] == ["start_server", "stop_server", "sweep_sessions"]
    error_message = "Whoever gives places out or takes them back must know how many there are."
  }
}

run "tags_that_iam_would_refuse" {
  command = plan

  variables { tags = { "aws:owner" = "lab" } }

  expect_failures = [var.tags]
}

run "tags_with_characters_that_iam_refuses" {
  command = plan

  variables { tags = { Owner = "R&D" } }

  expect_failures = [var.tags]
}

run "tags_that_differ_by_case_alone" {
  command = plan

  variables { tags = { deployment = "lab" } }

  expect_failures = [var.tags]
}

run "more_tags_than_aws_takes" {
  command = plan

  variables { tags = { for n in range(47) : "tag${n}" => "x" } }

  expect_failures = [var.tags]
}

run "the_bundle_was_not_built" {
  command = plan

  variables { bundle_path = "../build/nothing.zip" }

  expect_failures = [var.bundle_path]
}

run "a_name_with_a_hyphen" {
  command = plan

  variables { name = "HIPPO-Gym" }

  expect_failures = [var.name]
}

run "a_name_too_long_for_iam" {
  command = plan

  variables { name = "a23456789_123456789_123456789_123" }

  expect_failures = [var.name]
}

run "values_that_aws_would_refuse" {
  command = plan

  variables {
    region              = "Canada"
    architecture        = "amd64"
    log_level           = "LOUD"
    log_retention_days  = 31
    max_runtime_minutes = 1441
    max_sessions        = 0
    cors_allow_origins  = ["https://study.example.org/page"]
    throttling          = { rate = 0 }
    memory_mb           = { next_step = 64 }
  }

  expect_failures = [
    var.region, var.architecture, var.log_level, var.log_retention_days, var.max_runtime_minutes, var.max_sessions, var.cors_allow_origins,
    var.throttling, var.memory_mb,
  ]
}

run "a_setting_that_has_a_variable_of_its_own" {
  command = plan

  variables {
    function_environment = { BUCKET = "another" }
  }

  expect_failures = [var.function_environment]
}

run "a_setting_that_would_log_answers" {
  command = plan

  variables {
    function_environment = { POWERTOOLS_LOGGER_LOG_EVENT = "true" }
  }

  expect_failures = [var.function_environment]
}

run "a_role_by_pattern" {
  command = plan

  variables {
    extra_task_role_arns = ["arn:aws:iam::123456789012:role/*"]
  }

  expect_failures = [var.extra_task_role_arns]
}

run "no_website_by_default" {
  command = plan

  assert {
    condition     = output.website_url == null && length(module.website) == 0
    error_message = "The participant page is optional."
  }
}

run "a_website_outside_the_zone" {
  command = plan

  variables {
    website = { domain = "study.example.org", price_class = "PriceClass_50" }
  }

  expect_failures = [var.website]
}

run "a_certificate_by_part_of_its_arn" {
  command = plan

  variables {
    session_certificate_secret_arn = "arn:aws:secretsmanager:ca-central-1:123456789012:secret:certificate"
  }

  expect_failures = [var.session_certificate_secret_arn]
}

run "a_certificate_of_another_region" {
  command = plan

  variables {
    session_certificate_secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:certificate-AbCdEf"
  }

  expect_failures = [var.session_certificate_secret_arn]
}

run "a_certificate_of_acm" {
  command = plan

  variables {
    session_certificate_secret_arn = "arn:aws:acm:ca-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
  }

  expect_failures = [var.session_certificate_secret_arn]
}

run "fractions_where_aws_takes_whole_numbers" {
  command = plan

  variables {
    log_retention_days  = 30.5
    max_runtime_minutes = 45.5
    max_sessions        = 1.5
    memory_mb           = { next_step = 512.5 }
    noncurrent_days     = 1.5
    session_ports       = [5000.5]
    sweep_minutes       = 5.5
    throttling          = { burst = 400.5 }
  }

  expect_failures = [
    var.log_retention_days, var.max_runtime_minutes, var.max_sessions, var.memory_mb, var.noncurrent_days, var.session_ports, var.sweep_minutes,
    var.throttling,
  ]
}

run "zero_where_aws_takes_none" {
  command = plan

  variables {
    alarm_thresholds    = { orphans = 0 }
    max_runtime_minutes = 0
    max_sessions        = 0
    memory_mb           = { next_step = 0 }
    monthly_budget      = { usd = 0 }
    noncurrent_days     = 0
    session_ports       = [0]
    sweep_minutes       = 0
    throttling          = { burst = 0 }
  }

  expect_failures = [
    var.alarm_thresholds, var.max_runtime_minutes, var.max_sessions, var.memory_mb, var.monthly_budget, var.noncurrent_days, var.session_ports,
    var.sweep_minutes, var.throttling,
  ]
}

run "sweeps_further_apart_than_lambda_keeps_an_event" {
  command = plan

  variables { sweep_minutes = 361 }

  expect_failures = [var.sweep_minutes]
}

run "sweeps_six_hours_apart_and_a_rate_below_two" {
  command = plan

  variables {
    sweep_minutes = 360
    throttling    = { rate = 1.5 }
  }

  # That the plan is accepted is the test: API Gateway takes a fraction of a request a second.
}

run "a_role_path_that_policies_cannot_hold" {
  command = plan

  variables { role_path = "/${join("", [for _ in range(127) : "r"])}/" }

  expect_failures = [var.role_path]
}
