output "plan_role_arn" {
  description = "ARN of the planning role, for the GitHub repository's variable HIPPO_PLAN_ROLES."
  value       = aws_iam_role.this["plan"].arn
}

output "deploy_role_arns" {
  description = "ARN of each environment's deploying role, for the GitHub environment's variable AWS_DEPLOY_ROLE."
  value       = { for environment in keys(var.deployers) : environment => aws_iam_role.this["deploy_${environment}"].arn }
}
