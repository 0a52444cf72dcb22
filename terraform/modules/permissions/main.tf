# What each function may do: the statements by purpose, then who holds which.
# Actions, resource types and condition keys are those of the Service Authorization Reference.

locals {
  ecs      = "arn:${var.partition}:ecs:${var.region}:${var.account_id}"
  clusters = "${local.ecs}:cluster/${var.name}-*"
  tasks    = "${local.ecs}:task/${var.name}-*/*"

  # Schedules are in the default group: a group of their own would be one more thing to make, and gain nothing.
  schedules = "arn:${var.partition}:scheduler:${var.region}:${var.account_id}:schedule/default/${var.name}-*"

  hosted_zone = "arn:${var.partition}:route53:::hostedzone/${var.hosted_zone_id}"
}

# ---------------------------------------------------------------------------------------------- statements by purpose

data "aws_iam_policy_document" "serve_pages" {
  # Unconditioned: without it S3 answers 403, not 404, for a key that is not there.
  statement {
    sid       = "TellMissingFromForbidden"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arn]
  }

  statement {
    sid     = "ReadProjects"
    actions = ["s3:GetObject"]
    resources = [
      "${var.bucket_arn}/project_master_list.json",
      "${var.bucket_arn}/*.html",
      "${var.bucket_arn}/_versions/*/project.json",
      "${var.bucket_arn}/*/Users/*",
      "${var.bucket_arn}/_sessions/*",
      "${var.bucket_arn}/_participants/*",
    ]
  }

  # Rosters count the participants of studies that take so many and no more.
  statement {
    sid       = "WriteParticipantRecords"
    actions   = ["s3:PutObject"]
    resources = ["${var.bucket_arn}/*/Users/*", "${var.bucket_arn}/_participants/*"]
  }
}

data "aws_iam_policy_document" "update_master_list" {
  statement {
    sid       = "TellMissingFromForbidden"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arn]
  }

  statement {
    sid       = "UpdateMasterList"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.bucket_arn}/project_master_list.json"]
  }

  statement {
    sid       = "BeginRosters"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.bucket_arn}/_participants/*"]
  }
}

data "aws_iam_policy_document" "keep_session_records" {
  statement {
    sid       = "TellMissingFromForbidden"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arn]
  }

  statement {
    sid       = "ReadMasterList"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arn}/project_master_list.json"]
  }

  statement {
    sid       = "KeepSessionRecords"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${var.bucket_arn}/_sessions/*"]
  }
}

data "aws_iam_policy_document" "ask_for_start" {
  statement {
    sid       = "AskForStart"
    actions   = ["sns:Publish"]
    resources = [var.topic_arns.start_server]
  }
}

data "aws_iam_policy_document" "ask_for_stop" {
  statement {
    sid       = "AskForStop"
    actions   = ["sns:Publish"]
    resources = [var.topic_arns.stop_server]
  }
}

# Lambda leaves an event there on the function's behalf, with the function's role.
data "aws_iam_policy_document" "leave_failed_starts" {
  statement {
    sid       = "LeaveFailedStarts"
    actions   = ["sqs:SendMessage"]
    resources = [var.dead_letter_queue_arns.start_server]
  }
}

data "aws_iam_policy_document" "leave_failed_stops" {
  statement {
    sid       = "LeaveFailedStops"
    actions   = ["sqs:SendMessage"]
    resources = [var.dead_letter_queue_arns.stop_server]
  }
}

data "aws_iam_policy_document" "start_tasks" {
  #checkov:skip=CKV_AWS_111:Each "*" is an action that knows no resource; see the comments beside them.
  #checkov:skip=CKV_AWS_356:Each "*" is an action that knows no resource; see the comments beside them.
  statement {
    sid       = "ReadVersions"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arn}/_versions/*/project.json"]
  }

  statement {
    sid       = "MakeClusters"
    actions   = ["ecs:CreateCluster"]
    resources = ["*"] # the cluster is not there yet: CreateCluster takes no resource
  }

  # ECS makes this role at the first use of an account, on behalf of a caller that may.
  statement {
    sid       = "MakeServiceLinkedRoleOnce"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["arn:${var.partition}:iam::${var.account_id}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS*"]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["ecs.amazonaws.com"]
    }
  }

  statement {
    sid       = "TagAtBirth"
    actions   = ["ecs:TagResource"]
    resources = [local.clusters, local.tasks]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["CreateCluster", "RunTask"]
    }
  }

  statement {
    sid       = "ReadTaskDefinitions"
    actions   = ["ecs:DescribeTaskDefinition"]
    resources = ["*"] # takes no resource
  }

  # ECS checks RunTask against the task definition, which is the researchers'; the cluster is a condition.
  statement {
    sid       = "RunTasksInOwnClusters"
    actions   = ["ecs:RunTask"]
    resources = ["${local.ecs}:task-definition/*"]

    condition {
      test     = "ArnLike"
      variable = "ecs:cluster"
      values   = [local.clusters]
    }
  }

  statement {
    sid       = "PassTaskRoles"
    actions   = ["iam:PassRole"]
    resources = var.task_role_arns

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  statement {
    sid       = "FindAddresses"
    actions   = ["ec2:DescribeNetworkInterfaces"]
    resources = ["*"] # takes no resource
  }
}

