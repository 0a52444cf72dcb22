output "alarm_topic_arn" {
  description = "Topic that alarms go to, made or given."
  value       = local.topic_arn
}

output "alarm_names" {
  description = "Name of each alarm, by what it is about."
  value       = local.alarm_names
}

output "dashboard" {
  description = "Name of the dashboard; null without one."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}
