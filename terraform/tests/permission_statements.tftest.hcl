# What each document of the functions' policies allows. permissions.tftest.hcl checks which function
# gets which document.
mock_provider "aws" {
  source = "./tests/mocks"
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

run "objects" {
  command = plan

  module { source = "./modules/permissions" }

  assert {
    condition = { for s in data.aws_iam_policy_document.serve_pages.statement : s.sid => [s.actions, s.resources] } == {
      ReadProjects = [toset(["s3:GetObject"]), toset([
        "arn:aws:s3:::pilot-projects/project_master_list.json", "arn:aws:s3:::pilot-projects/*.html",
        "arn:aws:s3:::pilot-projects/_versions/*/project.json",
        "arn:aws:s3:::pilot-projects/*/Users/*", "arn:aws:s3:::pilot-projects/_participants/*",
        "arn:aws:s3:::pilot-projects/_sessions/live/*", "arn:aws:s3:::pilot-projects/_sessions/ended/*",
        "arn:aws:s3:::pilot-projects/_sessions/places.json",
      ])]
      WriteParticipantRecords = [toset(["s3:PutObject"]), toset([
        "arn:aws:s3:::pilot-projects/*/Users/*", "arn:aws:s3:::pilot-projects/_participants/*",
      ])]
      TagParticipantRecords = [toset(["s3:PutObjectTagging"]), toset(["arn:aws:s3:::pilot-projects/*/Users/*"])]
      WriteHeartbeats       = [toset(["s3:PutObject"]), toset(["arn:aws:s3:::pilot-projects/_sessions/here/*"])]
    }
    error_message = "next_step must read projects, write participant records and heartbeats, and delete nothing."
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.keep_session_records.statement : s.sid => [s.actions, s.resources] } == {
      KeepLiveRecords           = [toset(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]), toset(["arn:aws:s3:::pilot-projects/_sessions/live/*"])]
      KeepEndedRecordsAndPlaces = [toset(["s3:GetObject", "s3:PutObject"]), toset(["arn:aws:s3:::pilot-projects/_sessions/ended/*", "arn:aws:s3:::pilot-projects/_sessions/places.json"])]
    }
    error_message = "The lifecycle functions must write session records, delete only live ones, and read no participant's data."
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.update_master_list.statement : s.sid => [s.actions, s.resources] } == {
      UpdateMasterList = [toset(["s3:GetObject", "s3:PutObject"]), toset(["arn:aws:s3:::pilot-projects/project_master_list.json"])]
      BeginRosters     = [toset(["s3:GetObject", "s3:PutObject"]), toset(["arn:aws:s3:::pilot-projects/_participants/*"])]
    }
    error_message = "update_project_master_list must change the master list and the rosters only."
  }

  assert {
    condition = [for document in [data.aws_iam_policy_document.read_master_list, data.aws_iam_policy_document.read_versions, data.aws_iam_policy_document.mark_leftovers, data.aws_iam_policy_document.forget_heartbeats] :
      [one(document.statement).actions, one(document.statement).resources]] == [
      [toset(["s3:GetObject"]), toset(["arn:aws:s3:::pilot-projects/project_master_list.json"])],
      [toset(["s3:GetObject"]), toset(["arn:aws:s3:::pilot-projects/_versions/*/project.json"])],
      [toset(["s3:GetObject", "s3:PutObject"]), toset(["arn:aws:s3:::pilot-projects/_sessions/marks.json"])],
      [toset(["s3:GetObject", "s3:DeleteObject"]), toset(["arn:aws:s3:::pilot-projects/_sessions/here/*"])],
    ]
    error_message = "Master list and versions may be read, marks written, and heartbeats deleted."
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.keep_retention.statement : s.sid => [coalesce(s.effect, "Allow"), s.actions, s.resources] } == {
      FindPastVersions     = ["Allow", toset(["s3:ListBucketVersions"]), toset(["arn:aws:s3:::pilot-projects"])]
      CloseRecords         = ["Allow", toset(["s3:GetObject", "s3:GetObjectTagging", "s3:DeleteObject"]), toset(["arn:aws:s3:::pilot-projects/*/Users/*"])]
      RemoveAfterRetention = ["Allow", toset(["s3:DeleteObjectVersion"]), toset(["arn:aws:s3:::pilot-projects/*/Users/*", "arn:aws:s3:::pilot-projects/*/Trials/*", "arn:aws:s3:::pilot-projects/_sessions/ended/*"])]
      ForgetOnRosters      = ["Allow", toset(["s3:GetObject", "s3:PutObject"]), toset(["arn:aws:s3:::pilot-projects/_participants/*"])]
      KeepRetention        = ["Allow", toset(["s3:GetObject", "s3:PutObject"]), toset(["arn:aws:s3:::pilot-projects/_sessions/retention.json"])]
      KeepVersions         = ["Deny", toset(["s3:DeleteObject", "s3:DeleteObjectVersion"]), toset(["arn:aws:s3:::pilot-projects/_versions/*"])]
    }
    error_message = "The retention must delete participants' data only, and no page, version or list."
  }

  # With a condition on the prefix S3 would answer 403 for a missing key.
  assert {
    condition = [for s in data.aws_iam_policy_document.tell_missing_from_forbidden.statement : [s.actions, s.resources, length(s.condition)]] == [
      [toset(["s3:ListBucket"]), toset(["arn:aws:s3:::pilot-projects"]), 0]
    ]
    error_message = "Listing must have no condition."
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
    error_message = "Each kind of message must go to its own topic, and each failure to its own queue."
  }
}

