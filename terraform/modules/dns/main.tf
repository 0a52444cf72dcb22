# The hosted zone of the sessions' names: given, made, or made and delegated to from a zone of the same account. Records
# of sessions are made and withdrawn by the functions, not here.

locals {
  # Seconds that a resolver remembers that a name does not exist: a participant's browser may ask for a server's name a
  # moment too early. It is the lower of the SOA record's TTL and its last field (RFC 2308, 5); Route 53 begins with 900.
  negative_ttl = 60

  refresh = 7200
  retry   = 900
  expire  = 1209600
}

data "aws_route53_zone" "given" {
  count = var.hosted_zone_id == null ? 0 : 1

  zone_id = var.hosted_zone_id

  lifecycle {
    postcondition {
      condition     = endswith(".${var.root_domain}", ".${trimsuffix(self.name, ".")}")
      error_message = "Hosted zone ${self.zone_id} is for ${self.name}: it cannot hold names under ${var.root_domain}."
    }

    postcondition {
      condition     = self.private_zone != true
      error_message = "Hosted zone ${self.zone_id} is private: participants' browsers are outside of any VPC, and would find no server."
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

# The record is there from the beginning and cannot be deleted: it is overwritten here, and a destroy leaves it to the
# zone (Route 53 refuses, and the provider takes that for gone).
resource "aws_route53_record" "start_of_authority" {
  count = length(aws_route53_zone.made)

  zone_id = aws_route53_zone.made[0].zone_id
  name    = var.root_domain
  type    = "SOA"
  ttl     = local.negative_ttl

  # Route 53 uses no serial number; it stays 1.
  records = ["${trimsuffix(aws_route53_zone.made[0].primary_name_server, ".")}. awsdns-hostmaster.amazon.com. 1 ${local.refresh} ${local.retry} ${local.expire} ${local.negative_ttl}"]

  allow_overwrite = true
}

# ------------------------------------------------------------------------------------------------------- delegation

data "aws_route53_zone" "parent" {
  count = var.parent_zone_id == null ? 0 : 1

  zone_id = var.parent_zone_id

  lifecycle {
    postcondition {
      condition     = endswith(var.root_domain, ".${trimsuffix(self.name, ".")}")
      error_message = "Hosted zone ${self.zone_id} is for ${self.name}, which is not above ${var.root_domain}: it cannot delegate to it."
    }

    postcondition {
      condition     = self.private_zone != true
      error_message = "Hosted zone ${self.zone_id} is private: nobody outside would be led to ${var.root_domain}."
    }
  }
}

# Without allow_overwrite: a delegation that is there already leads somewhere that somebody wanted.
resource "aws_route53_record" "delegation" {
  count = var.parent_zone_id == null ? 0 : 1

  zone_id = data.aws_route53_zone.parent[0].zone_id
  name    = var.root_domain
  type    = "NS"
  ttl     = 300 # short: a zone that is made anew has other name servers
  records = aws_route53_zone.made[0].name_servers
}
