"""`make destroy`: end every session, then destroy the deployment; research data stays."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any

import boto3
import typer

from hippo_common import console
from hippo_deploy import drain, game_keys
from hippo_deploy.commands.plan import account_of, parameters
from hippo_deploy.destroy import Inventory, destroy, inventory
from hippo_deploy.environments import Environment, find
from hippo_deploy.errors import DeployError
from hippo_deploy.ownership import checking as ownership
from hippo_deploy.remains import Remaining, log_groups, remaining
from hippo_deploy.settings.region import refuse_moved
from hippo_deploy.terraform import Terraform


def command(
    env: Annotated[str, typer.Option("--env", help="Environment, such as prod.")] = "",
    keep_data: Annotated[str, typer.Option(help="Name of the projects bucket, which stays.")] = "",
    yes: Annotated[str, typer.Option("--yes", help="1: do not ask for confirmation.")] = "",
    force: Annotated[str, typer.Option("--force", help="1: destroy even if a session does not end.")] = "",
    take_over: Annotated[str, typer.Option(help="State, or deployment, that this environment takes over.")] = "",
) -> None:
    """End every session, then destroy the deployment. The projects bucket stays, with everything in it."""
    environment = find(env)
    terraform = Terraform(environment)
    account_id = account_of(environment.setting("region"))
    terraform.init()
    refuse_moved(environment, environment.setting("region"), terraform.pull())
    ssm = parameters(environment.setting("region"))
    ownership.check(environment, terraform, ssm, take_over=take_over, refused="Nothing was destroyed.")
    found = inventory(terraform.state())
    if not found.destroyed:
        console.say(_nothing(environment, found))
        return
    outputs = terraform.outputs()
    session: Any = boto3.Session(region_name=str(outputs.get("region") or environment.setting("region")))
    _announce(environment, found, account_id, remaining(environment, found, outputs, session.client))
    _confirm(environment, found, keep_data=keep_data, yes=yes == "1")
    if drain.can_have_sessions(outputs):
        drain.drain(outputs, session=session, report=lambda line: console.note(line, "quiet"), force=force == "1")
    else:
        console.note("No session to end: the deployment was never complete.", "quiet")
    destroy(environment, terraform, found)
    name = str(outputs.get("name") or environment.deployment)
    if outputs.get("game_key_store_arn"):
        game_keys.remove(name, ssm)
    _report(environment, found, log_groups(name, session.client))


def _nothing(environment: Environment, found: Inventory) -> str:
    if found.bucket:
        return f"Of {environment.name}, only the projects bucket {found.bucket} and its settings exist."
    return f"Nothing of {environment.name} is deployed."


def _announce(environment: Environment, found: Inventory, account_id: str, stays: Iterable[Remaining]) -> None:
    console.say(f"{environment.name}, account {account_id}", "strong")
    console.say(f"  to be destroyed: {len(found.destroyed)} resources: {_kinds(found.destroyed)}")
    console.say("  What stays, and what it costs:")
    for one in stays:
        console.say(f"    {one}")
    console.say("  Live sessions are ended first; their participants lose their game.")


def _kinds(addresses: tuple[str, ...]) -> str:
    counts = Counter(
        address.split("[")[0].split(".")[1] if address.startswith("module.") else "others" for address in addresses
    )
    return ", ".join(f"{module} {number}" for module, number in sorted(counts.items()))


def _confirm(environment: Environment, found: Inventory, *, keep_data: str, yes: bool) -> None:
    """Require the bucket's name as confirmation: typed, or as KEEP_DATA together with YES=1."""
    wanted = found.bucket or environment.name
    if keep_data and keep_data != wanted:
        raise DeployError(
            f"KEEP_DATA={keep_data}, but {wanted} is what stays. Nothing was destroyed.",
            f"Check that ENV={environment.name} is the environment that you mean.",
        )
    if yes and keep_data:
        return
    if yes or not sys.stdin.isatty():
        raise DeployError(
            "make destroy asks for confirmation, and gets no answer here. Nothing was destroyed.",
            f"To destroy without confirmation, name what stays: make destroy ENV={environment.name} YES=1 "
            f"KEEP_DATA={wanted}",
        )
    if not keep_data and console.ask(f"To continue, type {wanted}") != wanted:
        raise DeployError("Nothing was destroyed.")
    if keep_data and not console.confirm("Continue?", yes=False):
        raise DeployError("Nothing was destroyed.")


def _report(environment: Environment, found: Inventory, logs: Iterable[Remaining]) -> None:
    console.say("")
    console.say(f"{environment.name} is destroyed.", "good")
    if found.bucket:
        console.say(f"  {found.bucket} is kept, with everything in it, and is still in Terraform's state:")
        console.say(
            f"  make plan ENV={environment.name} and make deploy ENV={environment.name} build the rest around it again."
        )
        console.say("  To remove it from the state, and to delete it for good: docs/remove.md.")
    for one in logs:
        console.say(f"  Also left: {one}")
