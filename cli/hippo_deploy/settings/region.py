"""Finds out whether `region` differs from where the deployment is.

Terraform would look for every resource in the new Region, find none, drop them from its state and create all of them
there. The old ones would stay, cost money, and belong to no state. Only the state knows the old Region: the description
of the deployment is a parameter of that Region.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError

_PAGE: Final = "module.website"
"""Its certificate is in us-east-1, wherever the deployment is."""

_REGION: Final = 3
"""Place of the Region in an ARN: arn:partition:service:region:account:resource."""


def deployed(state: Mapping[str, Any]) -> str | None:
    """Return the Region of the resources in a state; None if it holds none that has a Region.

    Args:
        state: the state as Terraform stores it, version 4.
    """
    found = Counter(_regions(state))
    return found.most_common(1)[0][0] if found else None


def _regions(state: Mapping[str, Any]) -> Iterator[str]:
    for resource in state.get("resources", []):
        if resource.get("mode") != "managed" or str(resource.get("module", "")).startswith(_PAGE):
            continue
        for instance in resource.get("instances", []):
            parts = str((instance.get("attributes") or {}).get("arn", "")).split(":")
            if len(parts) > _REGION and parts[_REGION]:
                yield parts[_REGION]


def way_out(environment: str, old: str, new: str) -> str:
    """Return what to do about a changed Region."""
    return (
        f'Restore region = "{old}". For a deployment in {new}, create another environment: '
        f"make bootstrap ENV=<name> REGION={new}. Publish the studies there with hippo, and destroy this one when "
        f"no study needs it: make destroy ENV={environment}."
    )


def refuse_moved(environment: Environment, new: str | None, stored: str) -> None:
    """Raise if the settings name another Region than that of the resources in the state.

    Args:
        environment: the environment.
        new: the Region in its settings; None if it is not known.
        stored: its state as `terraform state pull` prints it; empty before the first deployment.

    Raises:
        DeployError: the Regions differ.
    """
    old = deployed(json.loads(stored)) if stored.strip() else None
    if new is None or old is None or old == new:
        return
    raise DeployError(
        f"{environment.relative(environment.tfvars)} sets region to {new}, and {environment.name} is deployed in "
        f"{old}: Terraform would create everything again, and leave what is there without a state.",
        way_out(environment.name, old, new),
    )
