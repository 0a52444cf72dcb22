output "subnet_ids" {
  description = "Subnets for the sessions' tasks."
  value       = local.made ? [for subnet in aws_subnet.public : subnet.id] : var.subnet_ids

  precondition {
    condition     = length(distinct([for subnet in data.aws_subnet.given : subnet.vpc_id])) <= 1
    error_message = "subnet_ids must be subnets of one VPC, to which a security group, and so a server, belongs; they are in ${join(" and ", [for id, subnet in data.aws_subnet.given : "${subnet.vpc_id} (${id})"])}. Remove those of the other VPC."
  }
}

output "security_group_ids" {
  description = "Security groups for the sessions' tasks."
  value       = local.made ? aws_security_group.sessions[*].id : var.security_group_ids

  precondition {
    condition     = length(setsubtract([for group in data.aws_security_group.given : group.vpc_id], [for subnet in data.aws_subnet.given : subnet.vpc_id])) == 0
    error_message = "security_group_ids must be groups of the subnets' VPC, ${join(" and ", distinct([for subnet in data.aws_subnet.given : subnet.vpc_id]))}, and are in ${join(" and ", [for id, group in data.aws_security_group.given : "${group.vpc_id} (${id})"])}: a task accepts only groups of its own VPC, so that ECS would refuse every start. Replace those of the other VPC."
  }
}

output "edge_security_group_ids" {
  description = "Security groups for the tasks of sessions on the edge route; none without it. Given groups serve both routes."
  value       = !var.edge_route ? [] : local.made ? aws_security_group.edge[*].id : var.security_group_ids
}

output "vpc_id" {
  description = "The VPC that Terraform created; null if subnets were given."
  value       = one(aws_vpc.this[*].id)
}
