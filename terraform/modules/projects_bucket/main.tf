# Research data: versioned, encrypted, private, and protected from deletion by Terraform.

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:Object keys hold participant ids; a server access log would be a second copy of personal data to guard.
  #checkov:skip=CKV_AWS_144:A study's ethics board decides where its data may be copied, so there is no replication by default.
  #checkov:skip=CKV_AWS_145:By default SSE-S3 encrypts, without a key policy that could lock researchers out of their own data; teams that need their own key set kms_key_arn.
  #checkov:skip=CKV2_AWS_62:No part of the deployment needs notifications from this bucket.
  bucket = var.bucket_name

  lifecycle {
    # Terraform requires a literal here, so no variable or tfvars file can switch the protection
    # off.
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket = aws_s3_bucket.this.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }

    # A bucket key reduces the calls of KMS. The encryption context is then the bucket's ARN, which
    # the roles' policies name.
    bucket_key_enabled = var.kms_key_arn == null ? null : true
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  # Rules for noncurrent versions need versioning.
  depends_on = [aws_s3_bucket_versioning.this]

  bucket = aws_s3_bucket.this.id

  rule {
    id     = "expire-noncurrent-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  # Where rules overlap, the shorter time applies (Amazon S3 user guide, "Lifecycle configuration
  # conflicts"). Participants' records are in the folders of their projects, so that no prefix
  # covers them: the functions tag what they write (hippo_gym.storage.bucket).
  rule {
    id     = "expire-noncurrent-records"
    status = "Enabled"

    filter {
      tag {
        key   = "hippo-gym:kind"
        value = "record"
      }
    }

    noncurrent_version_expiration {
      noncurrent_days = var.record_noncurrent_days
    }
  }

  dynamic "rule" {
    for_each = { sessions = "_sessions/", participants = "_participants/" }

    content {
      id     = "expire-noncurrent-records-of-${rule.key}"
      status = "Enabled"

      filter {
        prefix = rule.value
      }

      noncurrent_version_expiration {
        noncurrent_days = var.record_noncurrent_days
      }
    }
  }

  rule {
    id     = "abort-incomplete-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

locals {
  # From the name, so that the first plan shows the policy in full.
  arn = "arn:${var.partition}:s3:::${var.bucket_name}"
}

data "aws_iam_policy_document" "bucket" {
  dynamic "statement" {
    for_each = var.require_tls ? [true] : []

    content {
      sid       = "DenyInsecureTransport"
      effect    = "Deny"
      actions   = ["s3:*"]
      resources = [local.arn, "${local.arn}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "Bool"
        variable = "aws:SecureTransport"
        values   = ["false"]
      }
    }
  }

  # Studies with owners: no other principal writes or deletes their pages and versions, or deletes what
  # their participants left. A denial in the bucket's policy also holds for policies that others
  # attach. aws:PrincipalArn is the role's ARN, not that of its session (IAM user guide, "Global
  # condition context keys").
  dynamic "statement" {
    for_each = var.study_owners

    content {
      sid     = "PagesOf${replace(statement.key, "/[^A-Za-z0-9]/", "")}${substr(sha256(statement.key), 0, 6)}"
      effect  = "Deny"
      actions = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"]
      resources = [
        "${local.arn}/${statement.key}/*.html",
        "${local.arn}/_versions/${statement.key}/*",
      ]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "ArnNotLike"
        variable = "aws:PrincipalArn"
        values   = statement.value
      }
    }
  }

  # The functions may: they keep the records, and remove what a study's retention says.
  dynamic "statement" {
    for_each = var.study_owners

    content {
      sid     = "DataOf${replace(statement.key, "/[^A-Za-z0-9]/", "")}${substr(sha256(statement.key), 0, 6)}"
      effect  = "Deny"
      actions = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
      resources = [
        "${local.arn}/${statement.key}/Trials/*",
        "${local.arn}/${statement.key}/Users/*",
      ]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "ArnNotLike"
        variable = "aws:PrincipalArn"
        values   = concat(statement.value, var.function_role_arns)
      }
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  count = var.require_tls || length(var.study_owners) > 0 ? 1 : 0

  # S3 refuses two concurrent changes of a bucket's access settings (409 OperationAborted).
  depends_on = [aws_s3_bucket_public_access_block.this]

  bucket = aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.bucket.json

  lifecycle {
    precondition {
      # S3 user guide, "Bucket policies and user policies".
      condition     = length(replace(data.aws_iam_policy_document.bucket.json, "/\\s/", "")) <= 20480
      error_message = "The policy of the bucket ${aws_s3_bucket.this.bucket} has ${length(replace(data.aws_iam_policy_document.bucket.json, "/\\s/", ""))} bytes without white space, and S3 takes 20,480: name fewer studies in study_owners, or choose a shorter bucket_name."
    }
  }
}
