locals {
  own_tags = {
    Product    = "hippo-gym"
    Deployment = var.name
    ManagedBy  = "terraform"
  }

  tags = merge(var.tags, local.own_tags)
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

# For the hosted zone: Route 53 takes ten tags (Amazon Route 53 API reference,
# ChangeTagsForResource), every other service of this root takes 50. S3 objects take ten as well:
# modules/website gives them none.
provider "aws" {
  alias  = "route53"
  region = var.region

  default_tags {
    tags = length(local.tags) <= 10 ? local.tags : local.own_tags
  }
}

# For the participant page's certificate: CloudFront accepts certificates from us-east-1 only.
provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"

  default_tags {
    tags = local.tags
  }
}
