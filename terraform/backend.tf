# S3 holds the state and its lock file. `make bootstrap ENV=<env>` writes the bucket's name into
# environments/<env>.s3.tfbackend.

terraform {
  # 1.10 is the first version that can lock the state in S3 itself.
  required_version = ">= 1.10"

  backend "s3" {}
}
