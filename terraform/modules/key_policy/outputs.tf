output "json" {
  description = "The statements, as an IAM policy document."
  value       = data.aws_iam_policy_document.this.json
}
