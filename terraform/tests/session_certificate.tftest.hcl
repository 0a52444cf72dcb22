# The certificate that renews itself: secrets, schedule, role, alarm; and what the setting refuses.
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
  region                  = "ca-central-1"
  root_domain             = "play.example.net"
  bundle_path             = "./main.tf" # any file: a plan reads only its hash
  certificate_bundle_path = "./main.tf"
}

run "without_the_setting_nothing_of_it_is_made" {
  command = plan

  assert {
    condition     = length(module.session_certificate) == 0 && !contains(keys(output.function_names), "renew_certificate") && !contains(keys(output.alarm_names), "certificate")
    error_message = "renew_certificate must be made only with session_certificate.acme."
  }
}

run "with_lets_encrypt" {
  command = plan

  variables {
    session_certificate = { acme = { email = "team@example.net", copy_to_bucket = true } }
  }

  assert {
    condition     = output.function_names["renew_certificate"] == "HIPPO_Gym_renew_certificate" && output.alarm_names["certificate"] == "HIPPO_Gym_certificate"
    error_message = "The function and its alarm must have the deployment's name."
  }

  assert {
    condition     = local.environments.certificate["ACME_DIRECTORY"] == "https://acme-v02.api.letsencrypt.org/directory"
    error_message = "The directory must be Let's Encrypt's, for browsers to trust the certificate."
  }

  assert {
    condition     = local.environments.certificate["COPY_TO_BUCKET"] == "hippo-gym-projects-123456789012" && !contains(keys(local.environments.certificate), "ACME_PROFILE")
    error_message = "What is not set must not be in the environment."
  }
}

run "a_private_ca" {
  command = plan

  variables {
    session_certificate = { acme = { directory = "https://ca.example.net/acme/directory" } }
  }

  assert {
    condition     = local.environments.certificate["ACME_DIRECTORY"] == "https://ca.example.net/acme/directory"
    error_message = "The function must use the given directory."
  }
}

run "a_given_secret_by_the_new_setting" {
  command = plan

  variables {
    session_certificate = { secret_arn = "arn:aws:secretsmanager:ca-central-1:123456789012:secret:certificate-AbCdEf" }
  }

  assert {
    condition     = local.given_certificate_secret_arn == "arn:aws:secretsmanager:ca-central-1:123456789012:secret:certificate-AbCdEf" && length(module.session_certificate) == 0
    error_message = "secret_arn must mean what session_certificate_secret_arn means."
  }
}

run "both_settings" {
  command = plan

  variables {
    session_certificate            = { acme = {} }
    session_certificate_secret_arn = "arn:aws:secretsmanager:ca-central-1:123456789012:secret:certificate-AbCdEf"
  }

  expect_failures = [var.session_certificate]
}

run "neither_way" {
  command = plan

  variables { session_certificate = {} }

  expect_failures = [var.session_certificate]
}

run "an_unknown_directory" {
  command = plan

  variables {
    session_certificate = { acme = { directory = "letsencrypt" } }
  }

  expect_failures = [var.session_certificate]
}

run "a_file_name_instead_of_roots" {
  command = plan

  variables {
    session_certificate = { acme = { directory = "https://ca.example.net/dir", trusted_roots = "roots.pem" } }
  }

  expect_failures = [var.session_certificate]
}

run "a_missing_bundle" {
  command = plan

  variables {
    session_certificate     = { acme = {} }
    certificate_bundle_path = "./missing.zip"
  }

  expect_failures = [var.certificate_bundle_path]
}

run "the_module" {
  module { source = "./modules/session_certificate" }

  variables {
    name     = "pilot"
    function = { arn = "arn:aws:lambda:ca-central-1:123456789012:function:pilot_renew_certificate", function_name = "pilot_renew_certificate" }
  }

  assert {
    condition     = aws_secretsmanager_secret.this["certificate"].name == "pilot/session_certificate" && aws_secretsmanager_secret.this["account"].name == "pilot/session_account"
    error_message = "The roles' policies know the secrets by these names."
  }

  assert {
    condition     = output.certificate_secret_arn == aws_secretsmanager_secret.this["certificate"].arn
    error_message = "Task definitions must name the certificate's secret, not the account's."
  }

  assert {
    condition     = aws_lambda_permission.this.source_arn == aws_cloudwatch_event_rule.this.arn && aws_lambda_function_event_invoke_config.this.maximum_retry_attempts == 0
    error_message = "Only the rule may start the function, and Lambda must not retry it."
  }
}
