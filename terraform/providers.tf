locals {
  tags = merge(
    {
      Product    = "hippo-gym"
      Deployment = var.name
      ManagedBy  = "terraform"
    },
    var.tags,
  )
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
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
