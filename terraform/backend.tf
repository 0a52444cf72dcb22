# The state is in S3, locked by a file beside it. Which bucket is in environments/<env>.s3.tfbackend, which
# `make bootstrap ENV=<env>` writes.

terraform {
  # 1.10: the first that can lock in S3 itself.
  required_version = ">= 1.10"

  backend "s3" {}
}
