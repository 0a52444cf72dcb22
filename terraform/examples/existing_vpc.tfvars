# Other teams own network and zone: Terraform creates neither, and the deployment changes only the
# sessions' records in them.

name        = "HIPPO_Gym_lab"
region      = "eu-central-1"
root_domain = "play.lab.example.net"

# The zone of root_domain or of a domain above it. If it serves other names too, reserve them.
hosted_zone_id = "Z0123456789ABCDEFGHIJ"
reserved_names = ["mail", "www"]

# Public subnets in at least two availability zones, with a route to an internet gateway: a
# participant's browser connects to the task's own public address, and the task fetches its image
# from the internet.
subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]

# A group of the same VPC that admits session_ports from 0.0.0.0/0 and allows all outbound traffic.
# A narrower rule does not work: before a session is ready, start_server connects to its server from
# outside the VPC. `make preflight` checks both.
security_group_ids = ["sg-0123456789abcdef0"]

# An account with a network team usually requires a role path and a boundary, too.
role_path                = "/research/"
permissions_boundary_arn = "arn:aws:iam::123456789012:policy/research-boundary"
