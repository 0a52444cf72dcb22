output "plan_role_arn" {
  description = "Role for HIPPO_PLAN_ROLES, the variable of the repository on GitHub."
  value       = aws_iam_role.this["plan"].arn
}

output "deploy_role_arns" {
  description = "Role for AWS_DEPLOY_ROLE, a variable of the GitHub environment, by environment."
  value       = { for environment in keys(var.deployers) : environment => aws_iam_role.this["deploy_${environment}"].arn }
}
