"""Preflight: what would go wrong with a deployment, found before it does. It only reads.

wanted              what the environment's tfvars ask for
reading             reads the tfvars, through terraform itself
cloud               the AWS clients, and which permission a call needs
existing            what of the deployment exists already, and the size of its studies' servers
findings            one finding: its status, why it matters, what to do
situation           all of the above, as every check gets it
public_dns          names as public resolvers answer them
reach               what the rules of security groups and network ACLs let through

credentials         check: who is logged in
region              check: the Region is enabled
roles               check: service-linked roles
keys                check: the KMS key and the permissions boundary
quotas              check: the account's quotas
participants        check: how many participants the quotas allow
delegation          check: the domain's name servers
certificates        check: certificates of API and page
server_certificate  check: the certificate of the participants' servers
network             check: given subnets, security groups and network ACLs
zones               check: Fargate is in the zones of given subnets
public_access       check: VPC Block Public Access
storage             check: the projects bucket and the state bucket
alarm_mail          check: the addresses for alarms are confirmed
tools               check: the programs on this machine

running             runs the checks side by side; a check that fails becomes a finding
showing             the table, the reasons and the fixes
"""
