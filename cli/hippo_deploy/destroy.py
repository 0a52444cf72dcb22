"""`make destroy`: everything goes but research data.

The projects bucket, with all that guards it (versions, encryption and its key, lifecycle, access), is left out of the
destruction and stays in Terraform's state: a later `make plan` and `make deploy` build the deployment around it again,
without any import. Its `prevent_destroy` remains the second lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.plan.making import build_bundle
from hippo_deploy.plan.reviewed import PLAN, forget
from hippo_deploy.terraform import Terraform
from plan_review.changes import Plan
from plan_review.names import parts_of

DATA: Final = "projects_bucket"
"""Module that holds research data."""

_KEYS: Final = frozenset({"aws_kms_key", "aws_kms_alias", "aws_kms_key_policy"})
"""They stay with the data: what a key encrypts is lost with it."""


@dataclass(frozen=True)
class Standing:
    """What is deployed.

    Attributes:
        bucket: name of the projects bucket; empty if there is none.
        stays: addresses of what is left.
        goes: addresses of what is destroyed.
    """

    bucket: str
    stays: tuple[str, ...]
    goes: tuple[str, ...]


def standing(state: Mapping[str, Any]) -> Standing:
    """Sort a state (`terraform show -json`) into what goes and what stays."""
    resources = list(_resources(state.get("values", {}).get("root_module", {})))
    stays = [found for found in resources if _is_kept(found)]
    bucket = next((str(found["values"]["bucket"]) for found in stays if found["type"] == "aws_s3_bucket"), "")
    kept = {found["address"] for found in stays}
    return Standing(
        bucket=bucket,
        stays=tuple(sorted(kept)),
        goes=tuple(sorted(found["address"] for found in resources if found["address"] not in kept)),
    )


def destroy(environment: Environment, terraform: Terraform, found: Standing) -> None:
    """Destroy what goes.

    Raises:
        DeployError: terraform fails, or would take what stays.
    """
    build_bundle(environment)  # the configuration names it, also when everything goes
    forget(environment)
    environment.plans.mkdir(parents=True, exist_ok=True)
    plan = environment.plans / PLAN
    try:
        terraform.plan(plan, "-destroy", *(f"-target={target}" for target in targets(found)))
        _refuse_more(Plan(terraform.show(plan)), found)
        terraform.apply(plan)
    finally:
        forget(environment)


def targets(found: Standing) -> list[str]:
    """Return what to name to terraform: whole modules, where nothing of them stays."""
    kept = {_part(address) for address in found.stays}
    return sorted({address if _part(address) in kept else _part(address) for address in found.goes})


def _part(address: str) -> str:
    """The outermost module, without its key; the address itself in the root."""
    parts = parts_of(address)
    return f"module.{parts[0][0]}" if parts else address


def _refuse_more(plan: Plan, found: Standing) -> None:
    taken = [change.address for change in plan.changed if change.address in found.stays and not change.stays]
    if taken:
        raise DeployError(
            f"Terraform would destroy {', '.join(taken)} with the rest. Nothing was destroyed.",
            "Something that stays depends on something that goes: report it, with terraform/ as it is.",
        )


def _is_kept(found: Mapping[str, Any]) -> bool:
    parts = parts_of(found["address"])
    return bool(parts and parts[0][0] == DATA) or found["type"] in _KEYS


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for found in module.get("resources", []):
        if found["mode"] == "managed":
            yield found
    for child in module.get("child_modules", []):
        yield from _resources(child)
