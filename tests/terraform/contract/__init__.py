"""What AWS accepts, and whether the values of a Terraform plan are that.

`limits`    what one value may be: characters, length, range, choices; and from where that is known
`shapes`    limits from botocore's service models, by call and member
`schemas`   limits from the CloudFormation resource schemas that cfn-lint ships, by type and property
`mapping`   which member and property an argument of the provider becomes: tables/*.toml
`rows`      limits that only AWS's documentation states, each with its page
`relations` rules about several values together: tags of a resource, policies of a role, rules of a group
`walking`   the values of a plan, known and unknown, by address and argument
`checking`  all of it on a plan: findings, and arguments that nothing is known about
"""
