"""`make plan`: show what a deployment would change, and write the review."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

import boto3
import typer

from hippo_common import console
from hippo_deploy.environments import find
from hippo_deploy.plan import reviewed
from hippo_deploy.plan.making import make
from hippo_deploy.terraform import Terraform


def command(
    env: Annotated[str, typer.Option("--env", help="Environment, such as prod.")] = "",
    take_over: Annotated[str, typer.Option(help="State, or deployment, that this environment takes over.")] = "",
) -> None:
    """Build the bundle, plan, and write the plan, its JSON and its review."""
    environment = find(env)
    terraform = Terraform(environment)
    account_id = account_of(environment.setting("region"))
    made = make(
        environment,
        terraform,
        parameters(environment.setting("region")),
        account_id,
        datetime.now(UTC),
        lambda line: console.note(f"{line} …", "quiet"),
        take_over,
    )
    show(made.review)
    if made.move:
        console.warn(
            f"{made.move.before} becomes {made.move.after}: make deploy refuses this while sessions are live, because "
            "their participants would lose their servers."
        )
    review = environment.relative(environment.plans / reviewed.REVIEW)
    if made.changes:
        console.say(f"Review: {review}, which also shows what is folded (▸) here", "strong")
        console.say(f"To apply exactly this plan: make deploy ENV={environment.name}")
    else:
        console.say(f"No changes: {environment.name} matches this checkout. ({review})", "good")


def account_of(region: str | None) -> str:
    """Return the account id of the credentials."""
    return boto3.client("sts", region_name=region or "us-east-1").get_caller_identity()["Account"]


def parameters(region: str | None) -> Any:
    """Return a client for SSM parameters in a Region."""
    return boto3.client("ssm", region_name=region or "us-east-1")


def show(review: str) -> None:
    """Show a review in the terminal: only the title of each folded part, and no small print."""
    text = re.sub(r" <sub>`[^`]*`</sub>", "", review)
    text = re.sub(r"<details><summary>(.*?)</summary>.*?</details>\n?", _folded, text, flags=re.DOTALL)
    console.show_markdown(text)


def _folded(found: re.Match[str]) -> str:
    return f"▸ {re.sub('</?b>', '', found[1])}\n\n"
