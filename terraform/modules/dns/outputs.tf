output "hosted_zone_id" {
  description = "Id of the zone, given or made."
  value       = var.hosted_zone_id == null ? aws_route53_zone.made[0].zone_id : var.hosted_zone_id
}

output "name_servers" {
  description = "Name servers of the zone. A zone that was made answers nobody until its parent delegates to these."
  value       = var.hosted_zone_id == null ? aws_route53_zone.made[0].name_servers : data.aws_route53_zone.given[0].name_servers
}
