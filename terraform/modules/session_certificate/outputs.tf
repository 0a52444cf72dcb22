output "certificate_secret_arn" {
  description = "ARN of the secret with `fullchain` and `privkey`."
  value       = aws_secretsmanager_secret.this["certificate"].arn
}
