# The participant page: static files in a private bucket that only CloudFront may read.

locals {
  bucket = "${lower(replace(var.name, "_", "-"))}-website-${var.account_id}"
  host   = var.domain == null ? aws_cloudfront_distribution.this.domain_name : var.domain

  content_types = {
    css         = "text/css; charset=utf-8"
    html        = "text/html; charset=utf-8"
    ico         = "image/x-icon"
    js          = "text/javascript; charset=utf-8"
    json        = "application/json"
    mjs         = "text/javascript; charset=utf-8"
    png         = "image/png"
    svg         = "image/svg+xml"
    txt         = "text/plain; charset=utf-8"
    webmanifest = "application/manifest+json"
    woff2       = "font/woff2"
  }

  # settings.json is generated for each deployment, below.
  files = toset([for file in fileset(var.folder, "**") : file if lookup(local.content_types, reverse(split(".", file))[0], null) != null && file != "settings.json"])

  # AWS's managed cache policy CachingOptimized: follows the files' Cache-Control, compresses. The
  # id is the same in every account (Amazon CloudFront developer guide, "Use managed cache
  # policies").
  caching_optimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"

  # Likewise CachingDisabled, and AllViewer, which forwards the headers of a WebSocket's handshake.
  caching_disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
  all_viewer       = "216adef6-5c7f-47e4-b989-5492eafa07d3"

  # Researchers write the step pages, which may load styles and pictures from everywhere and scripts
  # from nowhere.
  connections = join(" ", concat(
    [var.api_url], sort(var.link_origins),
    var.direct_route ? [for port in var.session_ports : "wss://*.${var.root_domain}:${port}"] : [],
    var.edge_route ? ["wss://${coalesce(var.domain, "none")}"] : [], # older browsers do not count it as 'self'
  ))
  framed_by = length(var.embedded_in) == 0 ? "'none'" : join(" ", var.embedded_in)

  # local/content_policy.py parses this list line by line, so that the local cloud and the browser
  # tests use the same policy.
  content_security_policy = join("; ", [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline' https:",
    "img-src 'self' https: data: blob:",
    "media-src 'self' https: data: blob:",
    "font-src 'self' https: data:",
    "connect-src 'self' ${local.connections}",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'", # the page's own script sends the answers
    "frame-ancestors ${local.framed_by}",
  ])
}

# ------------------------------------------------------------------------------------------------------------ files

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:Only CloudFront may read the bucket; a log of visitors would be personal data that no study has asked for.
  #checkov:skip=CKV_AWS_21:The files are in the repository and in studies' folders; an apply and a submit restore them.
  #checkov:skip=CKV_AWS_144:The files are in the repository; CloudFront serves them worldwide.
  #checkov:skip=CKV_AWS_145:The files are public, so SSE-S3 suffices; teams that need their own key set kms_key_arn.
  #checkov:skip=CKV2_AWS_61:The bucket holds only the files of the repository.
  #checkov:skip=CKV2_AWS_62:No part of the deployment needs notifications from this bucket.
  bucket        = local.bucket
  force_destroy = true # it holds copies only: of the repository, and of studies' folders

  lifecycle {
    precondition {
      condition     = contains(local.files, "index.html")
      error_message = "There is no participant page in ${var.folder}: run `make build` first, which makes it of frontend/."
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket = aws_s3_bucket.this.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }

    bucket_key_enabled = var.kms_key_arn == null ? null : true
  }
}

