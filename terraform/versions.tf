terraform {
  # 1.10: the state is locked in its own bucket (backend.tf).
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # Exactly: another provider may plan other things for the same configuration.
      version = "5.100.0"
    }
  }
}
