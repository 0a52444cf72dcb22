"""`make preflight`: find problems of a deployment before it is made."""

from __future__ import annotations

from typing import Annotated

import boto3
import typer

from hippo_common import console
from hippo_deploy.environments import named
from hippo_deploy.errors import DeployError
from hippo_deploy.preflight import reading, showing
from hippo_deploy.preflight.cloud import Cloud
from hippo_deploy.preflight.findings import Status
from hippo_deploy.preflight.running import run


def command(
    env: Annotated[str, typer.Option("--env", help="Environment, such as prod.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs to read.")] = False,
) -> None:
    """Check whether a deployment would succeed. It changes nothing, and fails if it finds a problem."""
    environment = named(env)
    if not environment.tfvars.is_file():
        raise DeployError(
            f"{environment.relative(environment.tfvars)} is missing.",
            f"make bootstrap ENV={environment.name} writes the environment's missing files.",
        )
    wanted = reading.read(environment)
    report = run(wanted, Cloud(boto3.Session(), wanted.region))
    if as_json:
        console.print_json(showing.as_json(report, environment.name, wanted))
    else:
        showing.as_table(report)
    if report.count(Status.PROBLEM):
        raise typer.Exit(1)
