output "url" {
  description = "URL of the participant page."
  value       = "https://${local.host}"
}

output "bucket" {
  description = "Name of the bucket that holds the page's files."
  value       = aws_s3_bucket.this.bucket
}

output "game_key_store_arn" {
  description = "Key value store with the keys that the game route's function checks; null without the edge route. `make deploy` fills it."
  value       = one(aws_cloudfront_key_value_store.game[*].arn)
}

output "distribution_id" {
  description = "Id of the CloudFront distribution."
  value       = aws_cloudfront_distribution.this.id
}
