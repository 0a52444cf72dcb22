"""What has to exist before Terraform runs.

state_bucket  the bucket for Terraform's state
files         an environment's two files
"""