run "tasks" {
  command = plan

  module { source = "./modules/permissions" }

  assert {
    condition = { for s in data.aws_iam_policy_document.start_tasks.statement : s.sid => [s.actions, s.resources] } == {
      MakeClusters                      = [toset(["ecs:CreateCluster"]), toset(["*"])]
      MakeServiceLinkedRoleOnce         = [toset(["iam:CreateServiceLinkedRole"]), toset(["arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS*"])]
      TagClustersAtBirth                = [toset(["ecs:TagResource"]), toset(["arn:aws:ecs:ca-central-1:123456789012:cluster/pilot-*"])]
      TagTasksAtBirth                   = [toset(["ecs:TagResource"]), toset(["arn:aws:ecs:ca-central-1:123456789012:task/pilot-*/*"])]
      RunTasksInOwnClusters             = [toset(["ecs:RunTask"]), toset(["arn:aws:ecs:ca-central-1:123456789012:task-definition/*:*"])]
      PassTaskRoles                     = [toset(["iam:PassRole"]), toset(var.task_role_arns)]
      LookAtTaskDefinitionsAndAddresses = [toset(["ecs:DescribeTaskDefinition", "ec2:DescribeNetworkInterfaces"]), toset(["*"])]
    }
    error_message = "Starting tasks needs exactly these actions; \"*\" only for actions without a resource type."
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.start_tasks.statement : s.sid => { for c in s.condition : c.variable => [c.test, one(c.values)] } } == {
      MakeClusters                      = { "aws:RequestTag/hippo-gym:deployment" = ["StringEquals", "pilot"], "aws:RequestedRegion" = ["StringEquals", "ca-central-1"] }
      MakeServiceLinkedRoleOnce         = { "iam:AWSServiceName" = ["StringEquals", "ecs.amazonaws.com"] }
      TagClustersAtBirth                = { "ecs:CreateAction" = ["StringEquals", "CreateCluster"] }
      TagTasksAtBirth                   = { "ecs:CreateAction" = ["StringEquals", "RunTask"] }
      RunTasksInOwnClusters             = { "ecs:cluster" = ["ArnLike", "arn:aws:ecs:ca-central-1:123456789012:cluster/pilot-*"], "aws:ResourceTag/hippo-gym:deployment" = ["StringEquals", "pilot"] }
      PassTaskRoles                     = { "iam:PassedToService" = ["StringEquals", "ecs-tasks.amazonaws.com"] }
      LookAtTaskDefinitionsAndAddresses = { "aws:RequestedRegion" = ["StringEquals", "ca-central-1"] }
    }
    error_message = "Tags only at creation, clusters only with the deployment's tag, tasks only in its clusters, roles only for ECS tasks."
  }

  assert {
    condition = { for s in concat(data.aws_iam_policy_document.end_tasks.statement, data.aws_iam_policy_document.find_leftovers.statement) : s.sid => [s.actions, s.resources] } == {
      DeleteOwnClusters        = [toset(["ecs:DeleteCluster"]), toset(["arn:aws:ecs:ca-central-1:123456789012:cluster/pilot-*"])]
      ListOwnTasks             = [toset(["ecs:ListTasks"]), toset(["*"])]
      SeeAndStopOwnTasks       = [toset(["ecs:DescribeTasks", "ecs:StopTask"]), toset(["arn:aws:ecs:ca-central-1:123456789012:task/pilot-*/*"])]
      FindClustersAndSchedules = [toset(["ecs:ListClusters", "scheduler:ListSchedules"]), toset(["*"])]
      SeeOwnClusters           = [toset(["ecs:DescribeClusters"]), toset(["arn:aws:ecs:ca-central-1:123456789012:cluster/pilot-*"])]
    }
    error_message = "Ending tasks must be limited to this deployment's clusters and tasks; the sweeper may only list what has no resource type."
  }

  assert {
    condition = { for s in concat(data.aws_iam_policy_document.end_tasks.statement, data.aws_iam_policy_document.find_leftovers.statement) : s.sid => { for c in s.condition : c.variable => one(c.values) } if contains(s.resources, "*") } == {
      ListOwnTasks             = { "ecs:cluster" = "arn:aws:ecs:ca-central-1:123456789012:cluster/pilot-*" }
      FindClustersAndSchedules = { "aws:RequestedRegion" = "ca-central-1" }
    }
    error_message = "Tasks may be listed only in this deployment's clusters; clusters and schedules only in its Region."
  }
}

