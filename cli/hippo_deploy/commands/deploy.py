"""`make deploy`: apply the reviewed plan, exactly."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import boto3
import typer
from botocore.config import Config

from hippo_common import console
from hippo_deploy import first_certificate, game_keys
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
        outputs = terraform.outputs()
        _keep_game_keys(environment, outputs)
        _look_after_certificate(environment, outputs)
        return
    _confirm(environment, plan, account_id, yes=yes == "1")
    apply(environment, terraform)
    outputs = terraform.outputs()
    _report(environment, outputs, plan)
    _keep_game_keys(environment, outputs)
    _look_after_certificate(environment, outputs)


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


def _keep_game_keys(environment: Environment, outputs: dict[str, Any]) -> None:
    """Make or replace the key of the edge route; a deployment without it has nothing to show."""
    region = str(outputs.get("region") or environment.setting("region"))
    if not outputs.get("game_key_store_arn"):
        return
    # The service has one endpoint for all Regions, and its signatures (SigV4A) need awscrt.
    stores = boto3.client("cloudfront-keyvaluestore", region_name="us-east-1")
    kept = game_keys.keep(outputs, parameters(region), stores, datetime.now(UTC))
    if kept is None:
        return
    console.say(f"Edge route: {kept.text}.", "good" if kept.good else "strong")
    if not kept.good:
        console.say(f"Until there is a key, no session can start. make deploy ENV={environment.name} tries again.")


def _look_after_certificate(environment: Environment, outputs: dict[str, Any]) -> None:
    """Run renew_certificate and show what it says; a deployment without it has nothing to show."""
    config = Config(read_timeout=first_certificate.SECONDS, retries={"total_max_attempts": 1})
    region = str(outputs.get("region") or environment.setting("region"))
    if first_certificate.FUNCTION not in (outputs.get("function_names") or {}):
        return
    console.say("")
    console.note("Getting the servers' certificate: up to some minutes …", "quiet")
    looked = first_certificate.look(outputs, boto3.client("lambda", region_name=region, config=config))
    if looked is None:
        return
    console.say(f"The servers' certificate: {looked.text}.", "good" if looked.good else "strong")
    if not looked.good:
        console.say(
            "Until there is one, no session can start. The function tries again every six hours; once the parent "
            f"domain has the NS record, make deploy ENV={environment.name} tries at once."
        )
