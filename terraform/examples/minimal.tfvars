# Every variable without a default. Terraform creates a VPC and a hosted zone: have the parent
# domain delegate to the zone (output name_servers) before the first participant comes.

region      = "ca-central-1"
root_domain = "play.example.net"
