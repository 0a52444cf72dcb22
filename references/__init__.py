"""The documents that are made from sources: `make references` writes them, a test compares them.

__main__    writes every document that differs from its source
documents   all of them: path -> text
http_api    docs/reference/http-api.md, from schemas/openapi.json
commands    docs/reference/hippo-cli.md, from the command line of `hippo` and the Makefile
config_yml  docs/reference/config-yml.md, from schemas/project.schema.json
terraform   docs/reference/terraform.md and sections of the modules' READMEs, from the .tf files
decisions   the index of docs/decisions
pictures    the diagrams of docs/pictures, put into the documents that show them
hcl         reads the variables and outputs of .tf files
markdown    tables, anchors, and sections between markers
site        prepares the folder that MkDocs builds the site from
"""
