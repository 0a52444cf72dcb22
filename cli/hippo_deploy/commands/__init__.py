"""The commands: each module defines `command`, which the table in hippo_deploy.main names.

bootstrap  `make bootstrap`
preflight  `make preflight`
plan       `make plan`
deploy     `make deploy`
outputs    `make outputs`
verify     `make verify`
destroy    `make destroy`
"""
