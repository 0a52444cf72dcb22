mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  repository       = "team/study"
  deployers        = { prod = ["arn:aws:iam::aws:policy/AdministratorAccess"], pilot = ["arn:aws:iam::123456789012:policy/deployer"] }
  readable_buckets = ["state.example"]
}

run "each_role_trusts_jobs_of_one_environment_or_branch" {
  command = plan

  module { source = "./modules/github_oidc" }

  assert {
    condition = {
      for role, document in data.aws_iam_policy_document.trust : role => [
        for condition in document.statement[0].condition : condition.values if endswith(condition.variable, ":sub")
      ][0]
      } == {
      plan         = tolist(["repo:team/study:pull_request", "repo:team/study:ref:refs/heads/main"])
      deploy_prod  = tolist(["repo:team/study:environment:prod"])
      deploy_pilot = tolist(["repo:team/study:environment:pilot"])
    }
    error_message = "A deploying role must trust only the GitHub environment of its name; the planning role only pull requests and main."
  }

  assert {
    condition     = alltrue([for document in data.aws_iam_policy_document.trust : alltrue([for condition in document.statement[0].condition : condition.test == "StringEquals"])])
    error_message = "The trust must use whole names, never a pattern."
  }

  assert {
    condition     = alltrue([for document in data.aws_iam_policy_document.trust : contains([for condition in document.statement[0].condition : "${condition.variable}=${one(condition.values)}" if endswith(condition.variable, ":aud")], "token.actions.githubusercontent.com:aud=sts.amazonaws.com")])
    error_message = "The token's audience must be AWS."
  }
}

run "without_ids_only_audience_and_subject_are_compared" {
  command = plan

  module { source = "./modules/github_oidc" }

  assert {
    condition     = alltrue([for document in data.aws_iam_policy_document.trust : length(document.statement[0].condition) == 2])
    error_message = "Without ids the trust policy must compare only audience and subject."
  }
}

run "a_repository_with_ids" {
  command = plan

  module { source = "./modules/github_oidc" }

  variables {
    owner_id      = "123456"
    repository_id = "456789"
  }

  assert {
    condition = {
      for role, document in data.aws_iam_policy_document.trust : role => {
        for condition in document.statement[0].condition : trimprefix(condition.variable, "token.actions.githubusercontent.com:") => toset(condition.values)
      }
      } == {
      plan = {
        aud = toset(["sts.amazonaws.com"])
        sub = toset([
          "repo:team@123456/study@456789:pull_request", "repo:team@123456/study@456789:ref:refs/heads/main",
          "repo:team/study:pull_request", "repo:team/study:ref:refs/heads/main",
        ])
        repository_id = toset(["456789"])
      }
      deploy_prod = {
        aud           = toset(["sts.amazonaws.com"])
        sub           = toset(["repo:team@123456/study@456789:environment:prod", "repo:team/study:environment:prod"])
        repository_id = toset(["456789"])
        environment   = toset(["prod"])
      }
      deploy_pilot = {
        aud           = toset(["sts.amazonaws.com"])
        sub           = toset(["repo:team@123456/study@456789:environment:pilot", "repo:team/study:environment:pilot"])
        repository_id = toset(["456789"])
        environment   = toset(["pilot"])
      }
    }
    error_message = "The role must accept both forms of the subject, only with the repository's id, and a deploying role only with its environment."
  }

  assert {
    condition     = alltrue([for document in data.aws_iam_policy_document.trust : alltrue([for condition in document.statement[0].condition : condition.test == "StringEquals"])])
    error_message = "The trust must use whole values, never a pattern."
  }
}

run "ids_where_sts_compares_no_claims" {
  command = plan

  module { source = "./modules/github_oidc" }

  variables {
    owner_id      = "123456"
    repository_id = "456789"
    partition     = "aws-us-gov"
  }

  assert {
    condition = {
      for role, document in data.aws_iam_policy_document.trust : role => {
        for condition in document.statement[0].condition : trimprefix(condition.variable, "token.actions.githubusercontent.com:") => condition.values
      }
      }["deploy_prod"] == {
      aud = tolist(["sts.amazonaws.com"])
      sub = tolist(["repo:team@123456/study@456789:environment:prod"])
    }
    error_message = "Where STS cannot compare the repository's id, only the subject that contains it may be trusted."
  }
}

run "an_owner_without_a_repository" {
  command = plan

  module { source = "./modules/github_oidc" }

  variables { owner_id = "123456" }

  expect_failures = [var.repository_id]
}

