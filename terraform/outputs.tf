output "name" {
  description = "Name of the deployment."
  value       = var.name
}

output "region" {
  description = "Region of the deployment."
  value       = var.region
}

output "api_url" {
  description = "URL of the HTTP API, under api_domain if that is set. The root path answers like /next."
  value       = local.api_url
}

output "next_url" {
  description = "URL that participants' clients call."
  value       = "${local.api_url}/next"
}

output "execute_api_url" {
  description = "URL of the HTTP API under the name that AWS assigned. It works with and without api_domain."
  value       = module.api.url
}

output "bucket" {
  description = "The projects bucket; the pages of a study are in <bucket>/<projectId>/."
  value       = module.projects_bucket.bucket
}

output "function_names" {
  description = "Name in AWS of each function, by its file name."
  value       = { for key, function in module.function : key => function.function_name }
}

output "start_server_topic_arn" {
  description = "SNS topic that takes requests to start a session."
  value       = module.session_topics.topic_arns.start_server
}

output "stop_server_topic_arn" {
  description = "SNS topic that takes requests to stop a session."
  value       = module.session_topics.topic_arns.stop_server
}

output "dead_letter_queue_urls" {
  description = "SQS queues of start and stop messages that still failed after every retry; empty in normal operation."
  value       = module.session_topics.dead_letter_queue_urls
}

output "root_domain" {
  description = "Domain of the sessions' names."
  value       = var.root_domain
}

output "hosted_zone_id" {
  description = "Hosted zone that holds the sessions' records, given or created."
  value       = module.dns.hosted_zone_id
}

output "name_servers" {
  description = "Name servers of the hosted zone. If Terraform created the zone, its parent zone needs an NS record for root_domain with these; with parent_zone_id Terraform creates that record."
  value       = module.dns.name_servers
}

output "task_execution_role_arn" {
  description = "executionRoleArn for researchers' task definitions."
  value       = module.session_servers.execution_role_arn
}

output "uploads_url" {
  description = "HIPPO_UPLOAD_URL for researchers' task definitions: where containers ask for upload tickets. `hippo submit` sets it."
  value       = "${local.api_url}/trials"
}

output "task_role_arn" {
  description = "taskRoleArn for researchers' task definitions; null with session_task_role = \"none\"."
  value       = module.session_servers.task_role_arn
}

output "session_log_group" {
  description = "awslogs-group for researchers' task definitions."
  value       = module.session_servers.log_group
}

output "subnet_ids" {
  description = "Subnets of the sessions' tasks, given or created."
  value       = module.network.subnet_ids
}

output "security_group_ids" {
  description = "Security groups of the sessions' tasks, given or created."
  value       = module.network.security_group_ids
}

output "game_route" {
  description = "How pages reach the servers of new sessions: \"direct\" or \"edge\"."
  value       = var.game_route
}

output "game_key_store_arn" {
  description = "CloudFront's key value store with the keys of signed paths, which `make deploy` fills; null without the edge route."
  value       = one([for website in module.website : website.game_key_store_arn])
}

output "scheduler_role_arn" {
  description = "Role with which stop schedules publish to the stop topic."
  value       = module.session_stops.scheduler_role_arn
}

output "researcher_policy_arn" {
  description = "IAM policy that allows exactly what the command `hippo` does for a researcher."
  value       = module.researcher.policy_arn
}

output "description_parameter" {
  description = "SSM parameter in which `hippo` finds the parts of the deployment."
  value       = module.deployment_description.parameter_name
}

output "website_url" {
  description = "URL of the participant page; links to a study add ?projectId=<id>. Null without a website."
  value       = one([for website in module.website : website.url])
}

output "alarm_topic_arn" {
  description = "SNS topic that alarms go to, created or given. Without alarm_emails, subscribe the person on call to it."
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
  description = "Statements that the policy of kms_key_arn needs in addition to the team's own, for the services that use the key; null without a key. `terraform plan` shows them before anything is created."
  value       = var.kms_key_arn == null ? null : module.key_policy.json
}

# A plan's JSON does not hold `prevent_destroy`. With this output in the state, the review of a plan
# sees that a block lost it since the last apply.
output "protected_resources" {
  description = "Resource blocks with `prevent_destroy = true`, as `<folder>: <type>.<name>`. `make plan` compares them with those of the last apply."
  value = sort(flatten([
    for file in setunion(fileset(path.module, "*.tf"), fileset(path.module, "modules/*/*.tf")) : [
      for block in regexall("(?m)^resource \"(\\w+)\" \"([\\w-]+)\" \\{\\r?\\n((?:[ \\t#].*\\n|\\r?\\n)*)\\}", file("${path.module}/${file}")) :
      "${dirname(file)}: ${block[0]}.${block[1]}" if can(regex("(?m)^\\s*prevent_destroy\\s*=\\s*true\\b", block[2]))
    ]
  ]))
}
