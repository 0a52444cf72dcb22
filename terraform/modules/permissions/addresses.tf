# DNS names of sessions: single labels under root_domain, each with an A record for the address and
# a TXT record for the owner.

locals {
  hosted_zone = "arn:${var.partition}:route53:::hostedzone/${var.hosted_zone_id}"
  root_domain = lower(var.root_domain)

  record = "route53:ChangeResourceRecordSets"

  # In Route 53's normalized form: lower case, no trailing dot. No session has a deeper name; names
  # with an underscore prove ownership to other services (certificates, mail); reserved names belong
  # to other hosts, such as the deployment's API.
  not_sessions = concat(
    ["*.*.${local.root_domain}", "_*"],
    [for label in var.reserved_names : "${label}.${local.root_domain}"],
  )

  # ForAllValues is also true for a request without the key, so the keys must be present (IAM user
  # guide, "Conditions with multiple context keys or values").
  required = toset(["Actions", "RecordTypes", "NormalizedRecordNames"])
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
      for_each = local.required

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
    resources = ["arn:${var.partition}:route53:::change/*"] # Route 53 assigns the change's id
  }
}

data "aws_iam_policy_document" "see_addresses" {
  statement {
    sid       = "SeeAddresses"
    actions   = ["route53:ListResourceRecordSets"]
    resources = [local.hosted_zone]
  }
}
