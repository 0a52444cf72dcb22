mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name           = "pilot"
  state_location = "s3://pilot-state/hippo-gym/pilot/terraform.tfstate"
}

run "the_record_names_the_state" {
  command = plan

  module { source = "./modules/owner" }

  assert {
    condition     = aws_ssm_parameter.this.name == "/hippo-gym/pilot/owner" && aws_ssm_parameter.this.type == "String"
    error_message = "`make plan` reads /hippo-gym/<name>/owner, and has no key to decrypt it."
  }

  assert {
    condition     = jsondecode(aws_ssm_parameter.this.insecure_value) == { version = 1, state = "s3://pilot-state/hippo-gym/pilot/terraform.tfstate" }
    error_message = "The record must name the state."
  }

  assert {
    condition     = aws_ssm_parameter.this.overwrite == null
    error_message = "With overwrite a second state would take the record over."
  }

  assert {
    condition     = output.name == "pilot"
    error_message = "The name must be known in a plan: policies and settings are built from it."
  }
}

run "a_state_that_is_not_known" {
  command = plan

  module { source = "./modules/owner" }

  variables { state_location = null }

  assert {
    condition     = jsondecode(aws_ssm_parameter.this.insecure_value).state == null
    error_message = "Without a location there is still a record, which no other state can create."
  }
}
