mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "pilot"
}

run "a_small_public_vpc_is_created" {
  module { source = "./modules/network" }

  assert {
    condition = [for subnet in aws_subnet.public : [subnet.cidr_block, subnet.availability_zone]] == [
      ["10.42.0.0/20", "ca-central-1a"], ["10.42.16.0/20", "ca-central-1b"],
    ]
    error_message = "There must be two subnets, in the first two zones by name."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : !subnet.map_public_ip_on_launch])
    error_message = "No resource may get a public address by default."
  }

  assert {
    condition     = aws_route.internet[0].destination_cidr_block == "0.0.0.0/0" && aws_route.internet[0].gateway_id == aws_internet_gateway.this[0].id && length(aws_route_table_association.public) == 2
    error_message = "Both subnets must route to the internet gateway."
  }

  assert {
    condition     = length(output.subnet_ids) == 2 && length(output.security_group_ids) == 1 && output.vpc_id == aws_vpc.this[0].id
    error_message = "The outputs must contain the ids of the created resources."
  }

  assert {
    condition     = aws_vpc.this[0].cidr_block == "10.42.0.0/16" && aws_vpc.this[0].enable_dns_support && aws_vpc.this[0].enable_dns_hostnames
    error_message = "Tasks must be able to resolve names."
  }

  assert {
    condition     = toset([for thing in [aws_vpc.this[0], aws_internet_gateway.this[0], aws_subnet.public["0"], aws_subnet.public["1"]] : thing.tags.Name]) == toset(["pilot", "pilot_public_0", "pilot_public_1"])
    error_message = "The created resources must be named after the deployment."
  }
}

run "a_given_address_range" {
  module { source = "./modules/network" }

  variables { vpc_cidr = "192.168.8.0/24" }

  assert {
    condition     = aws_vpc.this[0].cidr_block == "192.168.8.0/24" && [for subnet in aws_subnet.public : subnet.cidr_block] == ["192.168.8.0/28", "192.168.8.16/28"]
    error_message = "The subnets must be the first two sixteenths of the range."
  }
}

run "participants_reach_the_session_ports_only" {
  module { source = "./modules/network" }

  variables { session_ports = [5000, 8080] }

  assert {
    condition = { for key, rule in aws_vpc_security_group_ingress_rule.participants : key => [rule.ip_protocol, rule.from_port, rule.to_port, rule.cidr_ipv4] } == {
      "5000" = ["tcp", 5000, 5000, "0.0.0.0/0"]
      "8080" = ["tcp", 8080, 8080, "0.0.0.0/0"]
    }
    error_message = "Exactly the session ports must be open, to anyone."
  }

  assert {
    condition = alltrue([
      for description in concat(
        [aws_security_group.sessions[0].description, aws_vpc_security_group_egress_rule.anywhere[0].description],
        [for rule in aws_vpc_security_group_ingress_rule.participants : rule.description],
      ) : can(regex("^[A-Za-z0-9 ._:/()#,@\\[\\]+=&;{}!$*-]{1,255}$", description))
    ])
    error_message = "EC2 takes at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$* in the description of a group or rule."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.anywhere[0].cidr_ipv4 == "0.0.0.0/0" && aws_vpc_security_group_egress_rule.anywhere[0].ip_protocol == "-1"
    error_message = "Containers must be able to connect to everywhere."
  }

  assert {
    # In the mocked provider unset attributes are null; rules would show here.
    condition     = aws_default_security_group.this[0].vpc_id == aws_vpc.this[0].id
    error_message = "The VPC's default group must be managed, and empty."
  }
}

run "given_subnets_are_used_and_nothing_is_created" {
  module { source = "./modules/network" }

  variables {
    subnet_ids         = ["subnet-0a1", "subnet-0b2"]
    security_group_ids = ["sg-0c3"]
  }

  assert {
    condition     = output.subnet_ids == tolist(["subnet-0a1", "subnet-0b2"]) && output.security_group_ids == tolist(["sg-0c3"]) && output.vpc_id == null
    error_message = "The outputs must be the given ids."
  }

  assert {
    condition = length(aws_vpc.this) + length(aws_subnet.public) + length(aws_internet_gateway.this) + length(aws_route_table.public) + length(aws_route.internet) + length(aws_security_group.sessions) + length(aws_default_security_group.this) + length(aws_vpc_security_group_ingress_rule.participants) + length(aws_vpc_security_group_egress_rule.anywhere) + length(data.aws_availability_zones.usable) == 0

    error_message = "With a given network nothing may be created."
  }
}

run "subnets_without_groups" {
  command = plan

  module { source = "./modules/network" }

  variables { subnet_ids = ["subnet-0a1"] }

  expect_failures = [var.subnet_ids]
}

run "invalid_subnet_ids" {
  command = plan

  module { source = "./modules/network" }

  variables {
    subnet_ids         = ["sg-0c3"]
    security_group_ids = ["sg-0c3"]
  }

  expect_failures = [var.subnet_ids]
}

