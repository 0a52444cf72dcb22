"""What has to be there before Terraform: the bucket for its state, and an environment's two files."""
