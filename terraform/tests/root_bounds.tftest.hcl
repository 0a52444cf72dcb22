# What bounds the cost of a deployment whose team sets nothing, and which settings are refused.
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

run "a_limit_on_sessions_by_default" {
  command = plan

  assert {
    condition     = alltrue([for file in ["start_server", "stop_server", "sweep_sessions"] : local.functions[file].environment.MAX_SESSIONS == "50"])
    error_message = "A deployment whose team sets nothing must have a limit on servers."
  }

  assert {
    condition     = [for file, function in local.functions : file if lookup(function.environment, "MAX_LINE", "") == "200"] == ["next_step", "start_server", "stop_server", "sweep_sessions"]
    error_message = "Every function that reads or writes the line must get its greatest length."
  }

  assert {
    condition     = [for file, function in local.functions : file if lookup(function.environment, "MAX_TASK_CPU", "") == "2048" && lookup(function.environment, "MAX_TASK_MEMORY", "") == "16384"] == ["start_server", "update_project_master_list"]
    error_message = "The functions that register and start servers must get the largest size, in the units of ECS."
  }

  assert {
    condition     = local.monthly_budget == null
    error_message = "Without an alarm address there must be no budget: it could tell no person."
  }
}

run "an_address_for_alarms_brings_a_budget" {
  command = plan

  variables { alarm_emails = ["lab@example.net"] }

  assert {
    condition     = local.monthly_budget.usd == 200 && !local.monthly_budget.whole_account
    error_message = "With an alarm address there must be a budget."
  }
}

run "a_budget_of_the_team_s_own" {
  command = plan

  variables {
    alarm_topic_arn = "arn:aws:sns:ca-central-1:123456789012:on_call"
    monthly_budget  = { usd = 30, whole_account = true }
  }

  assert {
    condition     = local.monthly_budget.usd == 30 && local.monthly_budget.whole_account
    error_message = "The team's own budget must be kept."
  }
}

run "no_budget" {
  command = plan

  variables {
    alarm_emails   = ["lab@example.net"]
    monthly_budget = { usd = 0 }
  }

  assert {
    condition     = local.monthly_budget == null
    error_message = "0 must mean no budget."
  }
}

run "neither_a_limit_nor_an_alarm_address" {
  command = plan

  variables { max_sessions = 0 }

  expect_failures = [var.alarms]
}

run "no_limit_and_an_address_but_no_alarms" {
  command = plan

  variables {
    max_sessions = 0
    alarm_emails = ["lab@example.net"]
    alarms       = false
  }

  expect_failures = [var.alarms]
}

run "sizes_and_numbers_that_mean_nothing" {
  command = plan

  variables {
    max_line               = 0
    max_warm               = -1
    max_task_cpu           = 3
    max_task_memory        = 121
    record_noncurrent_days = 0
    keep_addresses         = "some"
    keep_browser           = "yes"
    retain_days            = 6
    reserved_concurrency   = { start_server = 0 }
    throttling             = { next = { burst = 0.5 } }
  }

  expect_failures = [var.keep_addresses, var.keep_browser, var.retain_days, var.max_line, var.max_warm, var.max_task_cpu, var.max_task_memory, var.record_noncurrent_days, var.reserved_concurrency, var.throttling]
}

run "no_limit_on_sessions_with_an_alarm_address" {
  command = plan

  variables {
    max_sessions = 0
    alarm_emails = ["lab@example.net"]
  }

  assert {
    condition     = alltrue([for function in values(local.functions) : !contains(keys(function.environment), "MAX_SESSIONS")])
    error_message = "Without max_sessions no function may get a limit."
  }
}
