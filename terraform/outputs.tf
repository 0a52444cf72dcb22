output "name" {
  description = "Name of the deployment."
  value       = var.name
}

output "region" {
  description = "Region of the deployment."
  value       = var.region
}

output "api_url" {
  description = "URL of the HTTP API, under its own name if it has one; its root answers as /next does."
  value       = local.api_url
}

output "next_url" {
  description = "URL that participants' clients call."
  value       = "${local.api_url}/next"
}

output "execute_api_url" {
  description = "URL of the HTTP API under the name that AWS gave it, which works with and without api_domain."
  value       = module.api.url
}

output "bucket" {
  description = "The projects bucket: pages go to <bucket>/<projectId>/."
  value       = module.projects_bucket.bucket
}

output "function_names" {
  description = "Name in AWS of each function, by its file name."
  value       = { for key, function in module.function : key => function.function_name }
}

output "start_server_topic_arn" {
  description = "Topic that takes wishes to start a session."
  value       = module.session_topics.topic_arns.start_server
}

output "stop_server_topic_arn" {
  description = "Topic that takes wishes to stop a session."
  value       = module.session_topics.topic_arns.stop_server
}

output "dead_letter_queue_urls" {
  description = "Queues of start and stop messages that failed to the end: empty when all is well."
  value       = module.session_topics.dead_letter_queue_urls
}

output "root_domain" {
  description = "Domain of the sessions' names."
  value       = var.root_domain
}

output "hosted_zone_id" {
  description = "Hosted zone of the sessions' names, given or made."
  value       = module.dns.hosted_zone_id
}

output "name_servers" {
  description = "Name servers of the hosted zone. One that was made needs an NS record for root_domain, with these, at its parent; with parent_zone_id it is there."
  value       = module.dns.name_servers
}

output "task_execution_role_arn" {
  description = "executionRoleArn for researchers' task definitions."
  value       = module.session_servers.execution_role_arn
}

output "task_role_arn" {
  description = "taskRoleArn for researchers' task definitions."
  value       = module.session_servers.task_role_arn
}

output "session_log_group" {
  description = "awslogs-group for researchers' task definitions."
  value       = module.session_servers.log_group
}

output "subnet_ids" {
  description = "Subnets of the sessions' tasks, given or made."
  value       = module.network.subnet_ids
}

output "security_group_ids" {
  description = "Security groups of the sessions' tasks, given or made."
  value       = module.network.security_group_ids
}

output "scheduler_role_arn" {
  description = "Role that stop schedules publish with."
  value       = module.session_stops.scheduler_role_arn
}

output "researcher_policy_arn" {
  description = "IAM policy that allows what researchers do with `hippo`, and no more."
  value       = module.researcher.policy_arn
}

output "description_parameter" {
  description = "SSM parameter in which `hippo` finds the parts of the deployment."
  value       = module.deployment_description.parameter_name
}

output "website_url" {
  description = "URL of the participant page, to which ?projectId=<id> is added; null without a website."
  value       = one([for website in module.website : website.url])
}

output "alarm_topic_arn" {
  description = "Topic that alarms go to, made or given. Without alarm_emails, subscribe whoever is on call."
  value       = module.monitoring.alarm_topic_arn
}

output "alarm_names" {
  description = "Name of each alarm, by what it is about; none with alarms = false."
  value       = module.monitoring.alarm_names
}

output "dashboard" {
  description = "Name of the CloudWatch dashboard; null without one."
  value       = module.monitoring.dashboard
}

output "kms_key_policy" {
  description = "Statements that the policy of kms_key_arn needs beside the team's own, for the services that use it; null without a key. `terraform plan` shows them before anything is made."
  value       = var.kms_key_arn == null ? null : module.key_policy.json
}
