# One function with its log group and its role.

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:With kms_key_arn the team's key encrypts it; otherwise CloudWatch Logs' own key does. The log holds ids, never a body, header or page.
  #checkov:skip=CKV_AWS_338:The study's ethics board decides how long ids are kept: log_retention_days.
  name              = "/aws/lambda/${var.function_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "Lambda"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name                 = var.function_name
  path                 = var.role_path
  description          = "Runs the function ${var.function_name}"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "this" {
  name   = "permissions"
  role   = aws_iam_role.this.name
  policy = var.policy_json

  lifecycle {
    precondition {
      # The limit is for all inline policies of a role together; this is the only one. IAM user
      # guide, "IAM and AWS STS quotas".
      condition     = length(replace(var.policy_json, "/\\s/", "")) <= 10240
      error_message = "The policy of the role ${var.function_name} has ${length(replace(var.policy_json, "/\\s/", ""))} characters without white space, and IAM takes 10,240: use fewer extra_task_role_arns or reserved_names, or choose a shorter role_path, bucket_name, root_domain or name."
    }
  }
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_115:The infra team decides about reserving a share of the account's concurrency (reserved_concurrency); throttling at the API and max_sessions limit the load.
  #checkov:skip=CKV_AWS_116:Asynchronous failures go to an on-failure destination (modules/session_topics), whose records hold more than a dead-letter queue's.
  #checkov:skip=CKV_AWS_117:The function calls public AWS endpoints only; in a VPC it would need a NAT gateway, without a benefit.
  #checkov:skip=CKV_AWS_173:The variables are names and ids, no secrets; Lambda encrypts them with its own key.
  #checkov:skip=CKV_AWS_272:The bundle is built reproducibly and its SHA-256 is in the plan, which reviewers see.
  # The log group must exist with its retention before the first run, or Lambda creates one that
  # keeps logs permanently; without its permissions the function fails on its first event.
  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.this]

  function_name = var.function_name
  description   = var.description
  role          = aws_iam_role.this.arn

  filename         = var.code.bundle_path
  source_code_hash = var.code.source_code_hash
  handler          = var.code.handler
  runtime          = var.code.runtime
  architectures    = [var.code.architecture]

  timeout     = var.timeout
  memory_size = var.memory_mb

  # -1 is Lambda's word for no reservation; null would keep an earlier one.
  reserved_concurrent_executions = coalesce(var.reserved, -1)

  environment {
    variables = var.environment
  }

  tracing_config {
    mode = var.tracing ? "Active" : "PassThrough"
  }
}

# Lambda's default is Terminate.
resource "aws_lambda_function_recursion_config" "this" {
  count = var.recursive_loop == "Terminate" ? 0 : 1

  function_name  = aws_lambda_function.this.function_name
  recursive_loop = var.recursive_loop
}
