# The names and ARNs that `hippo`, the researcher's command, needs; it finds them by the
# deployment's name.

resource "aws_ssm_parameter" "this" {
  #checkov:skip=CKV2_AWS_34:Nothing in it is secret; with a team's key it is encrypted, and researchers may use that key for the bucket anyway.
  #checkov:skip=CKV_AWS_337:Nothing in it is secret; with a team's key it is encrypted, and researchers may use that key for the bucket anyway.
  name        = "/hippo-gym/${var.name}"
  description = "Where the parts of the HIPPO Gym deployment ${var.name} are; the command hippo reads it"
  type        = var.kms_key_arn == null ? "String" : "SecureString"
  key_id      = var.kms_key_arn

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
    maxTaskCpu        = var.max_task_cpu
    maxTaskMemory     = var.max_task_memory
    keepAddresses     = var.keep_addresses
    keepBrowser       = var.keep_browser
    retainDays        = var.retain_days
    sessionPorts      = var.session_ports

    pageUrl      = var.page_url
    assetsBucket = var.assets_bucket

    sessionCertificateSecretArn = var.session_certificate_secret_arn
  })
}
