# With a customer key: the uses of it that reading, writing and publishing need, for this
# deployment's bucket, topics and queues only. S3, SNS and SQS use the key with the caller's
# permissions and name the resource in the encryption context.

locals {
  # The bucket has an S3 bucket key, so its ARN is the context of every object (Amazon S3 user guide, "S3 Bucket Keys").
  uses_of_key = {
    objects       = { sid = "UseKeyForObjects", service = "s3", context = "aws:s3:arn", arn = var.bucket_arn }
    starts        = { sid = "UseKeyForStarts", service = "sns", context = "aws:sns:topicArn", arn = var.topic_arns.start_server }
    stops         = { sid = "UseKeyForStops", service = "sns", context = "aws:sns:topicArn", arn = var.topic_arns.stop_server }
    failed_starts = { sid = "UseKeyForFailedStarts", service = "sqs", context = "aws:sqs:arn", arn = var.dead_letter_queue_arns.start_server }
    failed_stops  = { sid = "UseKeyForFailedStops", service = "sqs", context = "aws:sqs:arn", arn = var.dead_letter_queue_arns.stop_server }
  }

  # Writing to topics and queues needs both actions (Amazon SNS and SQS developer guides, "Key
  # management").
  use_of_key = { for use, document in data.aws_iam_policy_document.use_key : use => document.json }
}

data "aws_iam_policy_document" "use_key" {
  for_each = var.kms_key_arn == null ? {} : local.uses_of_key

  statement {
    sid       = each.value.sid
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["${each.value.service}.${var.region}.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:${each.value.context}"
      values   = [each.value.arn]
    }
  }
}
