output "name" {
  description = "Name of the deployment, known in every plan. A resource that uses it is created after the record."
  value       = split("/", aws_ssm_parameter.this.name)[2]
}
