"""Creates the things that Terraform needs before its first run.

state_bucket  the bucket for Terraform's state
files         an environment's two files
"""
