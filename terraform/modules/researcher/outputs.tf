output "policy_arn" {
  description = "The policy to give to researchers."
  value       = aws_iam_policy.this.arn
}
