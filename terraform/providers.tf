locals {
  own_tags = {
    Product    = "hippo-gym"
    Deployment = var.name
    ManagedBy  = "terraform"
  }

  tags = merge(local.own_tags, var.tags)
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

# For the hosted zone: Route 53 takes ten tags (Amazon Route 53 API reference,
# ChangeTagsForResource), all other services of this root take 50. Objects in S3 take ten, too:
# modules/website gives them none.
provider "aws" {
  alias  = "route53"
  region = var.region

  default_tags {
    tags = length(local.tags) <= 10 ? local.tags : local.own_tags
  }
}

# For the participant page's certificate, which CloudFront takes from there only.
provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"

  default_tags {
    tags = local.tags
  }
}
