output "policy_arn" {
  description = "ARN of the policy for researchers."
  value       = aws_iam_policy.this.arn
}
