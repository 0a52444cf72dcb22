output "rule_arn" {
  description = "ARN of the rule that starts the sweeper."
  value       = aws_cloudwatch_event_rule.this.arn
}
