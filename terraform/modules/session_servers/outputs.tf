output "execution_role_arn" {
  description = "executionRoleArn for the researchers' task definitions."
  value       = aws_iam_role.execution.arn
}

output "task_role_arn" {
  description = "taskRoleArn for the researchers' task definitions; null if containers have no role."
  value       = one(aws_iam_role.task[*].arn)
}

output "log_group" {
  description = "awslogs-group for the researchers' task definitions."
  value       = aws_cloudwatch_log_group.this.name
}

output "shared_cluster" {
  description = "Name of the cluster that sessions share; empty if each session has its own."
  value       = one([for providers in aws_ecs_cluster_capacity_providers.shared : providers.cluster_name]) == null ? "" : "${var.name}-shared"
}
