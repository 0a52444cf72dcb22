output "hosted_zone_id" {
  description = "Id of the zone, given or created."
  value       = var.hosted_zone_id == null ? aws_route53_zone.made[0].zone_id : var.hosted_zone_id
}

output "delegated_zone_id" {
  description = "The same id, for resources that need the zone to be resolvable from outside, such as a certificate's validation: known only after Terraform has created the delegation, if it creates one."
  value       = var.hosted_zone_id == null ? aws_route53_zone.made[0].zone_id : var.hosted_zone_id

  depends_on = [aws_route53_record.delegation, aws_route53_record.start_of_authority]
}

output "name_servers" {
  description = "Name servers of the zone. A created zone cannot be resolved until its parent delegates to these."
  value       = var.hosted_zone_id == null ? aws_route53_zone.made[0].name_servers : data.aws_route53_zone.given[0].name_servers
}