data "aws_iam_policy_document" "bucket" {
  statement {
    sid       = "ThisDistributionReads"
    actions   = ["s3:GetObject"]
    resources = ["arn:${var.partition}:s3:::${local.bucket}/*"]

    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_cloudfront_distribution.this.arn]
    }
  }

  # With permission to list, S3 answers 404 instead of 403 for a missing file.
  statement {
    sid       = "ThisDistributionTellsMissingFromForbidden"
    actions   = ["s3:ListBucket"]
    resources = ["arn:${var.partition}:s3:::${local.bucket}"]

    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_cloudfront_distribution.this.arn]
    }
  }

  # Studies with owners: no other principal writes their files.
  dynamic "statement" {
    for_each = var.study_owners

    content {
      sid       = "FilesOf${replace(statement.key, "/[^A-Za-z0-9]/", "")}${substr(sha256(statement.key), 0, 6)}"
      effect    = "Deny"
      actions   = ["s3:DeleteObject", "s3:PutObject"]
      resources = ["arn:${var.partition}:s3:::${local.bucket}/assets/${statement.key}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "ArnNotLike"
        variable = "aws:PrincipalArn"
        values   = statement.value
      }
    }
  }

  statement {
    sid       = "DenyInsecureTransport"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["arn:${var.partition}:s3:::${local.bucket}", "arn:${var.partition}:s3:::${local.bucket}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  # S3 refuses two concurrent changes of a bucket's access settings (409 OperationAborted).
  depends_on = [aws_s3_bucket_public_access_block.this]

  bucket = aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.bucket.json

  lifecycle {
    precondition {
      # S3 user guide, "Bucket policies and user policies".
      condition     = length(replace(data.aws_iam_policy_document.bucket.json, "/\\s/", "")) <= 20480
      error_message = "The policy of the bucket ${aws_s3_bucket.this.bucket} has ${length(replace(data.aws_iam_policy_document.bucket.json, "/\\s/", ""))} bytes without white space, and S3 takes 20,480: choose a shorter name."
    }
  }
}

resource "aws_s3_object" "file" {
  for_each = local.files

  bucket       = aws_s3_bucket.this.id
  key          = each.key
  source       = "${var.folder}/${each.key}"
  source_hash  = filemd5("${var.folder}/${each.key}")
  content_type = local.content_types[reverse(split(".", each.key))[0]]

  # File names do not change between releases: the browser revalidates each file, and usually gets
  # 304.
  cache_control = "no-cache"

  # An object takes ten tags, a bucket 50: with the provider's default tags, a team's eighth tag
  # would make the apply fail.
  override_provider {
    default_tags {
      tags = {}
    }
  }
}

resource "aws_s3_object" "settings" {
  bucket        = aws_s3_bucket.this.id
  key           = "settings.json"
  content       = jsonencode(merge({ api = "${var.api_url}/next" }, length(var.link_origins) == 0 ? {} : { allow = sort(var.link_origins) }))
  content_type  = "application/json"
  cache_control = "no-cache"

  override_provider {
    default_tags {
      tags = {}
    }
  }
}

# -------------------------------------------------------------------------------------------------------- CloudFront

resource "aws_cloudfront_origin_access_control" "this" {
  name                              = local.bucket
  description                       = "Signs CloudFront's requests to ${local.bucket}"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_response_headers_policy" "this" {
  #checkov:skip=CKV_AWS_259:No includeSubDomains and no preload: session servers, which may speak plain ws, can be under the page's name.
  name    = "${var.name}_website"
  comment = "Security headers of the participant page"

  security_headers_config {
    content_security_policy {
      content_security_policy = local.content_security_policy
      override                = true
    }

    content_type_options {
      override = true
    }

    referrer_policy {
      referrer_policy = "no-referrer" # URLs contain participants' ids
      override        = true
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }
  }

  lifecycle {
    precondition {
      # Longest header value: "Quotas" in the Amazon CloudFront developer guide.
      condition     = length(local.content_security_policy) <= 1783
      error_message = "The page's Content-Security-Policy has ${length(local.content_security_policy)} characters, and CloudFront takes 1,783 in a header: use fewer session_ports, fewer origins in website.embedded_in and website.link_origins, or a shorter root_domain."
    }
  }
}

resource "aws_cloudfront_distribution" "this" {
  #checkov:skip=CKV_AWS_68:Static files; the API, which does the work, has its own throttling.
  #checkov:skip=CKV2_AWS_47:Static files; there is no log4j behind them.
  #checkov:skip=CKV_AWS_86:An access log would hold participants' ids and IP addresses: personal data that no study has asked for.
  #checkov:skip=CKV_AWS_310:The only origin is one bucket, whose files are copies.
  #checkov:skip=CKV_AWS_374:Participants may be anywhere; a study limits countries where it recruits.
  #checkov:skip=CKV_AWS_174:With website.domain TLS 1.2 is the minimum; CloudFront's own certificate has no such setting.
  #checkov:skip=CKV2_AWS_42:website.domain is optional; with it the page has its own certificate.
  enabled             = true
  comment             = "Participant page of ${var.name}"
  aliases             = var.domain == null ? [] : [var.domain]
  default_root_object = "index.html"
  http_version        = "http2and3"
  is_ipv6_enabled     = true
  price_class         = var.price_class
  web_acl_id          = one(aws_wafv2_web_acl.this[*].arn)

  origin {
    origin_id                = "files"
    domain_name              = aws_s3_bucket.this.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.this.id
  }

  # The function chooses the server of each request, or refuses it: nothing is at this name.
  dynamic "origin" {
    for_each = var.edge_route ? [true] : []

    content {
      origin_id   = "game"
      domain_name = "game-placeholder.${var.root_domain}"

      custom_origin_config {
        http_port              = 80
        https_port             = 443
        origin_protocol_policy = "http-only"
        origin_ssl_protocols   = ["TLSv1.2"]
      }
    }
  }

  dynamic "ordered_cache_behavior" {
    for_each = aws_cloudfront_function.game

    content {
      path_pattern             = "/game/*"
      target_origin_id         = "game"
      allowed_methods          = ["GET", "HEAD", "OPTIONS"]
      cached_methods           = ["GET", "HEAD"]
      cache_policy_id          = local.caching_disabled
      origin_request_policy_id = local.all_viewer
      viewer_protocol_policy   = "https-only"
      compress                 = false

      function_association {
        event_type   = "viewer-request"
        function_arn = ordered_cache_behavior.value.arn
      }
    }
  }

  # CloudFront keeps these errors for ten seconds by default, also of an answer that forbids it.
  dynamic "custom_error_response" {
    for_each = var.edge_route ? toset([502, 503, 504]) : toset([])

    content {
      error_code            = custom_error_response.value
      error_caching_min_ttl = 0
    }
  }

  default_cache_behavior {
    target_origin_id           = "files"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    cache_policy_id            = local.caching_optimized
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id
    viewer_protocol_policy     = "redirect-to-https"
    compress                   = true
  }

  ordered_cache_behavior {
    path_pattern               = "/assets/*"
    target_origin_id           = "files"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    cache_policy_id            = local.caching_optimized
    response_headers_policy_id = aws_cloudfront_response_headers_policy.assets.id
    viewer_protocol_policy     = "redirect-to-https"
    compress                   = true
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = var.domain == null
    acm_certificate_arn            = one(aws_acm_certificate_validation.this[*].certificate_arn)
    ssl_support_method             = var.domain == null ? null : "sni-only"
    minimum_protocol_version       = var.domain == null ? "TLSv1" : "TLSv1.2_2021"
  }
}
