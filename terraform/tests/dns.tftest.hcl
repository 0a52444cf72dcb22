mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  root_domain = "play.example.net"
}

run "without_a_zone_one_is_created" {
  module { source = "./modules/dns" }

  assert {
    condition     = aws_route53_zone.made[0].name == "play.example.net" && length(data.aws_route53_zone.given) == 0
    error_message = "Without hosted_zone_id Terraform must create a zone for root_domain."
  }

  assert {
    condition     = output.hosted_zone_id == "ZMADE" && output.name_servers == tolist(["ns-9.example.net"])
    error_message = "The outputs must contain the name servers for the parent's delegation."
  }

  assert {
    condition     = length(aws_route53_record.delegation) == 0 && length(data.aws_route53_zone.parent) == 0
    error_message = "Without parent_zone_id no other zone may be changed."
  }
}

run "in_a_created_zone_absent_names_are_cached_for_a_minute" {
  module { source = "./modules/dns" }

  assert {
    condition     = [for record in aws_route53_record.start_of_authority : [record.zone_id, record.name, record.type, record.ttl, record.allow_overwrite]] == [["ZMADE", "play.example.net", "SOA", 60, true]]
    error_message = "The zone's own SOA record must be overwritten, with a low TTL."
  }

  assert {
    condition     = one(aws_route53_record.start_of_authority[0].records) == "ns-9.example.net. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 60"
    error_message = "The SOA record must keep the zone's first name server, and its last number, the minimum, must be low: the lower of it and the TTL counts."
  }
}

run "the_parent_delegates_to_a_created_zone" {
  module { source = "./modules/dns" }

  variables { parent_zone_id = "ZPARENT" }

  override_data {
    target = data.aws_route53_zone.parent[0]
    values = { name = "example.net", zone_id = "ZPARENT" }
  }

  assert {
    condition = [for record in aws_route53_record.delegation : [record.zone_id, record.name, record.type, record.ttl, record.records]] == [
      ["ZPARENT", "play.example.net", "NS", 300, toset(["ns-9.example.net"])],
    ]
    error_message = "The parent must delegate to the name servers of the created zone."
  }

  assert {
    condition     = aws_route53_record.delegation[0].allow_overwrite != true
    error_message = "An existing delegation must not be overwritten."
  }

  assert {
    condition     = output.delegated_zone_id == "ZMADE" && output.hosted_zone_id == "ZMADE"
    error_message = "Sessions' names must go into the created zone, not into its parent."
  }
}

run "a_parent_zone_that_is_not_above" {
  command = plan

  module { source = "./modules/dns" }

  variables { parent_zone_id = "ZPARENT" }

  override_data {
    target = data.aws_route53_zone.parent[0]
    values = { name = "play.example.net", zone_id = "ZPARENT" } # the same name, which is not above it
  }

  expect_failures = [data.aws_route53_zone.parent]
}

run "a_given_zone_with_a_parent_zone" {
  command = plan

  module { source = "./modules/dns" }

  variables {
    hosted_zone_id = "ZGIVEN"
    parent_zone_id = "ZPARENT"
  }

  expect_failures = [var.parent_zone_id]
}

run "a_given_zone_is_used" {
  module { source = "./modules/dns" }

  variables { hosted_zone_id = "ZGIVEN" }

  assert {
    condition     = output.hosted_zone_id == "ZGIVEN" && length(aws_route53_zone.made) == 0 && output.name_servers == tolist(["ns-1.example.net"])
    error_message = "A given zone must be used, and none created."
  }

  assert {
    condition     = length(aws_route53_record.start_of_authority) == 0 && length(aws_route53_record.delegation) == 0 && output.delegated_zone_id == "ZGIVEN"
    error_message = "Terraform must change nothing in a given zone."
  }
}

run "a_given_zone_may_be_above_root_domain" {
  module { source = "./modules/dns" }

  variables {
    root_domain    = "pilot.play.example.net"
    hosted_zone_id = "ZGIVEN"
  }

  assert {
    condition     = output.hosted_zone_id == "ZGIVEN"
    error_message = "A zone above root_domain can hold its names."
  }
}

run "a_given_zone_of_another_domain" {
  command = plan

  module { source = "./modules/dns" }

  variables {
    root_domain    = "display.example.net" # ends with the zone's name, but is not below it
    hosted_zone_id = "ZGIVEN"
  }

  override_data {
    target = data.aws_route53_zone.given[0]
    values = { name = "play.example.net", zone_id = "ZGIVEN", name_servers = [] }
  }

  expect_failures = [data.aws_route53_zone.given]
}

run "a_domain_with_capitals_and_a_zone_by_path" {
  command = plan

  module { source = "./modules/dns" }

  variables {
    root_domain    = "Play.example.net."
    hosted_zone_id = "/hostedzone/ZGIVEN"
  }

  expect_failures = [var.root_domain, var.hosted_zone_id]
}

run "a_parent_by_path" {
  command = plan

  module { source = "./modules/dns" }

  variables { parent_zone_id = "/hostedzone/ZPARENT" }

  expect_failures = [var.parent_zone_id]
}
