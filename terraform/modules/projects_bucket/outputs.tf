output "bucket" {
  description = "Name of the projects bucket."
  value       = aws_s3_bucket.this.id
}

output "arn" {
  description = "ARN of the projects bucket."
  value       = aws_s3_bucket.this.arn
}
