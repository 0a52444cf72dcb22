"""`make destroy`: destroy everything except research data.

The projects bucket and its settings (versions, encryption and its key, lifecycle, access) are not destroyed and stay in
Terraform's state: a later `make plan` and `make deploy` build the deployment around it again, without an import. The
bucket's `prevent_destroy` protects it a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.plan.making import build_bundle
from hippo_deploy.plan.reviewed import PLAN, discard
from hippo_deploy.terraform import Terraform
from plan_review.changes import Plan
from plan_review.names import parts_of

DATA: Final = "projects_bucket"
"""Name of the module that holds research data."""

_KEYS: Final = frozenset({"aws_kms_key", "aws_kms_alias", "aws_kms_key_policy"})
"""Kept with the data, which nothing can decrypt without the key."""


@dataclass(frozen=True)
class Inventory:
    """The resources of a deployment.

    Attributes:
        bucket: name of the projects bucket; empty if there is none.
        kept: addresses of the resources that `make destroy` keeps.
        destroyed: addresses of the resources that `make destroy` destroys.
    """

    bucket: str
    kept: tuple[str, ...]
    destroyed: tuple[str, ...]


def inventory(state: Mapping[str, Any]) -> Inventory:
    """Sort the resources of a state (`terraform show -json`) into kept and destroyed."""
    resources = list(_resources(state.get("values", {}).get("root_module", {})))
    with_data = [found for found in resources if _is_kept(found)]
    bucket = next((str(found["values"]["bucket"]) for found in with_data if found["type"] == "aws_s3_bucket"), "")
    kept = {found["address"] for found in with_data}
    return Inventory(
        bucket=bucket,
        kept=tuple(sorted(kept)),
        destroyed=tuple(sorted(found["address"] for found in resources if found["address"] not in kept)),
    )


def destroy(environment: Environment, terraform: Terraform, found: Inventory) -> None:
    """Destroy the resources that are not kept.

    Raises:
        DeployError: terraform fails, or its plan would destroy a kept resource.
    """
    build_bundle(environment)  # terraform reads the bundle's file even to destroy
    discard(environment)
    environment.plans.mkdir(parents=True, exist_ok=True)
    environment.plans.chmod(0o700)  # as for `make plan`
    plan = environment.plans / PLAN
    try:
        terraform.plan(plan, "-destroy", *(f"-target={target}" for target in targets(found)))
        _refuse_more(Plan(terraform.show(plan)), found)
        terraform.apply(plan)
    finally:
        discard(environment)


def targets(found: Inventory) -> list[str]:
    """Return the -target arguments: a whole module where none of its resources is kept, else single resources."""
    kept = {_part(address) for address in found.kept}
    return sorted({address if _part(address) in kept else _part(address) for address in found.destroyed})


def _part(address: str) -> str:
    """Return an address's outermost module, without its key; the address itself for a resource of the root."""
    parts = parts_of(address)
    return f"module.{parts[0][0]}" if parts else address


def _refuse_more(plan: Plan, found: Inventory) -> None:
    taken = [change.address for change in plan.changed if change.address in found.kept and not change.remains]
    if taken:
        raise DeployError(
            f"Terraform would also destroy {', '.join(taken)}, which must be kept. Nothing was destroyed.",
            "A resource that is kept depends on one that is destroyed: report this bug, with your terraform/ folder.",
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
