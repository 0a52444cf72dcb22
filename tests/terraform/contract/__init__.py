"""The plan contract: check that AWS accepts the values of a Terraform plan.

`limits`    the limit of one value (characters, length, range, choices) and its source
`shapes`    limits from botocore's service models, by call and member
`schemas`   limits from the CloudFormation resource schemas that cfn-lint ships, by type and property
`mapping`   the member and property that an argument of the provider becomes: tables/*.toml
`rows`      limits from AWS's documentation, each with its page
`relations` rules about several values together: tags of a resource, policies of a role, rules of a group
`walking`   the values of a plan, known and unknown, by address and argument
`checking`  checks a plan with all of these: findings, and arguments without a table or limit
"""