run "a_repository_without_an_owner" {
  command = plan

  module { source = "./modules/github_oidc" }

  variables { repository_id = "456789" }

  expect_failures = [var.repository_id]
}

run "an_invalid_owner_id" {
  command = plan

  module { source = "./modules/github_oidc" }

  variables {
    owner_id      = "team"
    repository_id = "456789"
  }

  expect_failures = [var.owner_id]
}

run "an_invalid_repository_id" {
  command = plan

  module { source = "./modules/github_oidc" }

  variables {
    owner_id      = "123456"
    repository_id = "*"
  }

  expect_failures = [var.repository_id]
}

run "ids_in_the_repository_s_name" {
  command = plan

  module { source = "./modules/github_oidc" }

  variables { repository = "team@123456/study@456789" }

  expect_failures = [var.repository]
}

run "a_role_name_that_is_too_long" {
  command = plan

  module { source = "./modules/github_oidc" }

  variables {
    name      = "a23456789_123456789_123456789_12"
    deployers = { a23456789-123456789-123456789 = ["arn:aws:iam::aws:policy/AdministratorAccess"] }
  }

  expect_failures = [var.deployers]
}

run "roles_have_exactly_the_given_policies" {
  command = plan

  module { source = "./modules/github_oidc" }

  assert {
    condition     = { for attachment in aws_iam_role_policy_attachment.deploy : attachment.role => attachment.policy_arn } == { HIPPO_Gym_github_deploy_prod = "arn:aws:iam::aws:policy/AdministratorAccess", HIPPO_Gym_github_deploy_pilot = "arn:aws:iam::123456789012:policy/deployer" }
    error_message = "Each deploying role must get its own policies."
  }

  assert {
    condition     = aws_iam_role_policy_attachment.plan.policy_arn == "arn:aws:iam::aws:policy/ReadOnlyAccess"
    error_message = "The planning role must only read."
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.plan.statement : statement.effect == "Deny"]) && data.aws_iam_policy_document.plan.statement[0].not_resources == toset(["arn:aws:s3:::state.example/*"])
    error_message = "The planning role must read objects of readable_buckets only."
  }

  assert {
    condition     = length(setsubtract(["logs:GetLogEvents", "logs:FilterLogEvents", "logs:StartQuery", "sqs:ReceiveMessage"], data.aws_iam_policy_document.plan.statement[2].actions)) == 0
    error_message = "The planning role must read neither logs nor messages."
  }
}

run "the_planning_role_decrypts_only_with_the_given_keys" {
  command = plan

  module { source = "./modules/github_oidc" }

  variables {
    kms_key_arns = ["arn:aws:kms:ca-central-1:123456789012:key/1"]
  }

  assert {
    condition     = one(data.aws_iam_policy_document.keys[0].statement).actions == toset(["kms:Decrypt"]) && one(data.aws_iam_policy_document.keys[0].statement).resources == var.kms_key_arns
    error_message = "The planning role must decrypt with the given keys, and do nothing else with them."
  }

  assert {
    condition     = one(one(data.aws_iam_policy_document.keys[0].statement).condition).variable == "kms:ViaService" && aws_iam_role_policy.keys[0].role == "HIPPO_Gym_github_plan"
    error_message = "Decryption must be limited to S3 and Parameter Store."
  }
}

run "without_a_key_nothing_is_decrypted" {
  command = plan

  module { source = "./modules/github_oidc" }

  assert {
    condition     = length(aws_iam_role_policy.keys) == 0
    error_message = "Without a key there must be no permission for one."
  }
}

run "an_alias_is_not_a_key" {
  command = plan

  module { source = "./modules/github_oidc" }

  variables {
    kms_key_arns = ["arn:aws:kms:ca-central-1:123456789012:alias/research"]
  }

  expect_failures = [var.kms_key_arns]
}

run "a_given_provider_is_used" {
  command = plan

  module { source = "./modules/github_oidc" }

  variables {
    provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "With provider_arn no provider may be created: an account can have only one for GitHub."
  }
}

run "a_pattern_as_repository" {
  command = plan

  module { source = "./modules/github_oidc" }

  variables {
    repository = "team/*"
  }

  expect_failures = [var.repository]
}

run "a_projects_bucket_among_readable_buckets" {
  command = plan

  module { source = "./modules/github_oidc" }

  variables {
    readable_buckets = ["state.example", "hippo-gym-projects-123456789012"]
  }

  expect_failures = [var.readable_buckets]
}
