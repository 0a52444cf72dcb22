# The hosted zone for the sessions' names: given; or created; or created, with a delegation in a
# parent zone of the same account. The functions create and delete the sessions' records.

locals {
  # Seconds for which a resolver caches that a name does not exist: a participant's browser may look
  # up a server's name too early. The effective value is the lower of the SOA record's TTL and its
  # last field (RFC 2308, 5); Route 53's default is 900.
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
      error_message = "Hosted zone ${self.zone_id} is for ${self.name} and cannot hold names under ${var.root_domain}. Set hosted_zone_id to the zone of ${var.root_domain} or of a parent, or change root_domain."
    }

    postcondition {
      condition     = self.private_zone != true
      error_message = "Hosted zone ${self.zone_id} is private: participants' browsers are outside every VPC and cannot resolve its names. Set hosted_zone_id to a public zone."
    }
  }
}

resource "aws_route53_zone" "made" {
  #checkov:skip=CKV2_AWS_38:DNSSEC needs a key, and a DS record in the parent zone, which other people administer.
  #checkov:skip=CKV2_AWS_39:A query log would record which participant played when; and Route 53 writes it in us-east-1 only.
  count = var.hosted_zone_id == null ? 1 : 0

  name    = var.root_domain
  comment = "HIPPO Gym session servers"
}

# Route 53 creates this record with the zone and refuses to delete it. So it is overwritten here,
# and `destroy` leaves it to the zone's deletion (the provider treats the refusal as success).
resource "aws_route53_record" "start_of_authority" {
  count = length(aws_route53_zone.made)

  zone_id = aws_route53_zone.made[0].zone_id
  name    = var.root_domain
  type    = "SOA"
  ttl     = local.negative_ttl

  # Route 53 does not use the serial number; it stays 1.
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
      error_message = "Hosted zone ${self.zone_id} is for ${self.name}, which is not a parent of ${var.root_domain}, and cannot delegate to it. Set parent_zone_id to a zone above ${var.root_domain}."
    }

    postcondition {
      condition     = self.private_zone != true
      error_message = "Hosted zone ${self.zone_id} is private: browsers outside its VPCs would not find ${var.root_domain}. Set parent_zone_id to a public zone."
    }
  }
}

# No allow_overwrite: an existing delegation may be in use.
resource "aws_route53_record" "delegation" {
  count = var.parent_zone_id == null ? 0 : 1

  zone_id = data.aws_route53_zone.parent[0].zone_id
  name    = var.root_domain
  type    = "NS"
  ttl     = 300 # short: a zone that is created again has other name servers
  records = aws_route53_zone.made[0].name_servers
}
