"""Preflight: what would go wrong with a deployment, found before it does. It only reads.

wanted        what the environment's tfvars ask for
cloud         the AWS clients; what a call needs to be allowed
existing      what of the deployment is there already, and how large its studies' servers are
findings      one thing that was found: how it stands, why it matters, what to do
situation     all of the above, as every check gets it
public_dns    names as the world sees them

reach         what the rules of security groups and network ACLs let through

credentials, region, roles, keys, quotas, participants, delegation, certificates, server_certificate, network, zones,
public_access, storage, alarm_mail, tools
              the checks: each turns a situation into findings

running       runs the checks side by side; one that is refused or fails becomes a finding itself
showing       the table, the reasons and the fixes
"""
