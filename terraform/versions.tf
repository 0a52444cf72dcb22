terraform {
  # 1.10: the bucket that holds the state also holds its lock (backend.tf).
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # An exact version: another provider version may plan other changes for the same
      # configuration.
      version = "5.100.0"
    }
  }
}
