mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name               = "pilot"
  region             = "ca-central-1"
  account_id         = "123456789012"
  bucket_arn         = "arn:aws:s3:::pilot-projects"
  log_retention_days = 30
  task_role          = true
}

run "names_that_task_definitions_use" {
  module { source = "./modules/session_servers" }

  assert {
    condition     = aws_iam_role.execution.name == "pilot_session_execution" && aws_iam_role.task[0].name == "pilot_session_task"
    error_message = "The roles must be <name>_session_execution and <name>_session_task."
  }

  assert {
    condition     = output.log_group == "/ecs/pilot" && aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "The servers' log group must be /ecs/<name>, with retention."
  }
}

run "only_ecs_tasks_of_this_account_assume_the_roles" {
  module { source = "./modules/session_servers" }

  assert {
    condition     = one(data.aws_iam_policy_document.trust.statement).principals == toset([{ type = "Service", identifiers = toset(["ecs-tasks.amazonaws.com"]) }])
    error_message = "Only ECS tasks may assume the roles."
  }

  assert {
    condition = one(data.aws_iam_policy_document.trust.statement).condition == toset([
      { test = "StringEquals", variable = "aws:SourceAccount", values = tolist(["123456789012"]) },
      { test = "ArnLike", variable = "aws:SourceArn", values = tolist(["arn:aws:ecs:ca-central-1:123456789012:*"]) },
    ])
    error_message = "Only tasks of this account and Region may assume the roles."
  }

  assert {
    condition     = aws_iam_role.task[0].assume_role_policy == data.aws_iam_policy_document.trust.json && aws_iam_role.execution.assume_role_policy == data.aws_iam_policy_document.trust.json
    error_message = "Both roles must have that trust policy."
  }
}

