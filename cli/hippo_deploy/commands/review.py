"""Make the review of a plan again, from its JSON alone: it runs neither terraform nor the code that made the plan.

CI uses it for a pull request: the plan is made with the pull request's files, and the review with main's code, so that
no pull request can change how it is reviewed. The two files are data that others wrote: what is not of the expected
form is refused.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from hippo_common import console
from hippo_deploy.environments import named
from hippo_deploy.errors import DeployError
from hippo_deploy.plan.masking import masked
from plan_review.changes import Plan
from plan_review.page import Facts, page

_FORMS: Final = {
    "account_id": r"\d{12}",
    "region": r"[a-z]{2}(-[a-z]+)+-\d",
    "bundle": r"[0-9a-f]{64}",
    "terraform": r"\d[\w.+-]{0,30}",
}
_PROVIDER: Final = re.compile(r"[\w./-]{1,100} \d[\w.+-]{0,30}")


def command(
    env: Annotated[str, typer.Option("--env", help="Environment, such as prod.")],
    plan: Annotated[Path, typer.Option(help="The plan's JSON, as make plan wrote it.")],
    record: Annotated[Path, typer.Option(help="The record beside it, reviewed.json.")],
) -> None:
    """Print the review of a plan, made from its JSON and its record."""
    console.say(review(named(env).name, read(plan), read(record)))


def read(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        DeployError: it is missing, incomplete, or not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DeployError(f"{path} cannot be read as JSON: {error}.") from error


def review(environment: str, document: Any, record: Any) -> str:
    """Return the review of a plan of an environment.

    Args:
        environment: its name.
        document: the parsed JSON of the plan.
        record: the parsed record.

    Raises:
        DeployError: one of them is not of the expected form, or is about another environment.
    """
    try:
        if record["environment"] != environment:
            raise DeployError(f"The plan is for {str(record['environment'])[:40]!r}, not for {environment}.")
        origin = {name: _of_form(form, record["origin"][name], name) for name, form in _FORMS.items()}
        providers = [f"{name} {version}" for name, version in record["origin"]["providers"].items()]
        facts = Facts(
            environment=environment,
            account_id=origin["account_id"],
            region=origin["region"],
            made_at=datetime.fromisoformat(record["made_at"]),
            versions=", ".join([f"terraform {origin['terraform']}", *(_provider(one) for one in providers)]),
            bundle_sha256=origin["bundle"],
        )
        return page(Plan(masked(document)[0]), facts)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DeployError(f"This is not a plan with its record: {type(error).__name__} {error}.") from error


def _of_form(form: str, value: Any, name: str) -> str:
    if not isinstance(value, str) or re.fullmatch(form, value) is None:
        raise DeployError(f"The plan's record has the {name} in another form: {str(value)[:40]!r}.")
    return value


def _provider(text: str) -> str:
    if _PROVIDER.fullmatch(text) is None:
        raise DeployError(f"The plan's record names a provider of another form: {text[:40]!r}.")
    return text.removeprefix("registry.terraform.io/")
