"""`make deploy`: apply the reviewed plan, exactly."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from hippo_common import console
from hippo_deploy.commands.plan import account_of, parameters
from hippo_deploy.deploy import apply, ready, refresh
from hippo_deploy.environments import Environment, find
from hippo_deploy.errors import DeployError
from hippo_deploy.plan import reviewed
from hippo_deploy.terraform import Terraform
from plan_review.changes import Plan
from plan_review.page import summary


def command(
    env: Annotated[str, typer.Option("--env", help="Environment, such as prod.")] = "",
    yes: Annotated[str, typer.Option("--yes", help="1: do not ask for confirmation.")] = "",
    allow_data_loss: Annotated[str, typer.Option(help="Names of the data that may be lost, comma-separated.")] = "",
    max_plan_age_hours: Annotated[
        float, typer.Option(help="Greatest age of the plan, in hours.")
    ] = reviewed.MAX_AGE_HOURS,
) -> None:
    """Apply the plan that `make plan` made, if nothing has changed since its review."""
    environment = find(env)
    reviewed.read(environment)
    if yes != "1" and not sys.stdin.isatty():
        raise DeployError(
            "make deploy asks for confirmation, and this is not a terminal. Nothing was applied.",
            f"To deploy without confirmation, as a workflow does: make deploy ENV={environment.name} YES=1",
        )
    terraform = Terraform(environment)
    account_id = account_of(environment.setting("region"))
    plan = ready(
        environment,
        terraform,
        parameters(environment.setting("region")),
        account_id,
        datetime.now(UTC),
        allowed=frozenset(name.strip() for name in allow_data_loss.split(",") if name.strip()),
        max_age_hours=max_plan_age_hours,
        report=lambda line: console.note(f"{line} …", "quiet"),
    )
    if plan is None:
        refresh(environment, terraform)
        console.say(f"The plan for {environment.name} changes nothing, so nothing is deployed.", "good")
        return
    _confirm(environment, plan, account_id, yes=yes == "1")
    apply(environment, terraform)
    _report(environment, terraform.outputs(), plan)


def _confirm(environment: Environment, plan: Plan, account_id: str, *, yes: bool) -> None:
    what = f"{environment.name}, account {account_id}: {summary(plan)}."
    console.say(what, "strong")
    review = environment.relative(environment.plans / reviewed.REVIEW)
    if not console.confirm(f"Apply the plan as {review} describes it?", yes=yes):
        raise DeployError("Nothing was applied.")


def _report(environment: Environment, outputs: dict[str, Any], plan: Plan) -> None:
    """Print the addresses of the deployment, and the NS record that the infra team has to add."""
    console.say("")
    console.say(f"{environment.name} is deployed.", "good")
    rows = {
        "Participants' API": outputs.get("next_url"),
        "Participant page": outputs.get("website_url"),
        "Projects bucket": outputs.get("bucket"),
        "Researchers' policy": outputs.get("researcher_policy_arn"),
    }
    for heading, value in rows.items():
        if value:
            console.say(f"  {heading + ':':<21} {value}")
    made_zone = any(change.type == "aws_route53_zone" and change.remains for change in plan.resources)
    if made_zone and outputs.get("name_servers"):
        console.say("")
        console.say(
            f"Add an NS record for {outputs['root_domain']} to its parent domain, with these servers:", "strong"
        )
        for server in outputs["name_servers"]:
            console.say(f"  {server}")
        console.say("Without that record no participant's browser finds the server of a session.")
