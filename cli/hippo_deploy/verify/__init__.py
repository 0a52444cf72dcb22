"""Verify: proves a deployment by using it, with the permissions of the person who runs the command.

target         the deployment, from Terraform's outputs or from its description in SSM
cloud          the AWS clients, and the permission that each call needs
results        a check's result: proven, failed, not proven, not applicable
world          shared by all checks: target, clients, clock, resolvers, participants, deadlines
study          the synthetic study: its entries, pages and task definition
game_server    the program that the study's container runs
edge_client    a WebSocket through the page's distribution
page           a participant's page: requests to /next over HTTP
records        reads session records, and the remaining resources of a session
removal        removes the study, and names what could not be removed

checks         the checks, by subject
plan           all checks in order: what each proves and needs, and where to look if it fails
running        runs the plan, independent checks in parallel
showing        the table, the file build/verify/<env>.md, and the JSON
"""
