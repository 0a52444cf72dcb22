"""`python -m plan_review PLAN.json`: the review of a plan that was made elsewhere, from its JSON alone."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from plan_review.changes import Plan
from plan_review.page import Facts, page
from plan_review.settings import texts

_FORMATS: Final = re.compile(r"1\.")
"""Versions of the format that this reads; a newer minor version only adds to it."""


def command(
    plan: Annotated[Path, typer.Argument(help="Output of `terraform show -json`.")],
    environment: Annotated[str, typer.Option(help="Name of the environment, such as prod.")] = "",
    account_id: Annotated[str, typer.Option(help="The deployment's AWS account; by default the most frequent.")] = "",
) -> None:
    """Print the review of a plan in Markdown. It reads only the plan's JSON: no credentials, no Terraform files."""
    document = _read(plan)
    reviewed = Plan(document)
    typer.echo(
        page(
            reviewed,
            Facts(
                environment=environment,
                account_id=account_id or _account(reviewed),
                region=str(reviewed.variable("region") or "unknown"),
                made_at=_time(document),
                versions=f"terraform {document.get('terraform_version', '(unknown version)')}",
                bundle_sha256="",
            ),
        ).rstrip()
    )


def _read(plan: Path) -> Mapping[str, Any]:
    """Return the parsed file; end with a message if it is not a plan's JSON."""
    try:
        document = json.loads(plan.read_text("utf-8"))
    except OSError as error:
        raise typer.BadParameter(f"{plan} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise typer.BadParameter(
            f"{plan} is not JSON: it may be half a file, or the plan itself. Make it with terraform show -json PLAN."
        ) from error
    if not isinstance(document, dict) or ("resource_changes" not in document and "planned_values" not in document):
        raise typer.BadParameter(f"{plan} is JSON, but not of a plan: make it with terraform show -json PLAN.")
    if not _FORMATS.match(str(document.get("format_version", ""))):
        found = document.get("format_version", "none")
        raise typer.BadParameter(f"{plan} has format_version {found}; this release reads version 1.")
    return document


def _account(plan: Plan) -> str:
    """Return the account that the plan's ARNs name most."""
    arns = (text for change in plan.resources for values in (change.before, change.after) for _, text in texts(values))
    found = Counter(match[1] for text in arns if (match := re.match(r"arn:aws[a-z-]*:[^:]*:[^:]*:(\d{12}):", text)))
    return found.most_common(1)[0][0] if found else "unknown"


def _time(document: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(str(document["timestamp"]).replace("Z", "+00:00"))
    except (KeyError, ValueError):
        return datetime.now(UTC)


if __name__ == "__main__":
    typer.run(command)
