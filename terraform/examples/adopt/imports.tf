# Takes over the resources of an earlier deployment that was created by hand in the console. Copy
# this file to terraform/imports.tf, write your names and ids into `adopt`, empty (null, [] or {})
# what you do not have, and follow the README.md beside this file. Delete the copy after the deploy.

locals {
  adopt = {
    # The bucket of the studies' pages and data. `bucket_name` in the environment's tfvars must be the same.
    bucket = "projects.example.net"
    # Settings of the bucket to import, so that the plan shows their replacement: policy, lifecycle.
    bucket_settings = ["policy", "lifecycle"]

    # Zone of root_domain that Terraform takes over. Null if `hosted_zone_id` names the zone, which
    # is simpler.
    zone_id = "Z0123456789ABCDEFGHIJ"

    # Functions named <name>_<file>, by file. Lambda created their log groups.
    functions  = ["next_step", "update_project_master_list"]
    log_groups = ["next_step", "update_project_master_list"]
    # Roles with the same name as their function. Roles with a name that the console generated stay
    # behind.
    roles = ["update_project_master_list"]

    # Topics named <name>_start_server and <name>_stop_server, by ARN, and their subscriptions.
    topics        = { start_server = "arn:aws:sns:ca-central-1:123456789012:HIPPO_Gym_start_server" }
    subscriptions = { start_server = "arn:aws:sns:ca-central-1:123456789012:HIPPO_Gym_start_server:11111111-2222-3333-4444-555555555555" }

    # The HTTP API (not a REST API). Its id is in the address that clients call; the address stays
    # the same.
    api_id = "a1b2c3d4e5"
    # Whether the API has a stage $default.
    api_default_stage = true
    # Integrations by the file of their function; routes by route key.
    integrations = { next_step = "i1n2t3e" }
    routes       = { "GET /next" = "r1o2u3t", "POST /next" = "r4o5u6t" }
  }
}

# ------------------------------------------------------------------------------------------------------------ data

import {
  for_each = toset(compact([local.adopt.bucket]))

  to = module.projects_bucket.aws_s3_bucket.this
  id = each.key
}

import {
  for_each = toset([for setting in local.adopt.bucket_settings : setting if setting == "policy"])

  to = module.projects_bucket.aws_s3_bucket_policy.this[0]
  id = local.adopt.bucket
}

import {
  for_each = toset([for setting in local.adopt.bucket_settings : setting if setting == "lifecycle"])

  to = module.projects_bucket.aws_s3_bucket_lifecycle_configuration.this
  id = local.adopt.bucket
}

# ------------------------------------------------------------------------------------------------------------ zone

# An apply overwrites its SOA record without an import; its NS record does not change.
import {
  for_each = toset(compact([local.adopt.zone_id]))

  to = module.dns.aws_route53_zone.made[0]
  id = each.key
}

# ------------------------------------------------------------------------------------------------------- functions

import {
  for_each = toset(local.adopt.functions)

  to = module.function[each.key].aws_lambda_function.this
  id = "${var.name}_${each.key}"
}

import {
  for_each = toset(local.adopt.log_groups)

  to = module.function[each.key].aws_cloudwatch_log_group.this
  id = "/aws/lambda/${var.name}_${each.key}"
}

import {
  for_each = toset(local.adopt.roles)

  to = module.function[each.key].aws_iam_role.this
  id = "${var.name}_${each.key}"
}

# ---------------------------------------------------------------------------------------------------------- topics

import {
  for_each = local.adopt.topics

  to = module.session_topics.aws_sns_topic.this[each.key]
  id = each.value
}

import {
  for_each = local.adopt.subscriptions

  to = module.session_topics.aws_sns_topic_subscription.function[each.key]
  id = each.value
}

# ------------------------------------------------------------------------------------------------------------- API

import {
  for_each = toset(compact([local.adopt.api_id]))

  to = module.api.aws_apigatewayv2_api.this
  id = each.key
}

import {
  for_each = toset(local.adopt.api_default_stage ? ["$default"] : [])

  to = module.api.aws_apigatewayv2_stage.default
  id = "${local.adopt.api_id}/${each.key}"
}

import {
  for_each = { for file, id in local.adopt.integrations : "${var.name}_${file}" => id }

  to = module.api.aws_apigatewayv2_integration.this[each.key]
  id = "${local.adopt.api_id}/${each.value}"
}

import {
  for_each = local.adopt.routes

  to = module.api.aws_apigatewayv2_route.this[each.key]
  id = "${local.adopt.api_id}/${each.value}"
}
