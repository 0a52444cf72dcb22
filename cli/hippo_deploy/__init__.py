"""The infra team's commands: bootstrap, plan, deploy, destroy and preflight, as `make` runs them.

environments   an environment's files: terraform/environments/<env>.tfvars and .s3.tfbackend
terraform      the terraform program, and its errors in plain words
bootstrap/     the bucket for Terraform's state
plan/          making a plan, and knowing whether it is still the one that was reviewed
review/        the page that a person reads before a plan is applied: pure functions of the plan's JSON
costs/         a dated price table, and what a plan's resources cost a month
preflight/     what would go wrong, found before it does
deploying, destroying, draining
"""
