# -------------------------------------------------------------------------------- how a page reaches its game

variable "game_route" {
  description = "How a participant's page reaches its game. \"direct\": the server's own name and port (session_ports), with TLS in the container (session_certificate). \"edge\": the page's own distribution, on port 443, which forwards to the server over http inside AWS: no container holds a key. It needs website.domain, and works with the page of this project, not with older clients. docs/connection.md compares them, and says what is not proven yet."
  type        = string
  default     = "direct"
  nullable    = false

  validation {
    condition     = contains(["direct", "edge"], var.game_route)
    error_message = "game_route must be \"direct\" or \"edge\"."
  }

  validation {
    # CloudFront's own name is known only after the functions that need it are made.
    condition     = var.game_route != "edge" || try(var.website.domain, null) != null
    error_message = "game_route = \"edge\" needs the participant page under a name of yours: set website = { domain = \"study.${var.root_domain}\" }, or leave game_route out."
  }

  validation {
    # Amazon CloudFront developer guide, "Distribution settings", "HTTP port".
    condition     = var.game_route != "edge" || alltrue([for port in var.session_ports : port == 80 || port == 443 || port >= 1024])
    error_message = "With game_route = \"edge\" every port in session_ports must be 80, 443 or at least 1024: CloudFront connects to no other."
  }

  validation {
    # Each rule with CloudFront's list counts as 55 of the 60 rules that a security group takes by
    # default (Amazon VPC user guide, "AWS-managed prefix lists"), so all ports must fit into one rule.
    condition     = var.game_route != "edge" || max(var.session_ports...) - min(var.session_ports...) + 1 == length(var.session_ports)
    error_message = "With game_route = \"edge\" session_ports must be one port, or ports in a row such as [5000, 5001]: a security group has room for one rule that admits CloudFront."
  }
}

variable "former_game_route" {
  description = "The route of sessions that still run after a change of game_route, so that none of them is cut off: the value that game_route had, for as long as max_runtime_minutes. Null: there are none."
  type        = string
  default     = null

  validation {
    condition     = var.former_game_route == null ? true : contains(["direct", "edge"], var.former_game_route) && var.former_game_route != var.game_route
    error_message = "former_game_route must be the other route than game_route, \"direct\" or \"edge\", or null."
  }

  validation {
    condition = var.former_game_route != "edge" || alltrue([
      try(var.website.domain, null) != null,
      alltrue([for port in var.session_ports : port == 80 || port == 443 || port >= 1024]),
      max(var.session_ports...) - min(var.session_ports...) + 1 == length(var.session_ports),
    ])
    error_message = "While former_game_route is \"edge\", website.domain and session_ports must be as that route needs them (docs/connection.md)."
  }
}
