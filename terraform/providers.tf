provider "aws" {
  region = var.region

  default_tags {
    tags = merge(
      {
        Product    = "hippo-gym"
        Deployment = var.name
        ManagedBy  = "terraform"
      },
      var.tags,
    )
  }
}
