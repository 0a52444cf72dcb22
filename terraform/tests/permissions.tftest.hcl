# These runs check for each function's policy the names of its documents: the mocked json of a
# document is its name, quoted. permission_statements.tftest.hcl checks what each document allows, and
# tests/terraform/test_calls.py the resulting policies against every AWS call of the functions.
mock_provider "aws" {
  source = "./tests/mocks"
}

override_data {
  target = data.aws_iam_policy_document.tell_missing_from_forbidden
  values = { json = "\"tell_missing_from_forbidden\"" }
}

override_data {
  target = data.aws_iam_policy_document.read_link_keys
  values = { json = "\"read_link_keys\"" }
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
  target = data.aws_iam_policy_document.read_master_list
  values = { json = "\"read_master_list\"" }
}

override_data {
  target = data.aws_iam_policy_document.read_versions
  values = { json = "\"read_versions\"" }
}

override_data {
  target = data.aws_iam_policy_document.keep_session_records
  values = { json = "\"keep_session_records\"" }
}

override_data {
  target = data.aws_iam_policy_document.sign_uploads
  values = { json = "\"sign_uploads\"" }
}

override_data {
  target = data.aws_iam_policy_document.forget_heartbeats
  values = { json = "\"forget_heartbeats\"" }
}

override_data {
  target = data.aws_iam_policy_document.keep_retention
  values = { json = "\"keep_retention\"" }
}

override_data {
  target = data.aws_iam_policy_document.list_warm_servers
  values = { json = "\"list_warm_servers\"" }
}

override_data {
  target = data.aws_iam_policy_document.ask_for_warm_servers
  values = { json = "\"ask_for_warm_servers\"" }
}

override_data {
  target = data.aws_iam_policy_document.look_at_task_definitions
  values = { json = "\"look_at_task_definitions\"" }
}

override_data {
  target = data.aws_iam_policy_document.mark_leftovers
  values = { json = "\"mark_leftovers\"" }
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
  target = data.aws_iam_policy_document.find_leftovers
  values = { json = "\"find_leftovers\"" }
}

override_data {
  target = data.aws_iam_policy_document.wait_for_addresses
  values = { json = "\"wait_for_addresses\"" }
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
  target = data.aws_iam_policy_document.pass_scheduler_role
  values = { json = "\"pass_scheduler_role\"" }
}

override_data {
  target = data.aws_iam_policy_document.delete_stop_schedules
  values = { json = "\"delete_stop_schedules\"" }
}

override_data {
  target = data.aws_iam_policy_document.change_addresses["publish"]
  values = { json = "\"publish_addresses\"" }
}

override_data {
  target = data.aws_iam_policy_document.change_addresses["withdraw"]
  values = { json = "\"withdraw_addresses\"" }
}

override_data {
  target = data.aws_iam_policy_document.use_key["objects"]
  values = { json = "\"use_key_for_objects\"" }
}

override_data {
  target = data.aws_iam_policy_document.use_key["starts"]
  values = { json = "\"use_key_for_starts\"" }
}

override_data {
  target = data.aws_iam_policy_document.use_key["stops"]
  values = { json = "\"use_key_for_stops\"" }
}

override_data {
  target = data.aws_iam_policy_document.use_key["failed_starts"]
  values = { json = "\"use_key_for_failed_starts\"" }
}