data "aws_iam_policy_document" "end_tasks" {
  #checkov:skip=CKV_AWS_356:The only "*" is ecs:ListTasks, which the cluster condition scopes.
  statement {
    sid       = "SeeAndDeleteOwnClusters"
    actions   = ["ecs:DescribeClusters", "ecs:DeleteCluster"]
    resources = [local.clusters]
  }

  # The only resource that ListTasks knows is a container instance, which Fargate has none of: a list of a cluster's tasks
  # is checked against "*", and the condition does the scoping.
  statement {
    sid       = "ListOwnTasks"
    actions   = ["ecs:ListTasks"]
    resources = ["*"]

    condition {
      test     = "ArnLike"
      variable = "ecs:cluster"
      values   = [local.clusters]
    }
  }

  statement {
    sid       = "SeeAndStopOwnTasks"
    actions   = ["ecs:DescribeTasks", "ecs:StopTask"]
    resources = [local.tasks]
  }
}

data "aws_iam_policy_document" "publish_addresses" {
  statement {
    sid       = "PointNamesAtServers"
    actions   = ["route53:ChangeResourceRecordSets"]
    resources = [local.hosted_zone]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "route53:ChangeResourceRecordSetsActions"
      values   = ["CREATE", "UPSERT", "DELETE"]
    }

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "route53:ChangeResourceRecordSetsRecordTypes"
      values   = ["A", "TXT"]
    }

    # Normalized: lower case, no dot at the end.
    condition {
      test     = "ForAllValues:StringLike"
      variable = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
      values   = ["*.${lower(var.root_domain)}"]
    }
  }

  statement {
    sid       = "WaitForAddresses"
    actions   = ["route53:GetChange"]
    resources = ["arn:${var.partition}:route53:::change/*"]
  }
}

data "aws_iam_policy_document" "withdraw_addresses" {
  statement {
    sid       = "WithdrawNames"
    actions   = ["route53:ChangeResourceRecordSets"]
    resources = [local.hosted_zone]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "route53:ChangeResourceRecordSetsActions"
      values   = ["DELETE"]
    }

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "route53:ChangeResourceRecordSetsRecordTypes"
      values   = ["A", "TXT"]
    }

    condition {
      test     = "ForAllValues:StringLike"
      variable = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
      values   = ["*.${lower(var.root_domain)}"]
    }
  }
}

data "aws_iam_policy_document" "see_addresses" {
  statement {
    sid       = "SeeAddresses"
    actions   = ["route53:ListResourceRecordSets"]
    resources = [local.hosted_zone]
  }
}

data "aws_iam_policy_document" "make_stop_schedules" {
  statement {
    sid       = "MakeStopSchedules"
    actions   = ["scheduler:CreateSchedule"]
    resources = [local.schedules]
  }
}

data "aws_iam_policy_document" "move_stop_schedules" {
  statement {
    sid       = "MoveStopSchedules"
    actions   = ["scheduler:GetSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"]
    resources = [local.schedules]
  }

  # An update names the whole target again, its role included.
  statement {
    sid       = "PassSchedulerRole"
    actions   = ["iam:PassRole"]
    resources = [var.scheduler_role_arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["scheduler.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "find_leftovers" {
  #checkov:skip=CKV_AWS_356:Each "*" is an action that knows no resource; see the comments beside them.
  statement {
    sid       = "FindClusters"
    actions   = ["ecs:ListClusters"]
    resources = ["*"] # takes no resource
  }

  statement {
    sid       = "FindSchedules"
    actions   = ["scheduler:ListSchedules"]
    resources = ["*"] # takes no resource, and is checked against schedule/*/* whatever group or prefix it asks for
  }
}

# ------------------------------------------------------------------------------------------------ who holds which

locals {
  end_sessions = [
    data.aws_iam_policy_document.keep_session_records.json,
    data.aws_iam_policy_document.end_tasks.json,
    data.aws_iam_policy_document.see_addresses.json,
    data.aws_iam_policy_document.withdraw_addresses.json,
    data.aws_iam_policy_document.move_stop_schedules.json,
  ]

  functions = {
    next_step = [
      data.aws_iam_policy_document.serve_pages.json,
      data.aws_iam_policy_document.ask_for_start.json,
      data.aws_iam_policy_document.ask_for_stop.json,
    ]
    start_server = [
      data.aws_iam_policy_document.keep_session_records.json,
      data.aws_iam_policy_document.make_stop_schedules.json,
      data.aws_iam_policy_document.move_stop_schedules.json,
      data.aws_iam_policy_document.start_tasks.json,
      data.aws_iam_policy_document.end_tasks.json, # a failed start cleans up after itself
      data.aws_iam_policy_document.see_addresses.json,
      data.aws_iam_policy_document.publish_addresses.json,
      data.aws_iam_policy_document.ask_for_start.json, # of the next in line, when a failed start gives its place back
      data.aws_iam_policy_document.leave_failed_starts.json,
    ]
    stop_server = concat(local.end_sessions, [
      data.aws_iam_policy_document.ask_for_start.json, # again, for a session whose task AWS took away
      data.aws_iam_policy_document.leave_failed_stops.json,
    ])
    send_start_server_message  = [data.aws_iam_policy_document.ask_for_start.json]
    send_stop_server_message   = [data.aws_iam_policy_document.ask_for_stop.json]
    update_project_master_list = [data.aws_iam_policy_document.update_master_list.json]
    sweep_sessions = concat(local.end_sessions, [
      data.aws_iam_policy_document.ask_for_start.json, # again, for a session that nobody is at work on any more
      data.aws_iam_policy_document.find_leftovers.json,
    ])
  }
}

data "aws_iam_policy_document" "function" {
  #checkov:skip=CKV_AWS_111:The only "*" here is X-Ray's, which knows no resource.
  #checkov:skip=CKV_AWS_356:The only "*" here is X-Ray's, which knows no resource.
  for_each = local.functions

  source_policy_documents = each.value

  statement {
    sid       = "WriteOwnLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:/aws/lambda/${var.name}_${each.key}:*"]
  }

  statement {
    sid       = "SendTraces"
    actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    resources = ["*"] # neither takes a resource
  }
}
