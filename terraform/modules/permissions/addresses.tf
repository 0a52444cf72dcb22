# The sessions' names: single labels below root_domain, an address and a text that says whose it is.

locals {
  hosted_zone = "arn:${var.partition}:route53:::hostedzone/${var.hosted_zone_id}"
  root_domain = lower(var.root_domain)

  record = "route53:ChangeResourceRecordSets"

  # Normalized by Route 53: lower case, no dot at the end. Deeper names are nobody's session, those with an underscore
  # prove somebody's ownership (certificates, mail), and reserved ones are the deployment's API, say.
  not_sessions = concat(
    ["*.*.${local.root_domain}", "_*"],
    [for label in var.reserved_names : "${label}.${local.root_domain}"],
  )

  # ForAllValues holds for a request that tells nothing at all; so what it tells must be there (IAM user guide,
  # "Conditions with multiple context keys or values").
  told = toset(["Actions", "RecordTypes", "NormalizedRecordNames"])
}

data "aws_iam_policy_document" "change_addresses" {
  for_each = {
    publish  = { sid = "PointNamesAtServers", actions = ["UPSERT", "DELETE"] } # a failed start cleans up after itself
    withdraw = { sid = "WithdrawNames", actions = ["DELETE"] }
  }

  statement {
    sid       = each.value.sid
    actions   = ["route53:ChangeResourceRecordSets"]
    resources = [local.hosted_zone]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "${local.record}Actions"
      values   = each.value.actions
    }

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "${local.record}RecordTypes"
      values   = ["A", "TXT"]
    }

    condition {
      test     = "ForAllValues:StringLike"
      variable = "${local.record}NormalizedRecordNames"
      values   = ["*.${local.root_domain}"]
    }

    condition {
      test     = "ForAllValues:StringNotLike"
      variable = "${local.record}NormalizedRecordNames"
      values   = local.not_sessions
    }

    dynamic "condition" {
      for_each = local.told

      content {
        test     = "Null"
        variable = "${local.record}${condition.value}"
        values   = ["false"]
      }
    }
  }
}

data "aws_iam_policy_document" "wait_for_addresses" {
  statement {
    sid       = "WaitForAddresses"
    actions   = ["route53:GetChange"]
    resources = ["arn:${var.partition}:route53:::change/*"] # the change's id is drawn by Route 53
  }
}

data "aws_iam_policy_document" "see_addresses" {
  statement {
    sid       = "SeeAddresses"
    actions   = ["route53:ListResourceRecordSets"]
    resources = [local.hosted_zone]
  }
}
