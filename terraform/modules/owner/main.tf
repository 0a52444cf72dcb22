# A record of the Terraform state that a deployment belongs to.
#
# Topics, queues, rules, alarms and inline policies that exist are returned or overwritten by the
# call that would create them, so a second state with the same name would take them over.
# PutParameter without Overwrite refuses a name that exists (AWS Systems Manager API reference,
# PutParameter, ParameterAlreadyExists). The root passes the output `name` of this module to all
# other modules, so that Terraform creates this record before anything that has the name: in a
# second state the apply stops here.

resource "aws_ssm_parameter" "this" {
  #checkov:skip=CKV2_AWS_34:It holds the address of a state and no secret.
  #checkov:skip=CKV_AWS_337:It holds the address of a state and no secret.
  name        = "/hippo-gym/${var.name}/owner"
  description = "The Terraform state that the HIPPO Gym deployment ${var.name} belongs to"
  type        = "String"

  # Not `value`, which reviews would hide as sensitive.
  insecure_value = jsonencode({ version = 1, state = var.state_location })
}
