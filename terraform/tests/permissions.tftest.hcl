# The statements are asserted where they are written, and each function's policy by the names of the documents that it is
# made of: the mocked json of a document is its name, quoted.
mock_provider "aws" {
  source = "./tests/mocks"
}

override_data {
  target = data.aws_iam_policy_document.serve_pages
  values = { json = "\"serve_pages\"" }
}

override_data {
  target = data.aws_iam_policy_document.update_master_list
  values = { json = "\"update_master_list\"" }
}

override_data {
  target = data.aws_iam_policy_document.keep_session_records
  values = { json = "\"keep_session_records\"" }
}

override_data {
  target = data.aws_iam_policy_document.ask_for_start
  values = { json = "\"ask_for_start\"" }
}

override_data {
  target = data.aws_iam_policy_document.ask_for_stop
  values = { json = "\"ask_for_stop\"" }
}

override_data {
  target = data.aws_iam_policy_document.leave_failed_starts
  values = { json = "\"leave_failed_starts\"" }
}

override_data {
  target = data.aws_iam_policy_document.leave_failed_stops
  values = { json = "\"leave_failed_stops\"" }
}

override_data {
  target = data.aws_iam_policy_document.start_tasks
  values = { json = "\"start_tasks\"" }
}

override_data {
  target = data.aws_iam_policy_document.end_tasks
  values = { json = "\"end_tasks\"" }
}

override_data {
  target = data.aws_iam_policy_document.publish_addresses
  values = { json = "\"publish_addresses\"" }
}

override_data {
  target = data.aws_iam_policy_document.withdraw_addresses
  values = { json = "\"withdraw_addresses\"" }
}

override_data {
  target = data.aws_iam_policy_document.see_addresses
  values = { json = "\"see_addresses\"" }
}

override_data {
  target = data.aws_iam_policy_document.make_stop_schedules
  values = { json = "\"make_stop_schedules\"" }
}

override_data {
  target = data.aws_iam_policy_document.move_stop_schedules
  values = { json = "\"move_stop_schedules\"" }
}

override_data {
  target = data.aws_iam_policy_document.find_leftovers
  values = { json = "\"find_leftovers\"" }
}

variables {
  name                   = "pilot"
  region                 = "ca-central-1"
  account_id             = "123456789012"
  bucket_arn             = "arn:aws:s3:::pilot-projects"
  topic_arns             = { start_server = "arn:start", stop_server = "arn:stop" }
  dead_letter_queue_arns = { start_server = "arn:failed-starts", stop_server = "arn:failed-stops" }
  hosted_zone_id         = "ZONE"
  root_domain            = "Play.example.net"
  scheduler_role_arn     = "arn:aws:iam::123456789012:role/pilot_scheduler"
  task_role_arns         = ["arn:aws:iam::123456789012:role/pilot_session_execution", "arn:aws:iam::123456789012:role/a_study"]
}

run "each_function_holds_what_it_needs_and_no_more" {
  command = plan

  module { source = "./modules/permissions" }

  assert {
    condition = { for function, document in data.aws_iam_policy_document.function : function => toset([for json in document.source_policy_documents : jsondecode(json)]) } == {
      next_step = toset(["serve_pages", "ask_for_start", "ask_for_stop"])
      start_server = toset([
        "keep_session_records", "make_stop_schedules", "move_stop_schedules", "start_tasks", "end_tasks", "see_addresses",
        "publish_addresses", "ask_for_start", "leave_failed_starts",
      ])
      stop_server = toset([
        "keep_session_records", "end_tasks", "see_addresses", "withdraw_addresses", "move_stop_schedules", "ask_for_start", "leave_failed_stops",
      ])
      sweep_sessions = toset([
        "keep_session_records", "end_tasks", "see_addresses", "withdraw_addresses", "move_stop_schedules", "ask_for_start", "find_leftovers",
      ])
      send_start_server_message  = toset(["ask_for_start"])
      send_stop_server_message   = toset(["ask_for_stop"])
      update_project_master_list = toset(["update_master_list"])
    }
    error_message = "A function holds another set of permissions than the design gives it."
  }

  assert {
    condition = alltrue([for function, document in data.aws_iam_policy_document.function :
      { for s in document.statement : s.sid => [s.actions, s.resources] } == {
        WriteOwnLog = [toset(["logs:CreateLogStream", "logs:PutLogEvents"]), toset(["arn:aws:logs:ca-central-1:123456789012:log-group:/aws/lambda/pilot_${function}:*"])]
        SendTraces  = [toset(["xray:PutTraceSegments", "xray:PutTelemetryRecords"]), toset(["*"])]
    }])
    error_message = "Each function may write its own log, make no group, and send traces."
  }

  assert {
    condition     = toset(keys(output.policies)) == toset(keys(data.aws_iam_policy_document.function))
    error_message = "There must be a policy for each function."
  }
}

