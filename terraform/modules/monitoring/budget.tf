# AWS's bill, in addition to the estimate from the servers' hours (the alarm "spend"): later, but
# complete and in money.

locals {
  budget_name = "${var.name}_monthly"

  # Percentages of the limit at which AWS Budgets sends a message.
  budget_messages = {
    spent_80     = { kind = "ACTUAL", percent = 80 }
    spent_100    = { kind = "ACTUAL", percent = 100 }
    foreseen_100 = { kind = "FORECASTED", percent = 100 }
  }
}

resource "aws_budgets_budget" "this" {
  for_each = var.monthly_budget == null ? {} : { this = var.monthly_budget }

  name         = local.budget_name
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = tostring(each.value.usd)
  limit_unit   = "USD"

  # Matches nothing until the tag Deployment is active as a cost allocation tag: docs/alarms.md,
  # "What it costs".
  dynamic "cost_filter" {
    for_each = each.value.whole_account ? [] : [true]

    content {
      name   = "TagKeyValue"
      values = [format("user:Deployment$%s", var.name)]
    }
  }

  dynamic "notification" {
    for_each = local.budget_messages

    content {
      comparison_operator       = "GREATER_THAN"
      notification_type         = notification.value.kind
      threshold                 = notification.value.percent
      threshold_type            = "PERCENTAGE"
      subscriber_sns_topic_arns = [local.topic_arn]
    }
  }

  # AWS Budgets publishes a test message when the topic is configured.
  depends_on = [aws_sns_topic_policy.alarms]
}