run "names" {
  command = plan

  module { source = "./modules/permissions" }

  variables { reserved_names = ["api"] }

  assert {
    condition = { for s in concat(
      [for document in data.aws_iam_policy_document.change_addresses : one(document.statement)],
      data.aws_iam_policy_document.wait_for_addresses.statement, data.aws_iam_policy_document.see_addresses.statement,
      ) : s.sid => [s.actions, s.resources] } == {
      PointNamesAtServers = [toset(["route53:ChangeResourceRecordSets"]), toset(["arn:aws:route53:::hostedzone/ZONE"])]
      WithdrawNames       = [toset(["route53:ChangeResourceRecordSets"]), toset(["arn:aws:route53:::hostedzone/ZONE"])]
      WaitForAddresses    = [toset(["route53:GetChange"]), toset(["arn:aws:route53:::change/*"])]
      SeeAddresses        = [toset(["route53:ListResourceRecordSets"]), toset(["arn:aws:route53:::hostedzone/ZONE"])]
    }
    error_message = "Records may be changed and read in the deployment's zone only."
  }

  assert {
    condition = { for change, document in data.aws_iam_policy_document.change_addresses : change => one([
      for c in one(document.statement).condition : toset(c.values) if c.variable == "route53:ChangeResourceRecordSetsActions" && c.test == "ForAllValues:StringEquals"
    ]) } == { publish = toset(["UPSERT", "DELETE"]), withdraw = toset(["DELETE"]) }
    error_message = "stop_server and the sweeper may only delete records."
  }

  assert {
    condition = alltrue([for document in data.aws_iam_policy_document.change_addresses : {
      for c in one(document.statement).condition : "${c.test} ${trimprefix(c.variable, "route53:ChangeResourceRecordSets")}" => toset(c.values) if c.variable != "route53:ChangeResourceRecordSetsActions"
      } == {
      "ForAllValues:StringEquals RecordTypes"            = toset(["A", "TXT"])
      "ForAllValues:StringLike NormalizedRecordNames"    = toset(["*.play.example.net"])
      "ForAllValues:StringNotLike NormalizedRecordNames" = toset(["*.*.play.example.net", "_*", "api.play.example.net"])
      "Null RecordTypes"                                 = toset(["false"])
      "Null NormalizedRecordNames"                       = toset(["false"])
    }])
    error_message = "Only A and TXT records of single labels below root_domain may be changed, and no reserved one."
  }
}

run "schedules" {
  command = plan

  module { source = "./modules/permissions" }

  assert {
    condition = { for s in concat(
      data.aws_iam_policy_document.make_stop_schedules.statement, data.aws_iam_policy_document.move_stop_schedules.statement,
      data.aws_iam_policy_document.delete_stop_schedules.statement, data.aws_iam_policy_document.pass_scheduler_role.statement,
      ) : s.sid => [s.actions, s.resources] } == {
      MakeStopSchedules   = [toset(["scheduler:CreateSchedule", "scheduler:UpdateSchedule"]), toset(["arn:aws:scheduler:ca-central-1:123456789012:schedule/default/pilot-*"])]
      MoveStopSchedules   = [toset(["scheduler:GetSchedule", "scheduler:UpdateSchedule"]), toset(["arn:aws:scheduler:ca-central-1:123456789012:schedule/default/pilot-*"])]
      DeleteStopSchedules = [toset(["scheduler:DeleteSchedule"]), toset(["arn:aws:scheduler:ca-central-1:123456789012:schedule/default/pilot-*"])]
      PassSchedulerRole   = [toset(["iam:PassRole"]), toset(["arn:aws:iam::123456789012:role/pilot_scheduler"])]
    }
    error_message = "Only this deployment's schedules may be created, changed and deleted, with its own role."
  }

  assert {
    condition = one(one(data.aws_iam_policy_document.pass_scheduler_role.statement).condition) == {
      test = "StringEquals", variable = "iam:PassedToService", values = tolist(["scheduler.amazonaws.com"])
    }
    error_message = "The scheduler's role may be passed to the scheduler only."
  }
}
