"""`make deploy`: apply exactly the plan that was reviewed, or say why not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.plan import reviewed
from hippo_deploy.plan.making import build_bundle
from hippo_deploy.terraform import Terraform
from plan_review.changes import Plan
from plan_review.data import losses


def ready(
    environment: Environment,
    terraform: Terraform,
    account_id: str,
    clock: datetime,
    *,
    allowed: frozenset[str],
    most_hours: float,
    report: Callable[[str], None],
) -> Plan | None:
    """Return the plan to apply, once it is known to be the one that was reviewed; None if it changes nothing.

    Args:
        environment: what to deploy.
        terraform: for it.
        account_id: that the credentials are for.
        clock: now, UTC.
        allowed: names of things whose loss is allowed.
        most_hours: that a plan may be old.
        report: told what begins.

    Raises:
        DeployError: there is no plan, it is stale, or it would destroy data.
    """
    kept = reviewed.read(environment)
    report("Building the bundle")
    build_bundle(environment)
    report("Connecting to the state")
    terraform.init()
    plan = Plan(terraform.show(environment.plans / reviewed.PLAN))
    region = environment.setting("region") or str(plan.variable("region"))
    now = reviewed.origin(environment, account_id, region, terraform.versions())
    faults = reviewed.stale(kept, now, clock, most_hours)
    if faults:
        raise DeployError(
            "\n".join([f"The plan for {environment.name} is not the one to apply:", *(f"  - {one}" for one in faults)]),
            f"Run make plan ENV={environment.name}, and have the new review read.",
        )
    if not kept.changes:
        return None
    _refuse_losses(environment, plan, allowed)
    return plan


def _refuse_losses(environment: Environment, plan: Plan, allowed: frozenset[str]) -> None:
    lost = losses(plan, allowed)
    if lost:
        names = ",".join(sorted({risk.thing for risk in lost} | allowed))
        raise DeployError(
            "\n".join(
                [
                    "This plan would destroy data:",
                    *(f"  - {risk.what.replace('**', '')} ({risk.address})" for risk in lost),
                ]
            ),
            "Nothing was applied. If that is what you want, and everybody whose data it is agrees: "
            f"make deploy ENV={environment.name} ALLOW_DATA_LOSS={names}",
        )


def apply(environment: Environment, terraform: Terraform) -> None:
    """Apply the plan, and remove it, so that nobody applies it twice.

    Raises:
        DeployError: terraform fails; what it did until then stays.
    """
    terraform.apply(environment.plans / reviewed.PLAN)
    reviewed.forget(environment)
