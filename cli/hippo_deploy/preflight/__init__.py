"""Preflight: checks the account, the settings and DNS before a deployment. It changes nothing.

wanted              the settings in the environment's tfvars
reading             reads the tfvars, through terraform itself
cloud               the AWS clients, and the permission that each call needs
ownership           whether the deployment of that name belongs to the environment's state
existing            the deployment that exists already, and the size of its studies' servers
findings            one finding: its status, why it matters, what to do
situation           the argument of every check: all of the above
public_dns          looks names up in public DNS
reach               which addresses and ports security groups and network ACLs allow

credentials         check: who is logged in
region              check: the Region is enabled
moved               check: the deployment is in the Region that the settings name
roles               check: service-linked roles
keys                check: the KMS key and the permissions boundary
quotas              check: the account's quotas
participants        check: how many participants the quotas allow
delegation          check: the hosted zone and its delegation
certificates        check: the certificates of the API and of the page
game_route          check: the port that participants' networks let through, and CloudFront's rule
server_certificate  check: the certificate of the participants' servers
network             check: given subnets, security groups and network ACLs
zones               check: Fargate is in the zones of given subnets
public_access       check: VPC Block Public Access
storage             check: the projects bucket and the state bucket
task_definitions    check: sessions may run the studies' task definitions
alarm_mail          check: the addresses for alarms are confirmed
tools               check: the programs on this machine

running             runs the checks side by side; a check that fails becomes a finding
showing             the table, the reasons and the fixes
"""
