output "alarm_topic_arn" {
  description = "Topic that alarms go to, created or given."
  value       = local.topic_arn
}

output "alarm_names" {
  description = "Name of each alarm, by its key in alarms.tf."
  value       = local.alarm_names
}

output "dashboard" {
  description = "Name of the dashboard; null without one."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}
