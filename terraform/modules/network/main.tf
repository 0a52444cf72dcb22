# The network of the session servers: given subnets and security groups, or a small public VPC. The
# subnets are public, because each participant's browser connects directly to the server's own
# address; a NAT gateway would cost more than the servers.

locals {
  made    = length(var.subnet_ids) == 0
  subnets = local.made ? toset(["0", "1"]) : toset([])

  # Zone ids, because a zone's name differs between accounts. The file names its source; preflight
  # has a copy.
  zones_without_fargate = jsondecode(file("${path.module}/zones_without_fargate.json")).zone_ids
}

# The VPCs of given subnets and groups: the outputs refuse what ECS would refuse at each start.
data "aws_subnet" "given" {
  for_each = toset(var.subnet_ids)

  id = each.value
}

data "aws_security_group" "given" {
  for_each = toset(var.security_group_ids)

  id = each.value
}

data "aws_availability_zones" "usable" {
  #checkov:skip=CKV_AWS_394:A zone that AWS adds later changes nothing: the subnets ignore it.
  count = local.made ? 1 : 0

  state = "available"

  exclude_zone_ids = local.zones_without_fargate

  # Local and Wavelength zones have no Fargate.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }

  lifecycle {
    postcondition {
      condition     = length(self.names) > 0
      error_message = "None of the zones of this Region that the account can use has Fargate (zones_without_fargate.json). Choose another Region, or set subnet_ids."
    }
  }
}

resource "aws_vpc" "this" {
  #checkov:skip=CKV2_AWS_11:Flow logs would keep participants' addresses; servers live for minutes and hold no data of their own.
  count = local.made ? 1 : 0

  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = var.name }
}

# Managed only to empty it: the default group admits all traffic between its members.
resource "aws_default_security_group" "this" {
  count = local.made ? 1 : 0

  vpc_id = aws_vpc.this[0].id

  tags = { Name = "${var.name}_unused" }
}

resource "aws_internet_gateway" "this" {
  count = local.made ? 1 : 0

  vpc_id = aws_vpc.this[0].id

  tags = { Name = var.name }
}

resource "aws_subnet" "public" {
  for_each = local.subnets

  vpc_id     = aws_vpc.this[0].id
  cidr_block = cidrsubnet(var.vpc_cidr, 4, tonumber(each.key))
  # If only one zone of the account has Fargate, both subnets are in it.
  availability_zone = element(sort(data.aws_availability_zones.usable[0].names), tonumber(each.key))
  # start_server's RunTask requests a public address for the task; nothing else here should get one.
  map_public_ip_on_launch = false

  tags = { Name = "${var.name}_public_${each.key}" }

  lifecycle {
    # A zone that AWS adds later may sort before the others; that must not replace a subnet.
    ignore_changes = [availability_zone]
  }
}

resource "aws_route_table" "public" {
  count = local.made ? 1 : 0

  vpc_id = aws_vpc.this[0].id

  tags = { Name = "${var.name}_public" }
}

resource "aws_route" "internet" {
  count = local.made ? 1 : 0

  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route_table_association" "public" {
  for_each = aws_subnet.public

  subnet_id      = each.value.id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_security_group" "sessions" {
  #checkov:skip=CKV2_AWS_5:start_server attaches it to each session's task, at run time.
  count = local.made ? 1 : 0

  name        = "${var.name}_sessions"
  description = "Session servers: participants in, anything out"
  vpc_id      = aws_vpc.this[0].id

  tags = { Name = "${var.name}_sessions" }

  lifecycle {
    precondition {
      # Default quota of inbound rules of a group (Amazon VPC user guide, "Amazon VPC quotas").
      condition     = length(var.session_ports) <= 60
      error_message = "session_ports must be at most 60: a security group takes 60 inbound rules. Let projects share ports, or set security_group_ids to a group of yours whose rules are port ranges."
    }
  }
}

resource "aws_vpc_security_group_ingress_rule" "participants" {
  for_each = local.made && var.direct_route ? { for port in var.session_ports : tostring(port) => port } : {}

  security_group_id = aws_security_group.sessions[0].id
  description       = "Browsers of participants"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

# The edge route has a group of its own: sessions of both routes run side by side while a deployment
# changes from one to the other.
resource "aws_security_group" "edge" {
  #checkov:skip=CKV2_AWS_5:start_server attaches it to each session's task, at run time.
  count = local.made && var.edge_route ? 1 : 0

  name        = "${var.name}_sessions_edge"
  description = "Session servers behind CloudFront: CloudFront in, anything out"
  vpc_id      = aws_vpc.this[0].id

  tags = { Name = "${var.name}_sessions_edge" }

  lifecycle {
    precondition {
      condition     = max(var.session_ports...) - min(var.session_ports...) + 1 == length(var.session_ports)
      error_message = "session_ports must be one port, or ports in a row: a security group has room for one rule that admits CloudFront."
    }
  }
}

# The addresses from which CloudFront's edges connect to origins, of every customer's distributions: the
# server checks the path as well.
data "aws_ec2_managed_prefix_list" "cloudfront" {
  count = local.made && var.edge_route ? 1 : 0

  name = "com.amazonaws.global.cloudfront.origin-facing"
}

resource "aws_vpc_security_group_ingress_rule" "edge" {
  count = local.made && var.edge_route ? 1 : 0

  security_group_id = aws_security_group.edge[0].id
  description       = "Edges of CloudFront"
  prefix_list_id    = data.aws_ec2_managed_prefix_list.cloudfront[0].id
  ip_protocol       = "tcp"
  from_port         = min(var.session_ports...)
  to_port           = max(var.session_ports...)
}

resource "aws_vpc_security_group_egress_rule" "edge" {
  #checkov:skip=CKV_AWS_382:Researchers write the containers, which may fetch images, models and data sets from anywhere.
  count = local.made && var.edge_route ? 1 : 0

  security_group_id = aws_security_group.edge[0].id
  description       = "Images, the projects bucket, whatever the study fetches"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_vpc_security_group_egress_rule" "anywhere" {
  #checkov:skip=CKV_AWS_382:Researchers write the containers, which may fetch images, models and data sets from anywhere.
  count = local.made ? 1 : 0

  security_group_id = aws_security_group.sessions[0].id
  description       = "Images, the projects bucket, whatever the study fetches"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}
