# The hosted zone of the sessions' names: given, or made. Records are made and withdrawn by the functions, not here.

data "aws_route53_zone" "given" {
  count = var.hosted_zone_id == null ? 0 : 1

  zone_id = var.hosted_zone_id

  lifecycle {
    postcondition {
      condition     = endswith(".${var.root_domain}", ".${trimsuffix(self.name, ".")}")
      error_message = "Hosted zone ${self.zone_id} is for ${self.name}: it cannot hold names under ${var.root_domain}."
    }
  }
}

resource "aws_route53_zone" "made" {
  #checkov:skip=CKV2_AWS_38:Signing needs a key and a DS record at the parent, which is in other hands.
  #checkov:skip=CKV2_AWS_39:A query log would list which participants played when, and is for us-east-1 only.
  count = var.hosted_zone_id == null ? 1 : 0

  name    = var.root_domain
  comment = "HIPPO Gym session servers"
}
