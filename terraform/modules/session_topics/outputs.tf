output "topic_arns" {
  description = "ARN of each topic: start_server, stop_server."
  value       = { for key, topic in aws_sns_topic.this : key => topic.arn }
}

output "dead_letter_queue_arns" {
  description = "ARN of each topic's dead-letter queue: start_server, stop_server."
  value       = { for key, queue in aws_sqs_queue.dead_letters : key => queue.arn }
}

output "dead_letter_queue_urls" {
  description = "URL of each topic's dead-letter queue: start_server, stop_server."
  value       = { for key, queue in aws_sqs_queue.dead_letters : key => queue.url }
}
