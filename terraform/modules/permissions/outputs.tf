output "policies" {
  description = "Policy JSON of each function, by the function's file name."
  value       = { for function, document in data.aws_iam_policy_document.function : function => document.json }
}
