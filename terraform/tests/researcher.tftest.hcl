mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name              = "pilot"
  region            = "ca-central-1"
  account_id        = "123456789012"
  bucket_arn        = "arn:aws:s3:::pilot-projects"
  assets_bucket_arn = "arn:aws:s3:::pilot-website-123456789012"
  task_role_arns    = ["arn:aws:iam::123456789012:role/pilot_session_execution", "arn:aws:iam::123456789012:role/pilot_session_task"]
  session_log_group = "/ecs/pilot"
}

run "a_researcher_may_do_what_hippo_does" {
  module { source = "./modules/researcher" }

  assert {
    condition = jsonencode({ for s in data.aws_iam_policy_document.this.statement : s.sid => sort(s.actions) }) == jsonencode({
      FindDeployment   = ["ssm:GetParameter"]
      ListProjects     = ["s3:ListBucket", "s3:ListBucketVersions"]
      ReadProjects     = ["s3:GetObject"]
      ReadHistory      = ["s3:GetObject", "s3:GetObjectVersion"]
      WriteVersions    = ["s3:GetObject", "s3:PutObject"]
      ChangePages      = ["s3:DeleteObject", "s3:PutObject"]
      OtherServices    = ["ecr:DescribeRepositories", "ecr:ListTagsForResource", "lambda:InvokeFunction", "logs:GetLogEvents", "ssm:GetParameter", "ssm:PutParameter"]
      MakeRepositories = ["ecr:CreateRepository", "ecr:TagResource"]
      PushImages       = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
      RegisterTasks    = ["ecs:RegisterTaskDefinition"]
      TagTasks         = ["ecs:TagResource"]
      PassTaskRoles    = ["iam:PassRole"]
      RegistryAndTasks = ["ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions"]

      ForgetParticipants = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
      ForgetPastSessions = ["s3:DeleteObjectVersion"]
      ForgetOnRosters    = ["s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
    })
    error_message = "The policy must have exactly these statements, one for each purpose."
  }

  assert {
    condition = jsonencode({ for s in data.aws_iam_policy_document.this.statement : s.sid => sort(s.resources) if startswith(s.sid, "Read") || contains(["ListProjects", "WriteVersions", "ChangePages"], s.sid) || startswith(s.sid, "Forget") }) == jsonencode({
      ListProjects       = ["arn:aws:s3:::pilot-projects"]
      ReadProjects       = ["arn:aws:s3:::pilot-projects/*/Trials/*", "arn:aws:s3:::pilot-projects/*/Users/*"]
      ReadHistory        = ["arn:aws:s3:::pilot-projects/*.html", "arn:aws:s3:::pilot-projects/_sessions/*", "arn:aws:s3:::pilot-projects/project_master_list.json"]
      WriteVersions      = ["arn:aws:s3:::pilot-projects/_versions/*", "arn:aws:s3:::pilot-website-123456789012/assets/*"]
      ChangePages        = ["arn:aws:s3:::pilot-projects/*.html"]
      ForgetParticipants = ["arn:aws:s3:::pilot-projects/*/Trials/*", "arn:aws:s3:::pilot-projects/*/Users/*", "arn:aws:s3:::pilot-projects/_sessions/ended/*"]
      ForgetPastSessions = ["arn:aws:s3:::pilot-projects/_sessions/live/*"]
      ForgetOnRosters    = ["arn:aws:s3:::pilot-projects/_participants/*"]
    })
    error_message = "A researcher may write pages and versions, delete a participant's data, and read; never write the master list, a record or a session."
  }

  assert {
    condition = jsonencode({ for s in data.aws_iam_policy_document.this.statement : s.sid => sort(s.resources) if contains(["PassTaskRoles", "FindDeployment", "OtherServices"], s.sid) }) == jsonencode({
      OtherServices = [
        "arn:aws:ecr:ca-central-1:123456789012:repository/*", "arn:aws:lambda:ca-central-1:123456789012:function:pilot_send_stop_server_message",
        "arn:aws:lambda:ca-central-1:123456789012:function:pilot_update_project_master_list",
        "arn:aws:logs:ca-central-1:123456789012:log-group:/ecs/pilot:log-stream:*",
        "arn:aws:ssm:ca-central-1:123456789012:parameter/hippo-gym-links/pilot/*",
      ]
      PassTaskRoles  = ["arn:aws:iam::123456789012:role/pilot_session_execution", "arn:aws:iam::123456789012:role/pilot_session_task"]
      FindDeployment = ["arn:aws:ssm:*:123456789012:parameter/hippo-gym/pilot"]
    })
    error_message = "A researcher may invoke two functions of this deployment, read its sessions' logs, look for repositories, pass its two roles, read its description, and read and write the keys of its links."
  }

  assert {
    condition     = toset([for s in data.aws_iam_policy_document.this.statement : s.sid if contains(s.resources, "*")]) == toset(["RegistryAndTasks", "RegisterTasks"])
    error_message = "\"*\" is only for actions without a resource type."
  }
}

run "repositories_and_task_definitions_are_limited_by_tag" {
  module { source = "./modules/researcher" }

  assert {
    condition = jsonencode({ for s in data.aws_iam_policy_document.this.statement : s.sid => sort([for c in s.condition : "${c.test} ${c.variable} ${join(",", c.values)}"]) if length(s.condition) > 0 }) == jsonencode({
      MakeRepositories = ["StringEquals aws:RequestTag/hippo-gym:deployment pilot", "StringEqualsIfExists aws:ResourceTag/hippo-gym:deployment pilot"]
      PushImages       = ["StringEquals aws:ResourceTag/hippo-gym:deployment pilot"]
      RegisterTasks    = ["StringEquals aws:RequestTag/hippo-gym:deployment pilot"]
      TagTasks         = ["StringEquals aws:RequestTag/hippo-gym:deployment pilot", "StringEquals ecs:CreateAction RegisterTaskDefinition"]

      RegistryAndTasks = ["StringEquals aws:RequestedRegion ca-central-1"]

      PassTaskRoles = ["StringEquals iam:PassedToService ecs-tasks.amazonaws.com"]
    })
    error_message = "Another deployment's repositories and task definitions must be denied, and roles may be passed to tasks only."
  }
}

run "with_a_key_researchers_use_it_for_objects_and_the_description" {
  module { source = "./modules/researcher" }

  variables { kms_key_arn = "arn:aws:kms:ca-central-1:123456789012:key/1" }

  assert {
    condition = { for s in data.aws_iam_policy_document.this.statement : s.sid => [s.actions, s.resources, { for c in s.condition : c.variable => one(c.values) }] if startswith(s.sid, "UseKey") } == {
      UseKeyForObjects = [toset(["kms:Decrypt", "kms:GenerateDataKey"]), toset([var.kms_key_arn]), {
        "kms:ViaService" = "s3.ca-central-1.amazonaws.com", "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::pilot-projects"
      }]
      UseKeyForDescription = [toset(["kms:Decrypt"]), toset([var.kms_key_arn]), {
        "kms:ViaService" = "ssm.ca-central-1.amazonaws.com", "kms:EncryptionContext:PARAMETER_ARN" = "arn:aws:ssm:ca-central-1:123456789012:parameter/hippo-gym/pilot"
      }]
    }
    error_message = "A researcher may use the key only through S3 for the bucket and through Parameter Store for the description."
  }
}

run "the_policy_is_attached_to_no_group_or_role_by_default" {
  module { source = "./modules/researcher" }

  assert {
    condition     = aws_iam_policy.this.name == "pilot_researcher" && aws_iam_policy.this.policy == data.aws_iam_policy_document.this.json
    error_message = "The policy must be named <name>_researcher: permission sets use this name."
  }

  assert {
    condition     = length(aws_iam_group_policy_attachment.this) == 0 && length(aws_iam_role_policy_attachment.this) == 0
    error_message = "The policy must not be attached by default."
  }
}

run "named_groups_and_roles_get_the_policy" {
  module { source = "./modules/researcher" }

  variables {
    researchers = { groups = ["lab"], roles = ["visitors"] }
  }

  assert {
    condition     = [for given in aws_iam_group_policy_attachment.this : given.group] == ["lab"] && [for given in aws_iam_role_policy_attachment.this : given.role] == ["visitors"]
    error_message = "Each named group and role must get the policy."
  }
}
