output "parameter_name" {
  description = "Name of the parameter that describes the deployment."
  value       = aws_ssm_parameter.this.name
}
