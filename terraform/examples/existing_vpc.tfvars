# Network and zone belong to others: nothing of either is made, and nothing in them is changed but the sessions' records.

name        = "HIPPO_Gym_lab"
region      = "eu-central-1"
root_domain = "play.lab.example.net"

# The zone of root_domain or of a domain above it. In a zone that serves other names too, keep them from participants.
hosted_zone_id = "Z0123456789ABCDEFGHIJ"
reserved_names = ["mail", "www"]

# Public subnets, in two availability zones at least, with a route to an internet gateway: a participant's browser talks to
# the task's own public address, and the task fetches its image from there.
subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]

# A group of the same VPC that admits session_ports from 0.0.0.0/0 and lets everything out. Nothing narrower will do: before
# a session is ready start_server connects to its server, from outside the VPC. `make preflight` looks at both.
security_group_ids = ["sg-0123456789abcdef0"]

# A role path and a boundary are what an account with a network team mostly asks for, too.
role_path                = "/research/"
permissions_boundary_arn = "arn:aws:iam::123456789012:policy/research-boundary"
