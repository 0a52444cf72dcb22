mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  function_name      = "pilot_next_step"
  description        = "Serves a participant the next step of a study"
  timeout            = 10
  memory_mb          = 512
  environment        = { BUCKET = "pilot-projects" }
  policy_json        = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"ItsPurpose\"}]}"
  log_retention_days = 30

  code = {
    bundle_path      = "./main.tf" # any file: the mocked provider uploads nothing
    source_code_hash = "hash"
    handler          = "next_step.lambda_handler"
  }
}

run "the_function_has_the_given_settings" {
  module { source = "./modules/function" }

  assert {
    condition = (
      aws_lambda_function.this.function_name == "pilot_next_step"
      && aws_lambda_function.this.handler == "next_step.lambda_handler"
      && aws_lambda_function.this.timeout == 10
      && aws_lambda_function.this.memory_size == 512
      && aws_lambda_function.this.environment[0].variables == tomap({ BUCKET = "pilot-projects" })
      && aws_lambda_function.this.source_code_hash == "hash"
    )
    error_message = "Name, handler, timeout, memory, environment and code hash must be the given ones."
  }

  assert {
    condition     = aws_lambda_function.this.runtime == "python3.13" && aws_lambda_function.this.architectures == tolist(["arm64"])
    error_message = "The runtime must default to Python 3.13 on arm64."
  }

  assert {
    condition     = aws_lambda_function.this.tracing_config[0].mode == "Active"
    error_message = "Tracing must be on."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/pilot_next_step" && aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "The log group must be the one that Lambda writes to, with the given retention."
  }
}

run "lambda_stops_a_loop_by_default" {
  module { source = "./modules/function" }

  assert {
    condition     = length(aws_lambda_function_recursion_config.this) == 0
    error_message = "Terminate is Lambda's default and needs no resource."
  }
}

run "an_allowed_loop" {
  module { source = "./modules/function" }

  variables { recursive_loop = "Allow" }

  assert {
    condition     = aws_lambda_function_recursion_config.this[0].function_name == "pilot_next_step" && aws_lambda_function_recursion_config.this[0].recursive_loop == "Allow"
    error_message = "Lambda must let the function's chains continue."
  }
}

run "an_invalid_recursive_loop" {
  command = plan

  module { source = "./modules/function" }

  variables { recursive_loop = "Deny" }

  expect_failures = [var.recursive_loop]
}

run "the_function_has_its_own_role" {
  module { source = "./modules/function" }

  assert {
    condition     = aws_iam_role.this.name == "pilot_next_step" && aws_lambda_function.this.role == aws_iam_role.this.arn
    error_message = "The function must run with the role of the same name."
  }

  assert {
    condition = (
      one(data.aws_iam_policy_document.trust.statement).actions == toset(["sts:AssumeRole"])
      && one(data.aws_iam_policy_document.trust.statement).principals == toset([{ type = "Service", identifiers = toset(["lambda.amazonaws.com"]) }])
    )
    error_message = "Only Lambda may assume the role."
  }

  assert {
    condition     = aws_iam_role_policy.this.policy == var.policy_json && aws_iam_role_policy.this.role == aws_iam_role.this.name
    error_message = "The role must have exactly the given policy."
  }
}

run "an_invalid_architecture" {
  command = plan

  module { source = "./modules/function" }

  variables {
    code = { bundle_path = "./main.tf", source_code_hash = "hash", handler = "next_step.lambda_handler", architecture = "amd64" }
  }

  expect_failures = [var.code]
}

run "values_beyond_lambda_s_limits" {
  command = plan

  module { source = "./modules/function" }

  variables {
    function_name = "pilot next step"
    timeout       = 901
    memory_mb     = 64
  }

  expect_failures = [var.function_name, var.timeout, var.memory_mb]
}

run "boundary_path_and_key_of_the_team" {
  module { source = "./modules/function" }

  variables {
    role_path                = "/research/"
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
    kms_key_arn              = "arn:aws:kms:ca-central-1:123456789012:key/1"
  }

  assert {
    condition     = aws_iam_role.this.path == "/research/" && aws_iam_role.this.permissions_boundary == var.permissions_boundary_arn
    error_message = "The role must have boundary and path."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.kms_key_id == var.kms_key_arn
    error_message = "The log must be encrypted with the given key."
  }
}

run "fractions_where_lambda_takes_whole_numbers" {
  command = plan

  module { source = "./modules/function" }

  variables {
    timeout            = 3.5
    memory_mb          = 256.5
    log_retention_days = 31
  }

  expect_failures = [var.timeout, var.memory_mb, var.log_retention_days]
}

run "a_policy_of_the_longest_length" {
  command = plan

  module { source = "./modules/function" }

  # White space does not count in IAM's limit.
  variables { policy_json = replace(jsonencode({ Sid = format("%010230d", 0) }), ":", " :\n  ") }

  assert {
    condition     = length(aws_iam_role_policy.this.policy) > 10240
    error_message = "The length must be counted without white space."
  }
}

run "a_policy_that_is_too_long" {
  command = plan

  module { source = "./modules/function" }

  variables { policy_json = jsonencode({ Sid = format("%010231d", 0) }) }

  expect_failures = [aws_iam_role_policy.this]
}

run "no_reservation_by_default" {
  command = plan

  module { source = "./modules/function" }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == -1
    error_message = "Without a reservation the function must share the account's executions."
  }
}

run "a_reservation" {
  command = plan

  module { source = "./modules/function" }

  variables { reserved = 40 }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 40
    error_message = "Lambda must reserve the given number."
  }
}

run "a_reservation_of_nothing" {
  command = plan

  module { source = "./modules/function" }

  variables { reserved = 0 }

  expect_failures = [var.reserved]
}
