# Access of the functions to objects in the projects bucket.

locals {
  object = {
    master_list    = "${var.bucket_arn}/project_master_list.json"
    pages          = "${var.bucket_arn}/*.html"
    versions       = "${var.bucket_arn}/_versions/*/project.json"
    participants   = "${var.bucket_arn}/*/Users/*"
    rosters        = "${var.bucket_arn}/_participants/*"
    live_sessions  = "${var.bucket_arn}/_sessions/live/*"
    ended_sessions = "${var.bucket_arn}/_sessions/ended/*"
    heartbeats     = "${var.bucket_arn}/_sessions/here/*"
    places         = "${var.bucket_arn}/_sessions/places.json"
    trials         = "${var.bucket_arn}/*/Trials/*"
    progress       = "${var.bucket_arn}/*/Trials/*/progress.json"
    marks          = "${var.bucket_arn}/_sessions/marks.json"
    kept_versions  = "${var.bucket_arn}/_versions/*"
    retention      = "${var.bucket_arn}/_sessions/retention.json"
    warm           = "${var.bucket_arn}/_sessions/warm/*"
    warm_asked     = "${var.bucket_arn}/_sessions/warm.json"
  }
}

# Without ListBucket S3 answers 403, not 404, for a missing key. No condition, because such a
# request has no prefix.
data "aws_iam_policy_document" "tell_missing_from_forbidden" {
  statement {
    sid       = "TellMissingFromForbidden"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arn]
  }
}

data "aws_iam_policy_document" "serve_pages" {
  statement {
    sid     = "ReadProjects"
    actions = ["s3:GetObject"]
    resources = [
      local.object.master_list,
      local.object.pages,
      local.object.versions,
      local.object.participants,
      local.object.rosters,
      local.object.live_sessions,
      local.object.ended_sessions,
      local.object.places,
    ]
  }

  # Rosters count the participants of studies with a limit of participants; beside them are the cells
  # of balanced studies.
  statement {
    sid       = "WriteParticipantRecords"
    actions   = ["s3:PutObject"]
    resources = [local.object.participants, local.object.rosters]
  }

  # By the tag a record's noncurrent versions expire early (modules/projects_bucket).
  statement {
    sid       = "TagParticipantRecords"
    actions   = ["s3:PutObjectTagging"]
    resources = [local.object.participants]
  }

  statement {
    sid       = "WriteHeartbeats"
    actions   = ["s3:PutObject"]
    resources = [local.object.heartbeats]
  }
}

# The keys of studies whose links are signed. They are encrypted with the AWS managed key aws/ssm,
# whose policy admits every reader of the parameter.
data "aws_iam_policy_document" "read_link_keys" {
  statement {
    sid       = "ReadLinkKeys"
    actions   = ["ssm:GetParameter"]
    resources = ["arn:${var.partition}:ssm:${var.region}:${var.account_id}:parameter/hippo-gym-links/${var.name}/*"]
  }
}

data "aws_iam_policy_document" "read_edge_keys" {
  count = var.edge_route ? 1 : 0

  statement {
    sid       = "ReadEdgeKeys"
    actions   = ["ssm:GetParameter"]
    resources = ["arn:${var.partition}:ssm:${var.region}:${var.account_id}:parameter/hippo-gym-edge/${var.name}"]
  }
}

data "aws_iam_policy_document" "update_master_list" {
  statement {
    sid       = "UpdateMasterList"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = [local.object.master_list]
  }

  statement {
    sid       = "BeginRosters"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = [local.object.rosters]
  }
}

data "aws_iam_policy_document" "read_master_list" {
  statement {
    sid       = "ReadMasterList"
    actions   = ["s3:GetObject"]
    resources = [local.object.master_list]
  }
}

data "aws_iam_policy_document" "read_versions" {
  statement {
    sid       = "ReadVersions"
    actions   = ["s3:GetObject"]
    resources = [local.object.versions]
  }
}

# A write or deletion with If-Match also needs s3:GetObject (Amazon S3 user guide, "Enforce
# conditional writes").
data "aws_iam_policy_document" "keep_session_records" {
  statement {
    sid       = "KeepLiveRecords"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = [local.object.live_sessions]
  }

  statement {
    sid       = "KeepEndedRecordsAndPlaces"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = [local.object.ended_sessions, local.object.places]
  }
}

# What a ticket's forms and addresses allow is evaluated with the permissions of the function that
# signed them (Amazon S3 user guide, "Who can create a presigned URL").
data "aws_iam_policy_document" "sign_uploads" {
  statement {
    sid       = "ReadLiveRecords"
    actions   = ["s3:GetObject"]
    resources = [local.object.live_sessions]
  }

  statement {
    sid       = "SignUploads"
    actions   = ["s3:PutObject"]
    resources = [local.object.trials]
  }

  statement {
    sid       = "SignReadsOfProgress"
    actions   = ["s3:GetObject"]
    resources = [local.object.progress]
  }

  # The patterns above also match keys of versions with such a part.
  statement {
    sid       = "KeepOutOfVersions"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${var.bucket_arn}/_*"]
  }
}

# A deletion with If-Match also needs s3:GetObject.
data "aws_iam_policy_document" "forget_heartbeats" {
  statement {
    sid       = "ForgetHeartbeats"
    actions   = ["s3:GetObject", "s3:DeleteObject"]
    resources = [local.object.heartbeats]
  }
}

# Which warm servers wait for a participant. A deletion with If-Match also needs s3:GetObject.
data "aws_iam_policy_document" "list_warm_servers" {
  statement {
    sid       = "ListWarmServers"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = [local.object.warm]
  }
}

data "aws_iam_policy_document" "ask_for_warm_servers" {
  statement {
    sid       = "AskForWarmServers"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = [local.object.warm_asked]
  }
}

data "aws_iam_policy_document" "mark_leftovers" {
  statement {
    sid       = "MarkLeftovers"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = [local.object.marks]
  }
}

# Removes participants' data after the retention of their study, in all versions. Which studies and
# participants is not known here: the master list says it. A deletion with If-Match also needs
# s3:GetObject, and S3's DeleteObjects DeleteObjectVersion only where it names versions.
data "aws_iam_policy_document" "keep_retention" {
  statement {
    sid       = "FindPastVersions"
    actions   = ["s3:ListBucketVersions"]
    resources = [var.bucket_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["*/Users/*", "*/Trials/*", "_sessions/ended/*"]
    }
  }

  statement {
    sid       = "CloseRecords"
    actions   = ["s3:GetObject", "s3:GetObjectTagging", "s3:DeleteObject"]
    resources = [local.object.participants]
  }

  statement {
    sid       = "RemoveAfterRetention"
    actions   = ["s3:DeleteObjectVersion"]
    resources = [local.object.participants, local.object.trials, local.object.ended_sessions]
  }

  # An anonymous entry keeps a participant's place on the roster and in the cells.
  statement {
    sid       = "ForgetOnRosters"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = [local.object.rosters]
  }

  statement {
    sid       = "KeepRetention"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = [local.object.retention]
  }

  # The patterns above also match keys of versions with such a part.
  statement {
    sid       = "KeepVersions"
    effect    = "Deny"
    actions   = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    resources = [local.object.kept_versions]
  }
}
