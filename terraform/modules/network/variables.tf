variable "name" {
  description = "Name of the deployment, for the Name tags."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets to use, at most 16: in one VPC, with a route to an internet gateway, in availability zones that have Fargate, with network ACLs that allow traffic from everywhere to the sessions' ports and answers to everywhere (start_server connects to each server from outside the VPC before it reports a session as ready). Empty: Terraform creates a small VPC."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.subnet_ids : can(regex("^subnet-[0-9a-z]+$", id))])
    error_message = "subnet_ids must be ids such as subnet-0123456789abcdef0."
  }

  validation {
    condition     = length(var.subnet_ids) <= 16
    error_message = "subnet_ids must be at most 16: ECS takes no more for a task (Amazon ECS API reference, AwsVpcConfiguration). Remove some."
  }

  validation {
    condition     = (length(var.subnet_ids) == 0) == (length(var.security_group_ids) == 0)
    error_message = "Set subnet_ids and security_group_ids together, or neither: a security group belongs to its subnets' VPC."
  }
}

variable "security_group_ids" {
  description = "Security groups to use, at most 5. Together they must admit the sessions' ports from 0.0.0.0/0, because start_server connects to each server from outside the VPC before it reports a session as ready. Empty: Terraform creates one in the VPC that it creates."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.security_group_ids : can(regex("^sg-[0-9a-z]+$", id))])
    error_message = "security_group_ids must be ids such as sg-0123456789abcdef0."
  }

  validation {
    condition     = length(var.security_group_ids) <= 5
    error_message = "security_group_ids must be at most 5: ECS takes no more for a task (Amazon ECS API reference, AwsVpcConfiguration). Merge some."
  }
}

variable "vpc_cidr" {
  description = "Address range of the VPC that Terraform creates; its two subnets use the first two sixteenths."
  type        = string
  default     = "10.42.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && try(cidrhost(var.vpc_cidr, 0) == split("/", var.vpc_cidr)[0], false) && try(tonumber(split("/", var.vpc_cidr)[1]) >= 16 && tonumber(split("/", var.vpc_cidr)[1]) <= 24, false)
    error_message = "vpc_cidr must be an IPv4 range from /16 to /24 that begins with its first address, such as 10.42.0.0/16."
  }
}

variable "direct_route" {
  description = "Whether the group of sessions on the direct route admits everyone."
  type        = bool
  default     = true
}

variable "edge_route" {
  description = "Whether there is a group for sessions on the edge route, which admits CloudFront only."
  type        = bool
  default     = false
}

variable "session_ports" {
  description = "Ports on which participants' browsers connect to the servers."
  type        = set(number)
  default     = [5000]

  validation {
    condition     = length(var.session_ports) > 0 && alltrue([for port in var.session_ports : port >= 1 && port <= 65535 && floor(port) == port])
    error_message = "session_ports must hold at least one port, each a whole number from 1 to 65535."
  }
}
