"""`make outputs`: a deployment's Terraform outputs, for people and scripts."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from hippo_common import console
from hippo_deploy.destroy import inventory
from hippo_deploy.environments import Environment, find
from hippo_deploy.errors import DeployError
from hippo_deploy.terraform import Terraform

OPTIONAL: Final = {
    "website_url": "`website` is not set, so there is no participant page",
    "alarm_names": "`alarms` is false, so there are none",
    "dashboard": "`dashboard` is false, so there is none",
    "game_key_store_arn": "`game_route` is not `edge`, so no path is signed",
    "kms_key_policy": "`kms_key_arn` is not set, so no key's policy needs a statement",
}
"""Outputs that a setting turns off, and which. Terraform stores no output whose value is null."""


def command(
    env: Annotated[str, typer.Option("--env", help="Environment, such as prod.")] = "",
    name: Annotated[str, typer.Option("--name", help="Print only this output's value; a text without quotes.")] = "",
) -> None:
    """Print Terraform's outputs as JSON, or the value of one of them."""
    environment = find(env)
    terraform = Terraform(environment)
    terraform.init()
    outputs = terraform.outputs()
    refuse_destroyed(environment, terraform.state())
    value = chosen(environment, outputs, name) if name else outputs
    if isinstance(value, str):
        console.say(value)
    else:
        console.print_json(value)


def refuse_destroyed(environment: Environment, state: dict[str, Any]) -> None:
    """Refuse the outputs of a deployment that does not exist: after a destroy they may still be in the state.

    Raises:
        DeployError: nothing is deployed, or only the projects bucket is left.
    """
    found = inventory(state)
    if found.destroyed:
        return
    again = f"make plan ENV={environment.name}, then make deploy ENV={environment.name}"
    if found.kept:
        raise DeployError(
            f"{environment.name} was destroyed: only the projects bucket {found.bucket} and its settings exist.",
            f"{again}, builds the deployment around it again.",
        )
    raise DeployError(f"Nothing of {environment.name} is deployed.", f"{again}.")


def chosen(environment: Environment, outputs: dict[str, Any], name: str) -> Any:
    """Return an output's value; warn if it is empty because of a setting.

    Raises:
        DeployError: there is no such output, or a setting turns it off.
    """
    off = f"{environment.name} has no {name}: {OPTIONAL[name]}." if name in OPTIONAL else ""
    if outputs.get(name) is None:
        if off:
            raise DeployError(
                off,
                f"Change the setting in {environment.relative(environment.tfvars)}, then make plan and make deploy.",
            )
        known = ", ".join(sorted({*outputs, *OPTIONAL}))
        raise DeployError(f"There is no output {name}.", f"Choose one of {known}.", exit_status=2)
    if off and not outputs[name]:
        console.warn(off)
    return outputs[name]
