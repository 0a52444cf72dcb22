"""Generates documents from sources: `make references` writes them, a test compares them.

__main__    writes every document that differs from its source
documents   all generated documents: path -> text
http_api    docs/reference/http-api.md, from schemas/openapi.json
commands    docs/reference/hippo-cli.md, from the command line of `hippo` and the Makefile
config_yml  docs/reference/config-yml.md, from schemas/project.schema.json and hippo_play's game.schema.json
terraform   docs/reference/terraform.md and sections of the modules' READMEs, from the .tf files
decisions   the index of docs/decisions
pictures    inserts the diagrams of docs/pictures into documents
hcl         reads the variables and outputs of .tf files
markdown    tables, anchors, and sections between markers
site        prepares the folder from which MkDocs builds the site
"""
