"""The infra team's commands, as `make` runs them.

main             the program: one table of commands
commands         one thin module per command
environments     an environment's files: terraform/environments/<env>.tfvars and .s3.tfbackend
terraform        runs terraform, and puts its errors into plain words
provider_mirror  finds a mirror of the AWS provider on this machine
checks           checkov on a plan, with the reasons for what is skipped
errors           the error that ends a command
bootstrap        creates the bucket for Terraform's state, and an environment's two files
preflight        finds what would go wrong, before it does
plan             makes a plan, and knows whether it is still the one that was reviewed
verify           proves a deployment by using it
deploy           applies a reviewed plan
drain            ends the sessions of a deployment before it is destroyed
destroy          takes a deployment down, except for research data
"""
