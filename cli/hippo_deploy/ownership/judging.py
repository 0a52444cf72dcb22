"""Decides whether a deployment belongs to an environment's state.

| AWS records | the state holds it | verdict |
|---|---|---|
| nothing | in any case | free: a first deployment, or one that an older release left half made |
| an owner: this state | yes | belongs to it |
| an owner: this state, and no description | no | belongs to it: the first apply was killed before it wrote the state |
| an owner: this state, and a description | no | refused: the state is lost |
| an owner: another state | yes | refused: the state was copied, or moved |
| an owner: another state | no | refused |
| an owner without a state | yes | belongs to it: the next apply records the state |
| an owner without a state | no | refused |
| a description alone (older releases) | yes | belongs to it: the next apply records the state |
| a description alone | no | refused |

TAKE_OVER turns a refusal into a permission, if it names what is taken over.
"""

from __future__ import annotations

from dataclasses import dataclass

from hippo_common.words import count
from hippo_deploy.environments import Environment
from hippo_deploy.ownership.records import Recorded, owner_name
from hippo_deploy.ownership.state import State

GUIDE = 'docs/environments.md, "A deployment belongs to one state"'


@dataclass(frozen=True)
class Refusal:
    """The reason why an environment may not touch a deployment, and the way out."""

    reason: str
    fix: str


def judge(environment: Environment, deployment: str, recorded: Recorded, state: State) -> Refusal | None:
    """Return why an environment's state may not have a deployment; None if it may.

    Args:
        environment: the environment, for the names in the fix.
        deployment: the deployment's name.
        recorded: what AWS records under that name.
        state: the environment's state.
    """
    held = deployment in state.deployments
    if not recorded:
        return None
    if recorded.state is not None and recorded.state != state.location:
        refuse = _copied if held else _other
        return refuse(environment, deployment, recorded, state)
    if held:
        return None
    if recorded.state == state.location:
        return _lost(environment, deployment, state) if recorded.described else None
    return _other(environment, deployment, recorded, state)


def to_take_over(deployment: str, recorded: Recorded) -> str:
    """Return the value that TAKE_OVER must have: the owner's state, or the deployment's name if no state is known."""
    return recorded.state or deployment


def must_import(deployment: str, recorded: Recorded, state: State) -> bool:
    """Return whether the owner's record is in AWS and not in the state, so that a plan has to import it."""
    return recorded.owned and deployment not in state.owned


def _other(environment: Environment, deployment: str, recorded: Recorded, state: State) -> Refusal:
    whose = f"the state {recorded.state}" if recorded.state else "another state"
    return Refusal(
        f"The deployment {deployment} exists in this account and Region and belongs to {whose}; the state of "
        f"{environment.name}, {state.location}, does not hold it.",
        f"{_own_resources(state)}Give {environment.name} a name of its own in "
        f'{environment.relative(environment.tfvars)}: name = "{environment.name_of_its_own}". If {environment.name} '
        f"should have that deployment, import it ({GUIDE}).",
    )


def _own_resources(state: State) -> str:
    if not state.resources:
        return ""
    return (
        f"This state holds {count(state.resources, 'resource')}: first remove what belongs to the other state from it "
        "(terraform state rm), because Terraform would destroy that. Then: "
    )


def _copied(environment: Environment, deployment: str, recorded: Recorded, state: State) -> Refusal:
    return Refusal(
        f"The state of {environment.name}, {state.location}, holds the deployment {deployment}, which belongs to the "
        f"state {recorded.state}.",
        f"If you moved the state, confirm it: make plan ENV={environment.name} TAKE_OVER={recorded.state}, then make "
        f"deploy ENV={environment.name}. If this is a copy, for a second environment: delete the copy and give "
        f'{environment.name} a name of its own, name = "{environment.name_of_its_own}" ({GUIDE}).',
    )


def _lost(environment: Environment, deployment: str, state: State) -> Refusal:
    return Refusal(
        f"The deployment {deployment} exists and belongs to {environment.name}, but its state, {state.location}, does "
        "not hold it: the state is lost, or was replaced.",
        "Restore an earlier version of the state. If there is none, import the "
        f"deployment: its owner's record {owner_name(deployment)} first ({GUIDE}).",
    )
