"""`make destroy`: end every session, then take the deployment down; research data stays."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Annotated, Any

import boto3
import typer

from hippo_common import console
from hippo_deploy import drain
from hippo_deploy.commands.plan import account_of
from hippo_deploy.destroy import Standing, destroy, standing
from hippo_deploy.environments import Environment, find
from hippo_deploy.errors import DeployError
from hippo_deploy.terraform import Terraform


def command(
    env: Annotated[str, typer.Option("--env", help="Environment, such as prod.")] = "",
    keep_data: Annotated[str, typer.Option(help="Name of the projects bucket, which stays.")] = "",
    yes: Annotated[str, typer.Option("--yes", help="1: do not ask.")] = "",
    force: Annotated[str, typer.Option("--force", help="1: go on though a session would not end.")] = "",
) -> None:
    """End every session, then take the deployment down. The projects bucket stays, with all that is in it."""
    environment = find(env)
    terraform = Terraform(environment)
    account_id = account_of(environment.setting("region"))
    terraform.init()
    found = standing(terraform.state())
    if not found.goes:
        console.say(_nothing(environment, found))
        return
    _announce(environment, found, account_id)
    _ask(environment, found, keep_data=keep_data, yes=yes == "1")
    outputs = terraform.outputs()
    session: Any = boto3.Session(region_name=str(outputs.get("region") or environment.setting("region")))
    if drain.may_have_sessions(outputs):
        drain.drain(outputs, session=session, report=lambda line: console.note(line, "quiet"), force=force == "1")
    else:
        console.note("There is no session to end: the deployment has never been complete.", "quiet")
    destroy(environment, terraform, found)
    _tell(environment, found)


def _nothing(environment: Environment, found: Standing) -> str:
    if found.bucket:
        return f"Of {environment.name} only the projects bucket {found.bucket} is left, with what guards it."
    return f"Nothing of {environment.name} is deployed."


def _announce(environment: Environment, found: Standing, account_id: str) -> None:
    console.say(f"{environment.name}, account {account_id}", "strong")
    console.say(f"  goes:  {len(found.goes)} resources: {_kinds(found.goes)}")
    if found.bucket:
        console.say(f"  stays: the projects bucket {found.bucket}, with everything in it and what guards it")
    console.say("  Sessions that run are ended first; participants in them lose their game.")


def _kinds(addresses: tuple[str, ...]) -> str:
    counts = Counter(
        address.split("[")[0].split(".")[1] if address.startswith("module.") else "others" for address in addresses
    )
    return ", ".join(f"{module} {number}" for module, number in sorted(counts.items()))


def _ask(environment: Environment, found: Standing, *, keep_data: str, yes: bool) -> None:
    """Consent: the bucket's name, typed, or given as KEEP_DATA with YES=1."""
    wanted = found.bucket or environment.name
    if keep_data and keep_data != wanted:
        raise DeployError(
            f"KEEP_DATA={keep_data}, but what stays is {wanted}. Nothing was destroyed.",
            f"Is ENV={environment.name} the environment that you mean?",
        )
    if yes and keep_data:
        return
    if yes or not sys.stdin.isatty():
        raise DeployError(
            "Nobody is there to say yes: nothing was destroyed.",
            f"To go on without being asked, name what stays: make destroy ENV={environment.name} YES=1 "
            f"KEEP_DATA={wanted}",
        )
    if not keep_data and typer.prompt(f"To go on, type {wanted}", default="", show_default=False, err=True) != wanted:
        raise DeployError("Nothing was destroyed.")
    if keep_data and not console.confirm("Go on?", yes=False):
        raise DeployError("Nothing was destroyed.")


def _tell(environment: Environment, found: Standing) -> None:
    console.say("")
    console.say(f"{environment.name} is taken down.", "good")
    if found.bucket:
        console.say(f"  {found.bucket} is still there, with everything in it, and Terraform still knows it:")
        console.say(
            f"  make plan ENV={environment.name} and make deploy ENV={environment.name} build the rest around it."
        )
        console.say("  To have Terraform forget it, and to delete it for good: docs/operate.md.")
