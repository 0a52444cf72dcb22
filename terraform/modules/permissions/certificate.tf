# What renew_certificate may do, and no other function: prove that the domain is ours, and keep the
# certificate.

locals {
  certificate = [for certificate in [var.certificate] : certificate if certificate != null]

  # The team's own secret is only read.
  uses_of_key_for_secrets = { for sid, use in {
    UseKeyForSecrets         = { actions = ["kms:Decrypt", "kms:GenerateDataKey"], secrets = flatten(local.certificate[*].secret_arns) }
    UseKeyForExternalAccount = { actions = ["kms:Decrypt"], secrets = compact(local.certificate[*].external_account_secret_arn) }
  } : sid => use if length(use.secrets) > 0 }
}

data "aws_iam_policy_document" "prove_domain" {
  statement {
    sid       = "ProveDomain"
    actions   = ["route53:ChangeResourceRecordSets"]
    resources = [local.hosted_zone]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "${local.record}Actions"
      values   = ["CREATE", "DELETE"]
    }

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "${local.record}RecordTypes"
      values   = ["TXT"]
    }

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "${local.record}NormalizedRecordNames"
      values   = ["_acme-challenge.${local.root_domain}"]
    }

    dynamic "condition" {
      for_each = local.required

      content {
        test     = "Null"
        variable = "${local.record}${condition.value}"
        values   = ["false"]
      }
    }
  }
}

# Secrets Manager adds six characters to a secret's name; AWS assigns them (user guide, "Secrets
# Manager secret ARN").
data "aws_iam_policy_document" "keep_certificate" {
  for_each = var.certificate == null ? toset([]) : toset(["this"])

  statement {
    sid       = "KeepCertificate"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
    resources = var.certificate.secret_arns
  }

  dynamic "statement" {
    for_each = compact([var.certificate.external_account_secret_arn])

    content {
      sid       = "ReadExternalAccount"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.certificate.copy_to_bucket ? [true] : []

    content {
      sid       = "CopyCertificate"
      actions   = ["s3:GetObject", "s3:PutObject"]
      resources = ["${var.bucket_arn}/SSL/fullchain.pem", "${var.bucket_arn}/SSL/privkey.pem"]
    }
  }

  # Secrets Manager uses the key with the caller's permissions (user guide, "Secret encryption and
  # decryption").
  dynamic "statement" {
    for_each = var.kms_key_arn == null ? {} : local.uses_of_key_for_secrets

    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = [var.kms_key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["secretsmanager.${var.region}.amazonaws.com"]
      }

      condition {
        test     = "StringLike"
        variable = "kms:EncryptionContext:SecretARN"
        values   = statement.value.secrets
      }
    }
  }
}
