# The root as a whole: names, connections between modules, validations. Every run is a plan:
# prevent_destroy also applies in tests. tests/terraform checks the resulting policies and settings
# on the real provider's plan.
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
    condition     = output.function_names == { for file in ["next_step", "start_server", "stop_server", "send_start_server_message", "send_stop_server_message", "update_project_master_list", "issue_upload_ticket", "sweep_sessions"] : file => "HIPPO_Gym_${file}" }
    error_message = "Researchers' scripts invoke HIPPO_Gym_update_project_master_list: the default names must stay."
  }

  assert {
    condition     = local.bucket_name == "hippo-gym-projects-123456789012" && output.session_log_group == "/ecs/HIPPO_Gym"
    error_message = "Bucket and log group must be named after the deployment."
  }

  assert {
    condition     = output.root_domain == "play.example.net" && output.region == "ca-central-1" && output.name == "HIPPO_Gym"
    error_message = "The outputs must contain what tools need."
  }

  assert {
    condition     = output.protected_resources == tolist(["modules/projects_bucket: aws_s3_bucket.this"])
    error_message = "The review of a plan sees a removed prevent_destroy in this output."
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
    error_message = "Every name must follow var.name, except a given bucket name."
  }

  assert {
    condition     = alltrue([for arn in values(local.arns) : strcontains(arn, "pilot")])
    error_message = "Every ARN in the permissions must belong to this deployment."
  }
}

run "a_given_network_and_a_given_zone" {
  command = plan

  variables {
    hosted_zone_id     = "ZGIVEN"
    subnet_ids         = ["subnet-0a1", "subnet-0b2"]
    security_group_ids = ["sg-0c3"]
  }

  assert {
    condition     = output.hosted_zone_id == "ZGIVEN" && output.subnet_ids == tolist(["subnet-0a1", "subnet-0b2"]) && output.security_group_ids == tolist(["sg-0c3"])
    error_message = "The given network and zone must be used."
  }

  assert {
    condition     = local.functions.start_server.environment.SUBNET == "subnet-0a1,subnet-0b2" && local.functions.start_server.environment.SECURITY_GROUP == "sg-0c3"
    error_message = "start_server takes several subnets or groups, separated by commas."
  }
}

run "a_limit_on_sessions" {
  command = plan

  variables { max_sessions = 50 }

  assert {
    condition     = [for file, function in local.functions : file if lookup(function.environment, "MAX_SESSIONS", "") == "50"] == ["start_server", "stop_server", "sweep_sessions"]
    error_message = "Every function that assigns or frees places must get the limit."
  }
}

run "a_reserved_tag_key" {
  command = plan

  variables { tags = { "aws:owner" = "lab" } }

  expect_failures = [var.tags]
}

run "tags_with_invalid_characters" {
  command = plan

  variables { tags = { Owner = "R&D" } }

  expect_failures = [var.tags]
}

run "tags_that_differ_only_in_case" {
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

run "invalid_values" {
  command = plan

  variables {
    region              = "Canada"
    architecture        = "amd64"
    log_level           = "LOUD"
    log_retention_days  = 31
    max_runtime_minutes = 1441
    max_sessions        = -1
    cors_allow_origins  = ["https://study.example.org/page"]
    throttling          = { rate = 0 }
    memory_mb           = { next_step = 64 }
  }

  expect_failures = [
    var.region, var.architecture, var.log_level, var.log_retention_days, var.max_runtime_minutes, var.max_sessions, var.cors_allow_origins,
    var.throttling, var.memory_mb,
  ]
}

run "an_environment_variable_that_terraform_sets" {
  command = plan

  variables {
    function_environment = { BUCKET = "another" }
  }

  expect_failures = [var.function_environment]
}

run "an_environment_variable_that_would_log_answers" {
  command = plan

  variables {
    function_environment = { POWERTOOLS_LOGGER_LOG_EVENT = "true" }
  }

  expect_failures = [var.function_environment]
}

run "a_task_role_with_a_wildcard" {
  command = plan

  variables {
    extra_task_role_arns = ["arn:aws:iam::123456789012:role/*"]
  }

  expect_failures = [var.extra_task_role_arns]
}

run "families_and_repositories_with_a_wildcard" {
  command = plan

  variables {
    admitted_task_families      = ["a*"]
    admitted_image_repositories = ["lab/*"]
  }

  expect_failures = [var.admitted_task_families, var.admitted_image_repositories]
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

run "a_certificate_secret_by_a_partial_arn" {
  command = plan

  variables {
    session_certificate_secret_arn = "arn:aws:secretsmanager:ca-central-1:123456789012:secret:certificate"
  }

  expect_failures = [var.session_certificate_secret_arn]
}

run "a_certificate_secret_in_another_region" {
  command = plan

  variables {
    session_certificate_secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:certificate-AbCdEf"
  }

  expect_failures = [var.session_certificate_secret_arn]
}

run "a_certificate_of_acm_instead_of_a_secret" {
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
    max_sessions        = -1
    memory_mb           = { next_step = 0 }
    monthly_budget      = { usd = -1 }
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

  # The accepted plan is the test: API Gateway takes a fraction of a request a second.
}

run "a_role_path_that_policies_cannot_hold" {
  command = plan

  variables { role_path = "/${join("", [for _ in range(127) : "r"])}/" }

  expect_failures = [var.role_path]
}
