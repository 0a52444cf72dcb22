"""`make outputs`: a deployment's Terraform outputs, for people and scripts."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from hippo_deploy.environments import find
from hippo_deploy.errors import DeployError
from hippo_deploy.terraform import Terraform


def command(
    env: Annotated[str, typer.Option("--env", help="Environment, such as prod.")] = "",
    name: Annotated[str, typer.Option("--name", help="Print only this output's value; a text without quotes.")] = "",
) -> None:
    """Print Terraform's outputs as JSON, or the value of one of them."""
    environment = find(env)
    terraform = Terraform(environment)
    terraform.init()
    outputs = terraform.outputs()
    if not outputs:
        raise DeployError(f"Nothing of {env} is deployed.", f"make plan ENV={env}, then make deploy ENV={env}.")
    if name and name not in outputs:
        raise DeployError(f"There is no output {name}.", f"Choose one of {', '.join(sorted(outputs))}.", exit_status=2)
    value = outputs[name] if name else outputs
    typer.echo(value if isinstance(value, str) else json.dumps(value, indent=2))
