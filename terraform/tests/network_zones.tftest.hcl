# A separate file, because existing subnets keep their zones and the runs of a file share one state.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "pilot"
}

run "one_zone_with_fargate_takes_both_subnets" {
  module { source = "./modules/network" }

  override_data {
    target = data.aws_availability_zones.usable[0]
    values = { names = ["us-west-1c"] }
  }

  assert {
    condition     = [for subnet in aws_subnet.public : subnet.availability_zone] == ["us-west-1c", "us-west-1c"]
    error_message = "If only one of the account's zones has Fargate, both subnets must be in it."
  }
}

run "no_zone_with_fargate" {
  command = plan

  module { source = "./modules/network" }

  override_data {
    target = data.aws_availability_zones.usable[0]
    values = { names = [] }
  }

  expect_failures = [data.aws_availability_zones.usable]
}
