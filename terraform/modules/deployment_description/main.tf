# What `hippo`, the researcher's command, must know of a deployment, published under its name alone.

resource "aws_ssm_parameter" "this" {
  #checkov:skip=CKV2_AWS_34:Nothing in it is secret; encrypted, every researcher would need a key as well.
  #checkov:skip=CKV_AWS_337:Nothing in it is secret; encrypted, every researcher would need a key as well.
  name        = "/hippo-gym/${var.name}"
  description = "Where the parts of the HIPPO Gym deployment ${var.name} are; the command hippo reads it"
  type        = "String"

  value = jsonencode({
    version           = 1
    name              = var.name
    region            = var.region
    accountId         = var.account_id
    bucket            = var.bucket
    rootDomain        = var.root_domain
    apiUrl            = var.api_url
    functions         = var.functions
    executionRoleArn  = var.execution_role_arn
    taskRoleArn       = var.task_role_arn
    sessionLogGroup   = var.session_log_group
    sharedCluster     = var.shared_cluster
    maxRuntimeMinutes = var.max_runtime_minutes
  })
}
