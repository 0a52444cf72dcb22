# Clusters and tasks. Where an action has no resource type, a condition limits it to this deployment
# or at least its Region.

locals {
  ecs      = "arn:${var.partition}:ecs:${var.region}:${var.account_id}"
  clusters = "${local.ecs}:cluster/${var.name}-*"
  tasks    = "${local.ecs}:task/${var.name}-*/*"
}

data "aws_iam_policy_document" "start_tasks" {
  #checkov:skip=CKV_AWS_111:Each "*" is for actions without a resource type; see the comments beside them.
  #checkov:skip=CKV_AWS_356:Each "*" is for actions without a resource type; see the comments beside them.

  # The cluster does not exist yet: "CreateCluster and ListClusters do not accept any resources"
  # (Amazon ECS developer guide, "Identity-based policy examples"). The tag names the deployment.
  statement {
    sid       = "MakeClusters"
    actions   = ["ecs:CreateCluster"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/hippo-gym:deployment"
      values   = [var.name]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }

  # ECS creates this role when an account first uses ECS, if the caller may create it.
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
    sid       = "TagClustersAtBirth"
    actions   = ["ecs:TagResource"]
    resources = [local.clusters]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["CreateCluster"]
    }
  }

  statement {
    sid       = "TagTasksAtBirth"
    actions   = ["ecs:TagResource"]
    resources = [local.tasks]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["RunTask"]
    }
  }

  # ECS authorizes RunTask against the researchers' task definition, whose tag names the deployment;
  # the cluster is a condition.
  statement {
    sid       = "RunTasksInOwnClusters"
    actions   = ["ecs:RunTask"]
    resources = ["${local.ecs}:task-definition/*:*"]

    condition {
      test     = "ArnLike"
      variable = "ecs:cluster"
      values   = [local.clusters]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/hippo-gym:deployment"
      values   = [var.name]
    }
  }

  # Task definitions without that tag, by family.
  dynamic "statement" {
    for_each = length(var.admitted_task_families) == 0 ? [] : [var.admitted_task_families]

    content {
      sid       = "RunAdmittedTasks"
      actions   = ["ecs:RunTask"]
      resources = [for family in statement.value : "${local.ecs}:task-definition/${family}:*"]

      condition {
        test     = "ArnLike"
        variable = "ecs:cluster"
        values   = [local.clusters]
      }
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
    sid       = "LookAtTaskDefinitionsAndAddresses"
    actions   = ["ecs:DescribeTaskDefinition", "ec2:DescribeNetworkInterfaces"]
    resources = ["*"] # neither action has a resource type

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }
}

# To say at once that a script's task definition cannot run.
data "aws_iam_policy_document" "look_at_task_definitions" {
  #checkov:skip=CKV_AWS_356:The action has no resource type.
  statement {
    sid       = "LookAtTaskDefinitions"
    actions   = ["ecs:DescribeTaskDefinition"]
    resources = ["*"] # the action has no resource type

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }
}

data "aws_iam_policy_document" "end_tasks" {
  #checkov:skip=CKV_AWS_356:The only "*" is ecs:ListTasks, which the cluster condition scopes.
  statement {
    sid       = "DeleteOwnClusters"
    actions   = ["ecs:DeleteCluster"]
    resources = [local.clusters]
  }

  # The only resource type of ListTasks is a container instance, which Fargate does not have: ECS
  # authorizes listing a cluster's tasks against "*", and the condition limits it.
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

data "aws_iam_policy_document" "find_leftovers" {
  #checkov:skip=CKV_AWS_356:Each "*" is for actions without a resource type; see the comment beside it.
  statement {
    sid       = "FindClustersAndSchedules"
    actions   = ["ecs:ListClusters", "scheduler:ListSchedules"]
    resources = ["*"] # no narrower resource: listing schedules is authorized against schedule/*/* for every group and prefix

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }

  statement {
    sid       = "SeeOwnClusters"
    actions   = ["ecs:DescribeClusters"]
    resources = [local.clusters]
  }
}
