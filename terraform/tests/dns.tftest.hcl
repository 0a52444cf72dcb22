mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  root_domain = "play.example.net"
}

run "a_zone_is_made" {
  module { source = "./modules/dns" }

  assert {
    condition     = aws_route53_zone.made[0].name == "play.example.net" && length(data.aws_route53_zone.given) == 0
    error_message = "Without a zone, one for root_domain must be made."
  }

  assert {
    condition     = output.hosted_zone_id == "ZMADE" && output.name_servers == tolist(["ns-9.example.net"])
    error_message = "The outputs must tell what the parent domain has to delegate to."
  }

  assert {
    condition     = length(aws_route53_record.delegation) == 0 && length(data.aws_route53_zone.parent) == 0
    error_message = "Without a parent zone nobody else's zone may be touched."
  }
}

run "a_zone_that_is_made_forgets_absent_names_within_a_minute" {
  module { source = "./modules/dns" }

  assert {
    condition     = [for record in aws_route53_record.start_of_authority : [record.zone_id, record.name, record.type, record.ttl, record.allow_overwrite]] == [["ZMADE", "play.example.net", "SOA", 60, true]]
    error_message = "The zone's own SOA record must be overwritten, with a low TTL."
  }

  assert {
    condition     = one(aws_route53_record.start_of_authority[0].records) == "ns-9.example.net. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 60"
    error_message = "The zone's first name server must stay, and the minimum, the last number, be low: the lower of it and the TTL counts."
  }
}

run "a_zone_that_is_made_is_delegated_to" {
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
    error_message = "The parent must lead to the name servers of the zone that was made."
  }

  assert {
    condition     = aws_route53_record.delegation[0].allow_overwrite != true
    error_message = "A delegation that is there already leads somewhere: it must not be overwritten."
  }

  assert {
    condition     = output.delegated_zone_id == "ZMADE" && output.hosted_zone_id == "ZMADE"
    error_message = "Sessions' names go into the zone that was made, not into its parent."
  }
}

run "a_parent_that_is_none" {
  command = plan

  module { source = "./modules/dns" }

  variables { parent_zone_id = "ZPARENT" }

  override_data {
    target = data.aws_route53_zone.parent[0]
    values = { name = "play.example.net", zone_id = "ZPARENT" } # the same name: not above it
  }

  expect_failures = [data.aws_route53_zone.parent]
}

run "a_zone_both_given_and_to_be_delegated_to" {
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
    error_message = "A zone that is given must be used, and none made."
  }

  assert {
    condition     = length(aws_route53_record.start_of_authority) == 0 && length(aws_route53_record.delegation) == 0 && output.delegated_zone_id == "ZGIVEN"
    error_message = "Nothing in a zone that is given may be touched."
  }
}

run "a_given_zone_may_be_the_parents" {
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
    root_domain    = "display.example.net" # ends with the zone's name as text, but is not below it
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
