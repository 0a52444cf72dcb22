# The policy of each function: which statements it has. The statements, by purpose, are in
# objects.tf, messages.tf, tasks.tf, addresses.tf, schedules.tf, certificate.tf and key.tf. Actions, resource types
# and condition keys are those of the Service Authorization Reference. tests/terraform/test_calls.py
# checks every AWS call of the functions against these policies.

locals {
  document = {
    tell_missing_from_forbidden = data.aws_iam_policy_document.tell_missing_from_forbidden.json
    read_link_keys              = data.aws_iam_policy_document.read_link_keys.json
    read_edge_keys              = one(data.aws_iam_policy_document.read_edge_keys[*].json)
    serve_pages                 = data.aws_iam_policy_document.serve_pages.json
    update_master_list          = data.aws_iam_policy_document.update_master_list.json
    read_master_list            = data.aws_iam_policy_document.read_master_list.json
    read_versions               = data.aws_iam_policy_document.read_versions.json
    keep_session_records        = data.aws_iam_policy_document.keep_session_records.json
    sign_uploads                = data.aws_iam_policy_document.sign_uploads.json
    list_warm_servers           = data.aws_iam_policy_document.list_warm_servers.json
    ask_for_warm_servers        = data.aws_iam_policy_document.ask_for_warm_servers.json
    mark_leftovers              = data.aws_iam_policy_document.mark_leftovers.json
    forget_heartbeats           = data.aws_iam_policy_document.forget_heartbeats.json
    keep_retention              = data.aws_iam_policy_document.keep_retention.json
    ask_for_start               = data.aws_iam_policy_document.ask_for_start.json
    ask_for_stop                = data.aws_iam_policy_document.ask_for_stop.json
    leave_failed_starts         = data.aws_iam_policy_document.leave_failed_starts.json
    leave_failed_stops          = data.aws_iam_policy_document.leave_failed_stops.json
    look_at_task_definitions    = data.aws_iam_policy_document.look_at_task_definitions.json
    start_tasks                 = data.aws_iam_policy_document.start_tasks.json
    end_tasks                   = data.aws_iam_policy_document.end_tasks.json
    find_leftovers              = data.aws_iam_policy_document.find_leftovers.json
    publish_addresses           = data.aws_iam_policy_document.change_addresses["publish"].json
    withdraw_addresses          = data.aws_iam_policy_document.change_addresses["withdraw"].json
    wait_for_addresses          = data.aws_iam_policy_document.wait_for_addresses.json
    see_addresses               = data.aws_iam_policy_document.see_addresses.json
    make_stop_schedules         = data.aws_iam_policy_document.make_stop_schedules.json
    move_stop_schedules         = data.aws_iam_policy_document.move_stop_schedules.json
    pass_scheduler_role         = data.aws_iam_policy_document.pass_scheduler_role.json
    delete_stop_schedules       = data.aws_iam_policy_document.delete_stop_schedules.json
    prove_domain                = data.aws_iam_policy_document.prove_domain.json
    keep_certificate            = one([for document in data.aws_iam_policy_document.keep_certificate : document.json])
  }

  # Statements for ending a session, which a failed start does as well. Without DNS names:
  # start_server, which publishes them, has its own statement for that.
  end_sessions = [
    "tell_missing_from_forbidden", "keep_session_records", "end_tasks", "see_addresses", "delete_stop_schedules",
    "ask_for_start", # for the next session in line, or again for one that lost its task or its run
  ]

  sign_paths = var.edge_route ? ["read_edge_keys"] : []

  every_function = {
    next_step = concat(["tell_missing_from_forbidden", "serve_pages", "read_link_keys", "ask_for_start", "ask_for_stop"], local.sign_paths)
    start_server = concat(local.end_sessions, local.sign_paths, [
      "read_master_list", "read_versions", "make_stop_schedules", "pass_scheduler_role", "start_tasks", "publish_addresses",
      "wait_for_addresses", "leave_failed_starts", "list_warm_servers",
    ])
    stop_server = concat(local.end_sessions, [
      "read_master_list", "move_stop_schedules", "pass_scheduler_role", "withdraw_addresses", "leave_failed_stops",
    ])
    send_start_server_message  = ["ask_for_start"]
    send_stop_server_message   = ["ask_for_stop"]
    update_project_master_list = ["tell_missing_from_forbidden", "update_master_list", "look_at_task_definitions"]
    issue_upload_ticket        = ["tell_missing_from_forbidden", "sign_uploads"]
    sweep_sessions = concat(local.end_sessions, [
      "withdraw_addresses", "find_leftovers", "mark_leftovers", "forget_heartbeats",
      "read_master_list", "keep_retention", "list_warm_servers", "ask_for_warm_servers",
    ])
    renew_certificate = ["prove_domain", "see_addresses", "wait_for_addresses", "keep_certificate"]
  }

  functions = { for key, names in local.every_function : key => names if key != "renew_certificate" || var.certificate != null }

  # Uses of a customer key by each function.
  uses = {
    next_step                  = ["objects", "starts", "stops"]
    start_server               = ["objects", "starts", "failed_starts"]
    stop_server                = ["objects", "starts", "failed_stops"]
    send_start_server_message  = ["starts"]
    send_stop_server_message   = ["stops"]
    update_project_master_list = ["objects"]
    issue_upload_ticket        = ["objects"]
    sweep_sessions             = ["objects", "starts"]
    renew_certificate          = try(var.certificate.copy_to_bucket, false) ? ["objects"] : []
  }
}

data "aws_iam_policy_document" "function" {
  #checkov:skip=CKV_AWS_111:The only "*" here is X-Ray's, whose actions have no resource types.
  #checkov:skip=CKV_AWS_356:The only "*" here is X-Ray's, whose actions have no resource types.
  for_each = local.functions

  source_policy_documents = concat(
    [for name in each.value : local.document[name]],
    [for use in local.uses[each.key] : local.use_of_key[use] if var.kms_key_arn != null],
  )

  statement {
    sid       = "WriteOwnLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:/aws/lambda/${var.name}_${each.key}:*"]
  }

  dynamic "statement" {
    for_each = var.tracing ? [true] : []

    content {
      sid       = "SendTraces"
      actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      resources = ["*"] # neither action has a resource type

      condition {
        test     = "StringEquals"
        variable = "aws:RequestedRegion"
        values   = [var.region]
      }
    }
  }
}