run "objects" {
  command = plan

  module { source = "./modules/permissions" }

  assert {
    condition = { for s in data.aws_iam_policy_document.serve_pages.statement : s.sid => [s.actions, s.resources] } == {
      TellMissingFromForbidden = [toset(["s3:ListBucket"]), toset(["arn:aws:s3:::pilot-projects"])]
      ReadProjects = [toset(["s3:GetObject"]), toset([
        "arn:aws:s3:::pilot-projects/project_master_list.json", "arn:aws:s3:::pilot-projects/*.html",
        "arn:aws:s3:::pilot-projects/_versions/*/project.json",
        "arn:aws:s3:::pilot-projects/*/Users/*", "arn:aws:s3:::pilot-projects/_sessions/*",
        "arn:aws:s3:::pilot-projects/_participants/*",
      ])]
      WriteParticipantRecords = [toset(["s3:PutObject"]), toset([
        "arn:aws:s3:::pilot-projects/*/Users/*", "arn:aws:s3:::pilot-projects/_participants/*",
      ])]
    }
    error_message = "next_step reads projects and writes participant records, and deletes nothing."
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.keep_session_records.statement : s.sid => [s.actions, s.resources] } == {
      TellMissingFromForbidden = [toset(["s3:ListBucket"]), toset(["arn:aws:s3:::pilot-projects"])]
      ReadMasterList           = [toset(["s3:GetObject"]), toset(["arn:aws:s3:::pilot-projects/project_master_list.json"])]
      KeepSessionRecords       = [toset(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]), toset(["arn:aws:s3:::pilot-projects/_sessions/*"])]
    }
    error_message = "The lifecycle reads the master list and keeps session records, and sees no participant's data."
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.update_master_list.statement : s.sid => [s.actions, s.resources] } == {
      TellMissingFromForbidden = [toset(["s3:ListBucket"]), toset(["arn:aws:s3:::pilot-projects"])]
      UpdateMasterList         = [toset(["s3:GetObject", "s3:PutObject"]), toset(["arn:aws:s3:::pilot-projects/project_master_list.json"])]
      BeginRosters             = [toset(["s3:GetObject", "s3:PutObject"]), toset(["arn:aws:s3:::pilot-projects/_participants/*"])]
    }
    error_message = "The update touches the master list and the rosters only."
  }

  # With a condition on the prefix S3 would answer 403 for a key that is not there.
  assert {
    condition = alltrue([for s in concat(
      data.aws_iam_policy_document.serve_pages.statement, data.aws_iam_policy_document.keep_session_records.statement,
      data.aws_iam_policy_document.update_master_list.statement,
    ) : length(s.condition) == 0])
    error_message = "Listing must be unconditioned."
  }
}

run "messages" {
  command = plan

  module { source = "./modules/permissions" }

  assert {
    condition = [for document in [
      data.aws_iam_policy_document.ask_for_start, data.aws_iam_policy_document.ask_for_stop,
      data.aws_iam_policy_document.leave_failed_starts, data.aws_iam_policy_document.leave_failed_stops,
      ] : [one(document.statement).actions, one(document.statement).resources]] == [
      [toset(["sns:Publish"]), toset(["arn:start"])], [toset(["sns:Publish"]), toset(["arn:stop"])],
      [toset(["sqs:SendMessage"]), toset(["arn:failed-starts"])], [toset(["sqs:SendMessage"]), toset(["arn:failed-stops"])],
    ]
    error_message = "Each wish must go to its own topic, and each failure to its own queue."
  }
}

