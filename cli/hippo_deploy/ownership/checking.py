"""The check that make plan, deploy and destroy run: the deployment belongs to the environment's state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.ownership import judging, records
from hippo_deploy.ownership import state as states
from hippo_deploy.terraform import Terraform


@dataclass(frozen=True)
class Ownership:
    """The result of a check that refuses nothing.

    Attributes:
        location: address of the environment's state.
        must_import: whether the plan has to import the owner's record.
    """

    location: str
    must_import: bool

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of `terraform plan`."""
        imported = ("-var=import_owner=true",) if self.must_import else ()
        return (f"-var=state_location={self.location}", *imported)


def check(environment: Environment, terraform: Terraform, ssm: Any, *, take_over: str, refused: str = "") -> Ownership:
    """Check that no other state has a deployment that this environment names or holds.

    Args:
        environment: the environment.
        terraform: runs terraform on it; `init` has been run.
        ssm: a client in the deployment's Region.
        take_over: what the person allows this environment to take over; empty for nothing.
        refused: a sentence at the end of a refusal, such as "Nothing was destroyed."

    Raises:
        DeployError: a deployment belongs to another state, or take_over names something else.
        ClientError: AWS refuses a call.
    """
    state = states.parse(states.location_of(environment), terraform.pull())
    must_import = False
    for deployment in sorted({environment.deployment} | state.deployments):
        recorded = records.read(ssm, deployment)
        refusal = judging.judge(environment, deployment, recorded, state)
        if refusal is not None:
            _allow(deployment, recorded, refusal, take_over, refused)
        if deployment == environment.deployment:
            must_import = judging.must_import(deployment, recorded, state)
    return Ownership(state.location, must_import)


def _allow(deployment: str, recorded: records.Recorded, refusal: judging.Refusal, take_over: str, refused: str) -> None:
    """Raise the refusal unless take_over names exactly what is taken over."""
    wanted = judging.to_take_over(deployment, recorded)
    if take_over == wanted:
        return
    if take_over:
        raise DeployError(
            f"TAKE_OVER={take_over}, but {deployment} belongs to {wanted}. {refused}".rstrip(), refusal.fix
        )
    raise DeployError(f"{refusal.reason} {refused}".rstrip(), refusal.fix)
