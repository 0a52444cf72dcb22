"""The commands: each module defines `command`, which the table in hippo_deploy.main names.

bootstrap  `make bootstrap`
preflight  `make preflight`
plan       `make plan`
review     the review of a plan again, from its JSON alone: for CI
deploy     `make deploy`
outputs    `make outputs`
verify     `make verify`
destroy    `make destroy`
"""
