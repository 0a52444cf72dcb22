# All that has no default. A VPC and a hosted zone are made: have the zone delegated to (output name_servers) before the
# first participant comes.

region      = "ca-central-1"
root_domain = "play.example.net"