override_data {
  target = data.aws_iam_policy_document.use_key["failed_stops"]
  values = { json = "\"use_key_for_failed_stops\"" }
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

run "each_function_has_exactly_the_statements_that_it_needs" {
  command = plan

  module { source = "./modules/permissions" }

  assert {
    condition = { for function, document in data.aws_iam_policy_document.function : function => toset([for json in document.source_policy_documents : jsondecode(json)]) } == {
      next_step = toset(["tell_missing_from_forbidden", "serve_pages", "read_link_keys", "ask_for_start", "ask_for_stop"])
      start_server = toset([
        "tell_missing_from_forbidden", "read_master_list", "read_versions", "keep_session_records", "make_stop_schedules",
        "delete_stop_schedules", "pass_scheduler_role", "start_tasks", "end_tasks", "see_addresses", "publish_addresses",
        "wait_for_addresses", "ask_for_start", "leave_failed_starts", "list_warm_servers",
      ])
      stop_server = toset([
        "tell_missing_from_forbidden", "read_master_list", "keep_session_records", "move_stop_schedules",
        "delete_stop_schedules", "pass_scheduler_role", "end_tasks", "see_addresses", "withdraw_addresses", "ask_for_start",
        "leave_failed_stops",
      ])
      sweep_sessions = toset([
        "tell_missing_from_forbidden", "keep_session_records", "mark_leftovers", "delete_stop_schedules", "end_tasks",
        "see_addresses", "withdraw_addresses", "ask_for_start", "find_leftovers", "forget_heartbeats",
        "read_master_list", "keep_retention", "list_warm_servers", "ask_for_warm_servers",
      ])
      send_start_server_message  = toset(["ask_for_start"])
      send_stop_server_message   = toset(["ask_for_stop"])
      update_project_master_list = toset(["tell_missing_from_forbidden", "update_master_list", "look_at_task_definitions"])
      issue_upload_ticket        = toset(["tell_missing_from_forbidden", "sign_uploads"])
    }
    error_message = "A function's set of statements differs from the intended one."
  }

  assert {
    condition = alltrue([for function, document in data.aws_iam_policy_document.function :
      { for s in document.statement : s.sid => [s.actions, s.resources] } == {
        WriteOwnLog = [toset(["logs:CreateLogStream", "logs:PutLogEvents"]), toset(["arn:aws:logs:ca-central-1:123456789012:log-group:/aws/lambda/pilot_${function}:*"])]
        SendTraces  = [toset(["xray:PutTraceSegments", "xray:PutTelemetryRecords"]), toset(["*"])]
    }])
    error_message = "Each function may write its own log, create no log group, and send traces."
  }

  assert {
    condition     = toset(keys(output.policies)) == toset(keys(data.aws_iam_policy_document.function))
    error_message = "There must be a policy for each function."
  }
}

run "without_tracing_no_function_sends_traces" {
  command = plan

  module { source = "./modules/permissions" }

  variables { tracing = false }

  assert {
    condition     = alltrue([for document in data.aws_iam_policy_document.function : toset(document.statement[*].sid) == toset(["WriteOwnLog"])])
    error_message = "Without tracing no function may send traces."
  }
}

run "with_a_key_each_function_uses_it_only_for_its_resources" {
  command = plan

  module { source = "./modules/permissions" }

  variables { kms_key_arn = "arn:aws:kms:ca-central-1:123456789012:key/1" }

  assert {
    condition = { for function, document in data.aws_iam_policy_document.function : function => toset([
      for json in document.source_policy_documents : trimprefix(jsondecode(json), "use_key_for_") if startswith(jsondecode(json), "use_key")
      ]) } == {
      next_step                  = toset(["objects", "starts", "stops"])
      start_server               = toset(["objects", "starts", "failed_starts"])
      stop_server                = toset(["objects", "starts", "failed_stops"])
      sweep_sessions             = toset(["objects", "starts"])
      send_start_server_message  = toset(["starts"])
      send_stop_server_message   = toset(["stops"])
      update_project_master_list = toset(["objects"])
      issue_upload_ticket        = toset(["objects"])
    }
    error_message = "A function may use the key for something that it does not read, write or publish."
  }

  assert {
    condition = { for use, document in data.aws_iam_policy_document.use_key : use => { for c in one(document.statement).condition : c.variable => one(c.values) } } == {
      objects       = { "kms:ViaService" = "s3.ca-central-1.amazonaws.com", "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::pilot-projects" }
      starts        = { "kms:ViaService" = "sns.ca-central-1.amazonaws.com", "kms:EncryptionContext:aws:sns:topicArn" = "arn:start" }
      stops         = { "kms:ViaService" = "sns.ca-central-1.amazonaws.com", "kms:EncryptionContext:aws:sns:topicArn" = "arn:stop" }
      failed_starts = { "kms:ViaService" = "sqs.ca-central-1.amazonaws.com", "kms:EncryptionContext:aws:sqs:arn" = "arn:failed-starts" }
      failed_stops  = { "kms:ViaService" = "sqs.ca-central-1.amazonaws.com", "kms:EncryptionContext:aws:sqs:arn" = "arn:failed-stops" }
    }
    error_message = "Each use of the key must be limited to one service and one bucket, topic or queue."
  }

  assert {
    condition = alltrue([for document in data.aws_iam_policy_document.use_key :
      one(document.statement).actions == toset(["kms:Decrypt", "kms:GenerateDataKey"]) && one(document.statement).resources == toset([var.kms_key_arn])
    ])
    error_message = "The key may be used for decryption and data keys only."
  }
}

run "a_name_with_a_hyphen" {
  command = plan

  module { source = "./modules/permissions" }

  variables { name = "pilot-2" }

  expect_failures = [var.name]
}

run "no_task_role" {
  command = plan

  module { source = "./modules/permissions" }

  variables { task_role_arns = [] }

  expect_failures = [var.task_role_arns]
}
