# Domain names of the API and the participant page in the root, and the labels that they reserve.
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

run "the_name_that_aws_assigned_by_default" {
  command = plan

  override_resource {
    target          = module.api.aws_apigatewayv2_api.this
    override_during = plan
    values = {
      api_endpoint  = "https://api1.execute-api.ca-central-1.amazonaws.com"
      execution_arn = "arn:aws:execute-api:ca-central-1:123456789012:api1"
    }
  }

  assert {
    condition     = length(module.api_domain) == 0 && output.next_url == "https://api1.execute-api.ca-central-1.amazonaws.com/next" && output.api_url == output.execute_api_url
    error_message = "The API's own domain name must be optional."
  }

  assert {
    condition     = length(local.reserved_names) == 0 && alltrue([for function in values(local.functions) : !contains(keys(function.environment), "RESERVED_NAMES")])
    error_message = "Without domain names no label may be reserved."
  }
}

run "the_outputs_and_functions_use_the_api_s_own_name" {
  command = plan

  variables {
    api_domain = "api.play.example.net"
    website    = { domain = "study.play.example.net" }
  }

  assert {
    condition     = output.api_url == "https://api.play.example.net" && output.next_url == "https://api.play.example.net/next"
    error_message = "The outputs must use the API's own name."
  }

  assert {
    condition     = local.reserved_names == tolist(["api", "study"])
    error_message = "The labels of API and participant page must be reserved."
  }

  assert {
    condition     = [for file, function in local.functions : file if lookup(function.environment, "RESERVED_NAMES", "") == "api,study"] == ["next_step", "start_server", "stop_server", "sweep_sessions"]
    error_message = "Every function that writes, deletes or reports a server's name must get the reserved labels."
  }
}

run "further_names_are_reserved_too" {
  command = plan

  variables {
    api_domain     = "api.play.example.net"
    reserved_names = ["www", "api"]
  }

  assert {
    condition     = local.reserved_names == tolist(["api", "www"])
    error_message = "reserved_names must be added, each once."
  }
}

run "the_root_domain_itself_and_deeper_names_are_no_labels" {
  command = plan

  variables {
    api_domain = "play.example.net"
    website    = { domain = "the.study.play.example.net" }
  }

  assert {
    condition     = length(local.reserved_names) == 0
    error_message = "Only single labels may be reserved: a participant's id is one label."
  }
}

run "a_name_outside_the_zone_and_two_labels_at_once" {
  command = plan

  variables {
    api_domain     = "api.example.net"
    reserved_names = ["www.play", "WWW"]
  }

  expect_failures = [var.api_domain, var.reserved_names]
}

run "one_name_for_two" {
  command = plan

  variables {
    api_domain = "study.play.example.net"
    website    = { domain = "study.play.example.net" }
  }

  expect_failures = [var.api_domain]
}
