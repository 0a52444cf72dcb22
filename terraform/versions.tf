terraform {
  # 1.9: validations may look at other variables.
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # Exactly: another provider may plan other things for the same configuration.
      version = "5.100.0"
    }
  }
}