run "tasks" {
  command = plan

  module { source = "./modules/permissions" }

  assert {
    condition = { for s in data.aws_iam_policy_document.start_tasks.statement : s.sid => [s.actions, s.resources] } == {
      ReadVersions              = [toset(["s3:GetObject"]), toset(["arn:aws:s3:::pilot-projects/_versions/*/project.json"])]
      MakeClusters              = [toset(["ecs:CreateCluster"]), toset(["*"])]
      MakeServiceLinkedRoleOnce = [toset(["iam:CreateServiceLinkedRole"]), toset(["arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS*"])]
      TagAtBirth = [toset(["ecs:TagResource"]), toset([
        "arn:aws:ecs:ca-central-1:123456789012:cluster/pilot-*", "arn:aws:ecs:ca-central-1:123456789012:task/pilot-*/*",
      ])]
      ReadTaskDefinitions   = [toset(["ecs:DescribeTaskDefinition"]), toset(["*"])]
      RunTasksInOwnClusters = [toset(["ecs:RunTask"]), toset(["arn:aws:ecs:ca-central-1:123456789012:task-definition/*"])]
      PassTaskRoles         = [toset(["iam:PassRole"]), toset(var.task_role_arns)]
      FindAddresses         = [toset(["ec2:DescribeNetworkInterfaces"]), toset(["*"])]
    }
    error_message = "Starting tasks takes exactly these actions, on everything only where AWS knows no resource."
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.start_tasks.statement : s.sid => one(s.condition) if length(s.condition) > 0 } == {
      MakeServiceLinkedRoleOnce = { test = "StringEquals", variable = "iam:AWSServiceName", values = tolist(["ecs.amazonaws.com"]) }
      TagAtBirth                = { test = "StringEquals", variable = "ecs:CreateAction", values = tolist(["CreateCluster", "RunTask"]) }
      RunTasksInOwnClusters     = { test = "ArnLike", variable = "ecs:cluster", values = tolist(["arn:aws:ecs:ca-central-1:123456789012:cluster/pilot-*"]) }
      PassTaskRoles             = { test = "StringEquals", variable = "iam:PassedToService", values = tolist(["ecs-tasks.amazonaws.com"]) }
    }
    error_message = "Tags only at birth, tasks only in own clusters, roles only to ECS tasks."
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.end_tasks.statement : s.sid => [s.actions, s.resources] } == {
      SeeAndDeleteOwnClusters = [toset(["ecs:DescribeClusters", "ecs:DeleteCluster"]), toset(["arn:aws:ecs:ca-central-1:123456789012:cluster/pilot-*"])]
      ListOwnTasks            = [toset(["ecs:ListTasks"]), toset(["*"])]
      SeeAndStopOwnTasks      = [toset(["ecs:DescribeTasks", "ecs:StopTask"]), toset(["arn:aws:ecs:ca-central-1:123456789012:task/pilot-*/*"])]
    }
    error_message = "Ending tasks reaches this deployment's clusters and tasks only."
  }

  assert {
    condition = one(one([for s in data.aws_iam_policy_document.end_tasks.statement : s.condition if s.sid == "ListOwnTasks"])) == {
      test = "ArnLike", variable = "ecs:cluster", values = tolist(["arn:aws:ecs:ca-central-1:123456789012:cluster/pilot-*"])
    }
    error_message = "Tasks may be listed in this deployment's clusters only."
  }
}