run "a_server_stores_its_trials_and_nothing_else" {
  module { source = "./modules/session_servers" }

  assert {
    condition = (
      { for s in data.aws_iam_policy_document.task.statement : s.sid => [s.actions, s.resources] } == {
        KeepTrials       = [toset(["s3:GetObject", "s3:PutObject"]), toset(["arn:aws:s3:::pilot-projects/*/Trials/*"])]
        KeepOutOfRecords = [toset(["s3:GetObject", "s3:PutObject"]), toset(["arn:aws:s3:::pilot-projects/_*"])]
        SendTraces       = [toset(["xray:PutTraceSegments"]), toset(["*"])]
      }
    )
    error_message = "A container may read and write trials and send traces only: not pages, participants, sessions or the master list."
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.execution.statement : s.sid => [s.actions, s.resources] } == {
      LogInToRegistry = [toset(["ecr:GetAuthorizationToken"]), toset(["*"])]
      PullImages      = [toset(["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]), toset(["arn:aws:ecr:ca-central-1:123456789012:repository/*"])]
      WriteSessionLog = [toset(["logs:CreateLogStream", "logs:PutLogEvents"]), toset(["arn:aws:logs:ca-central-1:123456789012:log-group:/ecs/pilot:*"])]
    }
    error_message = "The execution role may pull images of this account and write the session log."
  }
}

run "without_a_task_role_containers_have_none" {
  module { source = "./modules/session_servers" }

  variables {
    task_role = false
  }

  assert {
    condition     = length(aws_iam_role.task) == 0 && length(aws_iam_role_policy.task) == 0 && output.task_role_arn == null
    error_message = "There must be no role for containers unless task_role is true."
  }
}

run "each_session_has_its_own_cluster" {
  module { source = "./modules/session_servers" }

  assert {
    condition     = length(aws_ecs_cluster.shared) == 0 && output.shared_cluster == ""
    error_message = "There must be no shared cluster by default."
  }
}

run "sessions_may_share_a_cluster" {
  module { source = "./modules/session_servers" }

  variables {
    cluster_mode = "shared"
  }

  assert {
    condition     = keys(aws_ecs_cluster.shared) == ["pilot-shared"] && output.shared_cluster == "pilot-shared"
    error_message = "The shared cluster must be named <name>-shared: the roles and the task-state rule match clusters by <name>-*."
  }

  assert {
    condition     = one([for providers in aws_ecs_cluster_capacity_providers.shared : providers.capacity_providers]) == toset(["FARGATE", "FARGATE_SPOT"])
    error_message = "Both Fargate capacity providers must be available: a project chooses one."
  }

  assert {
    condition = alltrue([
      for cluster in aws_ecs_cluster.shared : { for setting in cluster.setting : setting.name => setting.value } == { containerInsights = "disabled" }
    ])
    error_message = "The cluster must switch Container Insights off, because it costs money and the account's default may be on."
  }
}

run "ecs_reads_the_certificate_and_no_other_secret" {
  module { source = "./modules/session_servers" }

  variables {
    certificate_secret_arn = "arn:aws:secretsmanager:ca-central-1:123456789012:secret:certificate-AbCdEf"
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.execution.statement : s.sid => [s.actions, s.resources] if !contains(["LogInToRegistry", "PullImages", "WriteSessionLog"], s.sid) } == {
      ReadCertificate = [toset(["secretsmanager:GetSecretValue"]), toset(["arn:aws:secretsmanager:ca-central-1:123456789012:secret:certificate-AbCdEf"])]
    }
    error_message = "The execution role may read only the one secret, by its complete ARN, and needs no key for it."
  }

  assert {
    condition     = !anytrue([for s in data.aws_iam_policy_document.task.statement : anytrue([for action in s.actions : startswith(action, "secretsmanager:")])])
    error_message = "ECS passes the certificate to a container: the container's own role must read no secret."
  }
}

run "a_certificate_encrypted_with_a_key_of_the_team" {
  module { source = "./modules/session_servers" }

  variables {
    certificate_secret_arn = "arn:aws:secretsmanager:ca-central-1:123456789012:secret:certificate-AbCdEf"
    kms_key_arn            = "arn:aws:kms:ca-central-1:123456789012:key/1"
  }

  assert {
    condition = {
      for s in data.aws_iam_policy_document.execution.statement : s.sid => [s.actions, s.resources, { for c in s.condition : c.variable => one(c.values) }] if s.sid == "UseKeyForCertificate"
      } == {
      UseKeyForCertificate = [
        toset(["kms:Decrypt"]), toset(["arn:aws:kms:ca-central-1:123456789012:key/1"]),
        {
          "kms:ViaService"                  = "secretsmanager.ca-central-1.amazonaws.com",
          "kms:EncryptionContext:SecretARN" = "arn:aws:secretsmanager:ca-central-1:123456789012:secret:certificate-AbCdEf"
        }
      ]
    }
    error_message = "ECS may use the key for the one secret only."
  }
}

run "boundary_path_and_key_of_the_team" {
  module { source = "./modules/session_servers" }

  variables {
    role_path                = "/research/"
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
    kms_key_arn              = "arn:aws:kms:ca-central-1:123456789012:key/1"
  }

  assert {
    condition = alltrue([for role in [aws_iam_role.execution, aws_iam_role.task[0]] :
      role.path == "/research/" && role.permissions_boundary == var.permissions_boundary_arn
    ])
    error_message = "Both roles must have boundary and path."
  }

  assert {
    condition = aws_cloudwatch_log_group.this.kms_key_id == var.kms_key_arn && {
      for s in data.aws_iam_policy_document.task.statement : s.sid => { for c in s.condition : c.variable => one(c.values) }
      } == {
      KeepTrials       = {}
      KeepOutOfRecords = {}
      SendTraces       = { "aws:RequestedRegion" = "ca-central-1" }
      UseKeyForTrials  = { "kms:ViaService" = "s3.ca-central-1.amazonaws.com", "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::pilot-projects" }
    }
    error_message = "The log must be encrypted with the key, and a server may use the key only for objects of the bucket."
  }

  assert {
    condition     = !anytrue([for s in data.aws_iam_policy_document.execution.statement : anytrue([for action in s.actions : startswith(action, "kms:")])])
    error_message = "The execution role must not use the key."
  }
}

run "an_invalid_log_retention" {
  command = plan

  module { source = "./modules/session_servers" }

  variables { log_retention_days = 31 }

  expect_failures = [var.log_retention_days]
}
