# Every run is a plan: prevent_destroy also applies in tests, and an applied bucket could not be
# deleted.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  bucket_name = "pilot-projects-123456789012"
}

run "research_data_is_private_versioned_and_encrypted" {
  command = plan

  module { source = "./modules/projects_bucket" }

  assert {
    condition     = aws_s3_bucket.this.bucket == "pilot-projects-123456789012"
    error_message = "The bucket must have the given name."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls, aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls, aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "All public access must be blocked."
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "Versioning must be on."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "Objects must be encrypted."
  }

  assert {
    condition     = one(aws_s3_bucket_ownership_controls.this.rule).object_ownership == "BucketOwnerEnforced"
    error_message = "ACLs must be off."
  }
}

run "a_key_of_the_team" {
  command = plan

  module { source = "./modules/projects_bucket" }

  variables { kms_key_arn = "arn:aws:kms:ca-central-1:123456789012:key/1" }

  assert {
    condition = one(aws_s3_bucket_server_side_encryption_configuration.this.rule).bucket_key_enabled && one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default) == {
      sse_algorithm = "aws:kms", kms_master_key_id = var.kms_key_arn
    }
    error_message = "The bucket must use the key, with an S3 bucket key: the roles' policies name the bucket as encryption context."
  }
}

run "old_versions_and_broken_uploads_expire" {
  command = plan

  module { source = "./modules/projects_bucket" }

  variables {
    noncurrent_days        = 30
    record_noncurrent_days = 7
  }

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.noncurrent_version_expiration[0].noncurrent_days == 7 if startswith(rule.id, "expire-noncurrent-records")
    ])
    error_message = "Noncurrent versions of records must expire after record_noncurrent_days."
  }

  assert {
    condition = one([
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.filter[0].tag[0] if rule.id == "expire-noncurrent-records"
    ]) == { key = "hippo-gym:kind", value = "record" }
    error_message = "The rule must apply to what the functions tag, and to nothing else: not to pages and the list."
  }

  assert {
    condition = { for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.id => rule.filter[0].prefix if startswith(rule.id, "expire-noncurrent-records-of-") } == {
      expire-noncurrent-records-of-sessions     = "_sessions/"
      expire-noncurrent-records-of-participants = "_participants/"
    }
    error_message = "The rules for the other records must be limited to their folders."
  }

  assert {
    condition = one([
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.noncurrent_version_expiration[0].noncurrent_days if rule.id == "expire-noncurrent-versions"
    ]) == 30
    error_message = "Noncurrent versions must expire after noncurrent_days."
  }

  assert {
    condition = one([
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.abort_incomplete_multipart_upload[0].days_after_initiation if rule.id == "abort-incomplete-uploads"
    ]) == 7
    error_message = "Unfinished uploads must expire."
  }

  assert {
    condition = { for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.id => rule.status } == {
      expire-noncurrent-versions                = "Enabled"
      expire-noncurrent-records                 = "Enabled"
      expire-noncurrent-records-of-sessions     = "Enabled"
      expire-noncurrent-records-of-participants = "Enabled"
      abort-incomplete-uploads                  = "Enabled"
    }
    error_message = "There must be exactly these rules: another could expire research data."
  }

  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.id if length(rule.expiration) > 0] == ["expire-noncurrent-versions"]
    error_message = "No rule may expire current versions: only delete markers without versions go."
  }
}

run "requests_without_tls_are_denied" {
  command = plan

  module { source = "./modules/projects_bucket" }

  assert {
    condition     = length(aws_s3_bucket_policy.this) == 1
    error_message = "The bucket must have its policy."
  }

  assert {
    condition = (
      one(data.aws_iam_policy_document.bucket.statement).effect == "Deny"
      && one(data.aws_iam_policy_document.bucket.statement).actions == toset(["s3:*"])
      && one(data.aws_iam_policy_document.bucket.statement).resources == toset(["arn:aws:s3:::pilot-projects-123456789012", "arn:aws:s3:::pilot-projects-123456789012/*"])
      && one(data.aws_iam_policy_document.bucket.statement).principals == toset([{ type = "*", identifiers = toset(["*"]) }])
      && one(data.aws_iam_policy_document.bucket.statement).condition == toset([{ test = "Bool", variable = "aws:SecureTransport", values = tolist(["false"]) }])
    )
    error_message = "Every request without TLS must be denied, to bucket and objects, for every principal."
  }
}

run "an_emulator_may_speak_plain_http" {
  command = plan

  module { source = "./modules/projects_bucket" }

  variables { require_tls = false }

  assert {
    condition     = length(aws_s3_bucket_policy.this) == 0
    error_message = "With require_tls = false there must be no policy."
  }
}

run "an_invalid_bucket_name" {
  command = plan

  module { source = "./modules/projects_bucket" }

  variables { bucket_name = "HIPPO_Gym" }

  expect_failures = [var.bucket_name]
}

run "zero_noncurrent_days" {
  command = plan

  module { source = "./modules/projects_bucket" }

  variables { noncurrent_days = 0 }

  expect_failures = [var.noncurrent_days]
}