run "names" {
  command = plan

  module { source = "./modules/permissions" }

  assert {
    condition = { for s in concat(
      data.aws_iam_policy_document.publish_addresses.statement, data.aws_iam_policy_document.withdraw_addresses.statement,
      data.aws_iam_policy_document.see_addresses.statement,
      ) : s.sid => [s.actions, s.resources] } == {
      PointNamesAtServers = [toset(["route53:ChangeResourceRecordSets"]), toset(["arn:aws:route53:::hostedzone/ZONE"])]
      WaitForAddresses    = [toset(["route53:GetChange"]), toset(["arn:aws:route53:::change/*"])]
      WithdrawNames       = [toset(["route53:ChangeResourceRecordSets"]), toset(["arn:aws:route53:::hostedzone/ZONE"])]
      SeeAddresses        = [toset(["route53:ListResourceRecordSets"]), toset(["arn:aws:route53:::hostedzone/ZONE"])]
    }
    error_message = "Records may be changed and seen in the deployment's zone only."
  }

  assert {
    condition = { for s in concat(data.aws_iam_policy_document.publish_addresses.statement, data.aws_iam_policy_document.withdraw_addresses.statement) :
      s.sid => { for c in s.condition : c.variable => [c.test, toset(c.values)] } if length(s.condition) > 0 } == {
      PointNamesAtServers = {
        "route53:ChangeResourceRecordSetsActions"               = ["ForAllValues:StringEquals", toset(["CREATE", "UPSERT", "DELETE"])]
        "route53:ChangeResourceRecordSetsRecordTypes"           = ["ForAllValues:StringEquals", toset(["A", "TXT"])]
        "route53:ChangeResourceRecordSetsNormalizedRecordNames" = ["ForAllValues:StringLike", toset(["*.play.example.net"])]
      }
      WithdrawNames = {
        "route53:ChangeResourceRecordSetsActions"               = ["ForAllValues:StringEquals", toset(["DELETE"])]
        "route53:ChangeResourceRecordSetsRecordTypes"           = ["ForAllValues:StringEquals", toset(["A", "TXT"])]
        "route53:ChangeResourceRecordSetsNormalizedRecordNames" = ["ForAllValues:StringLike", toset(["*.play.example.net"])]
      }
    }
    error_message = "Only A and TXT records below root_domain may be changed, and stop_server may only delete them."
  }
}

run "schedules" {
  command = plan

  module { source = "./modules/permissions" }

  assert {
    condition = { for s in concat(
      data.aws_iam_policy_document.make_stop_schedules.statement, data.aws_iam_policy_document.move_stop_schedules.statement,
      ) : s.sid => [s.actions, s.resources] } == {
      MakeStopSchedules = [toset(["scheduler:CreateSchedule"]), toset(["arn:aws:scheduler:ca-central-1:123456789012:schedule/default/pilot-*"])]
      MoveStopSchedules = [toset(["scheduler:GetSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"]), toset(["arn:aws:scheduler:ca-central-1:123456789012:schedule/default/pilot-*"])]
      PassSchedulerRole = [toset(["iam:PassRole"]), toset(["arn:aws:iam::123456789012:role/pilot_scheduler"])]
    }
    error_message = "Only this deployment's schedules may be made, moved and deleted, with its own role."
  }

  assert {
    condition = one(one([for s in data.aws_iam_policy_document.move_stop_schedules.statement : s.condition if s.sid == "PassSchedulerRole"])) == {
      test = "StringEquals", variable = "iam:PassedToService", values = tolist(["scheduler.amazonaws.com"])
    }
    error_message = "The scheduler's role may be passed to the scheduler only."
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.find_leftovers.statement : s.sid => [s.actions, s.resources] } == {
      FindClusters  = [toset(["ecs:ListClusters"]), toset(["*"])]
      FindSchedules = [toset(["scheduler:ListSchedules"]), toset(["*"])]
    }
    error_message = "The sweeper lists, and lists only, on everything: neither action knows a resource."
  }
}

run "a_hyphen_would_reach_another_deployment" {
  command = plan

  module { source = "./modules/permissions" }

  variables { name = "pilot-2" }

  expect_failures = [var.name]
}

run "no_role_for_tasks" {
  command = plan

  module { source = "./modules/permissions" }

  variables { task_role_arns = [] }

  expect_failures = [var.task_role_arns]
}
