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
}

run "a_given_zone_is_used" {
  module { source = "./modules/dns" }

  variables { hosted_zone_id = "ZGIVEN" }

  assert {
    condition     = output.hosted_zone_id == "ZGIVEN" && length(aws_route53_zone.made) == 0 && output.name_servers == tolist(["ns-1.example.net"])
    error_message = "A zone that is given must be used, and none made."
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
