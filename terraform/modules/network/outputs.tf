output "subnet_ids" {
  description = "Subnets for the sessions' tasks."
  value       = local.made ? [for subnet in aws_subnet.public : subnet.id] : var.subnet_ids
}

output "security_group_ids" {
  description = "Security groups for the sessions' tasks."
  value       = local.made ? aws_security_group.sessions[*].id : var.security_group_ids
}

output "vpc_id" {
  description = "The VPC that Terraform created; null if subnets were given."
  value       = one(aws_vpc.this[*].id)
}
