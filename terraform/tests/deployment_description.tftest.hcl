mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name                = "pilot"
  region              = "ca-central-1"
  account_id          = "123456789012"
  bucket              = "pilot-projects"
  root_domain         = "play.example.net"
  api_url             = "https://api1.execute-api.ca-central-1.amazonaws.com"
  functions           = { update_project_master_list = "pilot_update_project_master_list" }
  execution_role_arn  = "arn:aws:iam::123456789012:role/pilot_session_execution"
  task_role_arn       = "arn:aws:iam::123456789012:role/pilot_session_task"
  session_log_group   = "/ecs/pilot"
  shared_cluster      = ""
  max_runtime_minutes = 45
  max_task_cpu        = 4
  max_task_memory     = 30
  keep_addresses      = "coarse"
  keep_browser        = "family"
  retain_days         = null
  session_ports       = [443, 5000]
}

run "the_parameter_is_named_after_the_deployment" {
  module { source = "./modules/deployment_description" }

  assert {
    condition     = aws_ssm_parameter.this.name == "/hippo-gym/pilot" && aws_ssm_parameter.this.type == "String"
    error_message = "hippo reads /hippo-gym/<name>, and has no key to decrypt it."
  }

  assert {
    condition = jsondecode(aws_ssm_parameter.this.value) == {
      version           = 1
      name              = "pilot"
      region            = "ca-central-1"
      accountId         = "123456789012"
      bucket            = "pilot-projects"
      rootDomain        = "play.example.net"
      apiUrl            = "https://api1.execute-api.ca-central-1.amazonaws.com"
      functions         = { update_project_master_list = "pilot_update_project_master_list" }
      executionRoleArn  = "arn:aws:iam::123456789012:role/pilot_session_execution"
      taskRoleArn       = "arn:aws:iam::123456789012:role/pilot_session_task"
      sessionLogGroup   = "/ecs/pilot"
      sharedCluster     = ""
      maxRuntimeMinutes = 45
      maxTaskCpu        = 4
      maxTaskMemory     = 30
      keepAddresses     = "coarse"
      keepBrowser       = "family"
      retainDays        = null
      sessionPorts      = [443, 5000]

      pageUrl      = null
      assetsBucket = null

      sessionCertificateSecretArn = null
    }
    error_message = "The description must contain every key that hippo reads."
  }

  assert {
    condition     = output.parameter_name == "/hippo-gym/pilot"
    error_message = "The output must be the parameter's name."
  }
}

run "a_certificate_for_the_servers" {
  module { source = "./modules/deployment_description" }

  variables {
    session_certificate_secret_arn = "arn:aws:secretsmanager:ca-central-1:123456789012:secret:certificate-AbCdEf"
  }

  assert {
    condition     = jsondecode(aws_ssm_parameter.this.value).sessionCertificateSecretArn == "arn:aws:secretsmanager:ca-central-1:123456789012:secret:certificate-AbCdEf"
    error_message = "hippo must find the secret from which task definitions get the certificate."
  }
}

run "a_shared_cluster_and_a_key_of_the_team" {
  module { source = "./modules/deployment_description" }

  variables {
    shared_cluster = "pilot-shared"
    kms_key_arn    = "arn:aws:kms:ca-central-1:123456789012:key/one"
  }

  assert {
    condition     = jsondecode(aws_ssm_parameter.this.value).sharedCluster == "pilot-shared"
    error_message = "hippo must find the cluster that sessions run in."
  }

  assert {
    condition     = aws_ssm_parameter.this.type == "SecureString" && aws_ssm_parameter.this.key_id == "arn:aws:kms:ca-central-1:123456789012:key/one"
    error_message = "The description must be encrypted with the given key."
  }
}

run "a_runtime_of_half_minutes" {
  command = plan

  module { source = "./modules/deployment_description" }

  variables { max_runtime_minutes = 45.5 }

  expect_failures = [var.max_runtime_minutes]
}

run "a_participant_page" {
  module { source = "./modules/deployment_description" }

  variables {
    page_url = "https://study.example.net"
  }

  assert {
    condition     = jsondecode(aws_ssm_parameter.this.value).pageUrl == "https://study.example.net"
    error_message = "hippo prints participants' links with this URL."
  }
}
