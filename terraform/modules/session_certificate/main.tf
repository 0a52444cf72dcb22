# The secrets of renew_certificate, and the schedule that runs it.

locals {
  secrets = {
    certificate = "The certificate of the session servers of ${var.name}, and its key"
    account     = "The account of ${var.name} at the CA, and an order that is under way"
  }
}

# renew_certificate writes the values. Both can be made again at any time, so their names are free at
# once after a destroy.
resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV_AWS_149:With kms_key_arn the team's key encrypts it; otherwise Secrets Manager's own key does.
  #checkov:skip=CKV2_AWS_57:renew_certificate replaces the certificate; Secrets Manager's rotation knows no ACME.
  for_each = local.secrets

  name                    = "${var.name}/session_${each.key}"
  description             = each.value
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = 0
}

# Four times a day: a CA may advise an early renewal, and of a certificate that lives six days two
# days are left when it is due.
resource "aws_cloudwatch_event_rule" "this" {
  name                = "${var.name}_renew_certificate"
  description         = "Runs renew_certificate, which renews the servers' certificate when it is due"
  schedule_expression = "rate(6 hours)"
}

resource "aws_cloudwatch_event_target" "this" {
  # The rule may fire immediately after its creation, and an event without the permission is lost.
  depends_on = [aws_lambda_permission.this]

  rule      = aws_cloudwatch_event_rule.this.name
  target_id = "renew_certificate"
  arn       = var.function.arn
}

resource "aws_lambda_permission" "this" {
  statement_id  = "renew"
  action        = "lambda:InvokeFunction"
  function_name = var.function.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.this.arn
}

# The next run replaces a failed one; a retry at once would count against the CA's limits.
resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = var.function.function_name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 3600
}
