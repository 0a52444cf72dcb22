# The files of studies. A person who may upload them could upload a page with a script, which would
# have the participant page's origin: the policy keeps it from running.
resource "aws_cloudfront_response_headers_policy" "assets" {
  #checkov:skip=CKV_AWS_259:No includeSubDomains and no preload: session servers, which may speak plain ws, can be under the page's name.
  name    = "${var.name}_website_assets"
  comment = "Security headers of the files of studies"

  security_headers_config {
    content_security_policy {
      content_security_policy = join("; ", [
        "default-src 'none'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "media-src 'self'",
        "font-src 'self'",
        "object-src 'self'", # browsers' own viewers of PDF
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ])
      override = true
    }

    content_type_options {
      override = true
    }

    referrer_policy {
      referrer_policy = "no-referrer"
      override        = true
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }
  }
}
