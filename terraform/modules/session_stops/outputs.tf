output "scheduler_role_arn" {
  description = "ARN of the role for stop schedules."
  value       = aws_iam_role.scheduler.arn
}

output "task_state_rule_arn" {
  description = "ARN of the rule on stopped tasks."
  value       = aws_cloudwatch_event_rule.task_stopped.arn
}
