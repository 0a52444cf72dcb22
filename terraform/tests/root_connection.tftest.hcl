# How pages reach games: which settings fit together, and what the functions get.
mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "aws" {
  alias  = "us_east_1"
  source = "./tests/mocks"
}

mock_provider "aws" {
  alias  = "route53"
  source = "./tests/mocks"
}

variables {
  region      = "ca-central-1"
  root_domain = "play.example.net"
  bundle_path = "./main.tf" # any file: a plan reads only its hash
  website     = { domain = "study.play.example.net" }
}

run "direct_by_default" {
  command = plan

  assert {
    condition     = output.game_route == "direct" && local.gives_certificate && output.game_key_store_arn == null && length(local.edge) == 0 && length(local.environments.route) == 0
    error_message = "The edge route is not the default: it is not proven on a real account yet."
  }
}

run "the_edge_route_reaches_the_functions_that_sign" {
  command = plan

  variables { game_route = "edge" }

  assert {
    condition     = local.every_function.next_step.environment.EDGE_URL == "https://study.play.example.net" && local.every_function.start_server.environment.EDGE_URL == "https://study.play.example.net" && local.every_function.start_server.environment.GAME_ROUTE == "edge"
    error_message = "next_step and start_server must sign paths of the page's own name."
  }

  assert {
    condition     = !local.gives_certificate
    error_message = "No container may get a key."
  }

  assert {
    condition     = !contains(keys(local.every_function.stop_server.environment), "EDGE_URL")
    error_message = "A function that signs nothing needs no address."
  }
}

run "the_edge_route_needs_a_page_with_a_name" {
  command = plan

  variables {
    game_route = "edge"
    website    = {}
  }

  expect_failures = [var.game_route]
}

run "the_edge_route_needs_a_page" {
  command = plan

  variables {
    former_game_route = "edge"
    website           = null
  }

  expect_failures = [var.former_game_route]
}

run "an_unknown_route" {
  command = plan

  variables { game_route = "tunnel" }

  expect_failures = [var.game_route]
}

run "ports_that_cloudfront_does_not_connect_to" {
  command = plan

  variables {
    game_route    = "edge"
    session_ports = [900]
  }

  expect_failures = [var.game_route]
}

run "ports_that_need_two_rules" {
  command = plan

  variables {
    game_route    = "edge"
    session_ports = [5000, 8080]
  }

  expect_failures = [var.game_route]
}

run "a_former_route_that_is_the_present_one" {
  command = plan

  variables {
    game_route        = "edge"
    former_game_route = "edge"
  }

  expect_failures = [var.former_game_route]
}
