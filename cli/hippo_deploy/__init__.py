"""The infra team's commands, as `make` runs them.

main             the program: one table of commands
commands         one thin module per command
environments     an environment's files: terraform/environments/<env>.tfvars and .s3.tfbackend
terraform        runs terraform, and explains its errors
following        runs a long program, with its output in a file and on this terminal
provider_mirror  finds a mirror of the AWS provider on this machine
checks           checkov on a plan
reasons          the written reasons that count for a resource that checkov reports
errors           the error that ends a command
bootstrap        creates the bucket for Terraform's state, and an environment's two files
settings         judges the settings as a whole, before terraform runs
preflight        checks the account, the settings and DNS before a deployment
ownership        checks that a deployment belongs to the environment's state
plan             makes a plan and its review; checks that a plan is still the reviewed one
verify           proves a deployment by using it
deploy           applies a reviewed plan
first_certificate  runs renew_certificate after a deploy
game_keys        makes and replaces the keys of the edge route's signed paths
renaming         refuses a plan that moves the names of live sessions
drain            ends the sessions of a deployment before it is destroyed
destroy          destroys a deployment and keeps its research data
remains          names what stays after that, and what it costs
"""
