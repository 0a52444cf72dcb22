output "url" {
  description = "URL of the participant page."
  value       = "https://${local.host}"
}

output "bucket" {
  description = "Name of the bucket that holds the page's files."
  value       = aws_s3_bucket.this.bucket
}

output "distribution_id" {
  description = "Id of the CloudFront distribution."
  value       = aws_cloudfront_distribution.this.id
}
