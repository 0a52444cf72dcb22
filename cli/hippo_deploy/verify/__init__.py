"""Verify: proves a deployment by using it, with the rights of the person who runs the command.

target         what is deployed, from Terraform's outputs or from the deployment's description
cloud          the AWS clients, and which right each call needs
results        what a check found: proven, failed, not proven, not applicable
world          what every check gets: target, clients, clock, resolvers, participants; waiting with deadlines
study          the synthetic study: its entries, pages and task definition
game_server    the program that its container runs
page           what a participant's page does: requests to /next over HTTP
records        the records of sessions, and what is left of a session
removal        takes everything of the study away, and names what could not be removed

checks         the checks, by what they look at
plan           all checks in their order: what each proves, which it needs, what to look at when it fails
running        runs the plan, checks side by side where they do not disturb each other
showing        the table, the file build/verify/<env>.md, and the JSON
"""