run "invalid_security_group_ids" {
  command = plan

  module { source = "./modules/network" }

  variables {
    subnet_ids         = ["subnet-0a1"]
    security_group_ids = ["subnet-0a1"]
  }

  expect_failures = [var.security_group_ids]
}

run "invalid_ranges_and_ports" {
  command = plan

  module { source = "./modules/network" }

  variables {
    vpc_cidr      = "10.42.0.0/28"
    session_ports = [70000]
  }

  expect_failures = [var.vpc_cidr, var.session_ports]
}

run "more_subnets_than_ecs_takes_for_a_task" {
  command = plan

  module { source = "./modules/network" }

  variables {
    subnet_ids         = [for number in range(17) : "subnet-${number}"]
    security_group_ids = ["sg-0c3"]
  }

  expect_failures = [var.subnet_ids]
}

run "more_groups_than_ecs_takes_for_a_task" {
  command = plan

  module { source = "./modules/network" }

  variables {
    subnet_ids         = ["subnet-0a1"]
    security_group_ids = [for number in range(6) : "sg-${number}"]
  }

  expect_failures = [var.security_group_ids]
}

run "as_many_as_ecs_takes_for_a_task" {
  command = plan

  module { source = "./modules/network" }

  variables {
    subnet_ids         = [for number in range(16) : "subnet-${number}"]
    security_group_ids = [for number in range(5) : "sg-${number}"]
  }

  assert {
    condition     = length(output.subnet_ids) == 16 && length(output.security_group_ids) == 5
    error_message = "The largest numbers that ECS takes must be accepted."
  }
}

run "a_group_of_another_vpc" {
  command = plan

  module { source = "./modules/network" }

  variables {
    subnet_ids         = ["subnet-0a1"]
    security_group_ids = ["sg-0c3"]
  }

  override_data {
    target = data.aws_security_group.given["sg-0c3"]
    values = { vpc_id = "vpc-other" }
  }

  expect_failures = [output.security_group_ids]
}

run "subnets_of_two_vpcs" {
  command = plan

  module { source = "./modules/network" }

  variables {
    subnet_ids         = ["subnet-0a1", "subnet-0b2"]
    security_group_ids = ["sg-0c3"]
  }

  override_data {
    target = data.aws_subnet.given["subnet-0b2"]
    values = { vpc_id = "vpc-other" }
  }

  expect_failures = [output.subnet_ids]
}

run "half_a_port" {
  command = plan

  module { source = "./modules/network" }

  variables { session_ports = [5000.5] }

  expect_failures = [var.session_ports]
}

run "zones_without_fargate_are_left_out" {
  module { source = "./modules/network" }

  assert {
    condition     = toset(data.aws_availability_zones.usable[0].exclude_zone_ids) == toset(["apne1-az3", "cnn1-az3", "cnn1-az4", "usw1-az2"])
    error_message = "A task in one of these zones does not start, because they have no Fargate."
  }
}

run "behind_the_edge_only_cloudfront_reaches_the_servers" {
  module { source = "./modules/network" }

  variables {
    session_ports = [5000, 5001]
    direct_route  = false
    edge_route    = true
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.participants) == 0
    error_message = "No rule may admit the internet."
  }

  assert {
    condition     = jsonencode([for rule in aws_vpc_security_group_ingress_rule.edge : [rule.ip_protocol, rule.from_port, rule.to_port, rule.prefix_list_id, rule.cidr_ipv4]]) == jsonencode([["tcp", 5000, 5001, data.aws_ec2_managed_prefix_list.cloudfront[0].id, null]])
    error_message = "One rule must admit CloudFront's list, and nothing else."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.edge[0].security_group_id == aws_security_group.edge[0].id && one(output.edge_security_group_ids) == aws_security_group.edge[0].id && one(output.security_group_ids) == aws_security_group.sessions[0].id
    error_message = "Sessions of the two routes must have groups of their own."
  }
}

run "while_the_route_changes_sessions_of_both_are_admitted" {
  module { source = "./modules/network" }

  variables { edge_route = true }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.participants) == 1 && length(aws_vpc_security_group_ingress_rule.edge) == 1
    error_message = "Each group must admit its own route."
  }
}

run "without_the_edge_nothing_of_it_is_made" {
  module { source = "./modules/network" }

  assert {
    condition     = length(aws_security_group.edge) == 0 && length(data.aws_ec2_managed_prefix_list.cloudfront) == 0 && length(output.edge_security_group_ids) == 0
    error_message = "The direct route must need no prefix list."
  }
}

run "ports_with_a_gap_do_not_fit_into_one_rule" {
  command = plan

  module { source = "./modules/network" }

  variables {
    session_ports = [5000, 5002]
    edge_route    = true
  }

  expect_failures = [aws_security_group.edge]
}
