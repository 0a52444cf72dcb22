"""`make deploy`: apply the reviewed plan, or refuse it with the reasons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.ownership import checking as ownership
from hippo_deploy.plan import reviewed
from hippo_deploy.plan.making import build_bundle
from hippo_deploy.renaming import LiveUsers, live_users, refuse_while_live
from hippo_deploy.settings import judging
from hippo_deploy.terraform import Terraform
from plan_review.changes import Plan
from plan_review.data import losses


def ready(
    environment: Environment,
    terraform: Terraform,
    ssm: Any,
    account_id: str,
    clock: datetime,
    *,
    allowed: frozenset[str],
    max_age_hours: float,
    report: Callable[[str], None],
    live_users: LiveUsers = live_users,
) -> Plan | None:
    """Check that the plan is the reviewed one and return it; return None if it changes nothing.

    Args:
        environment: the environment to deploy.
        terraform: runs terraform on it.
        ssm: a client in the deployment's Region.
        account_id: account of the credentials.
        clock: now, UTC.
        allowed: names of the data that may be lost.
        max_age_hours: greatest age of the plan, in hours.
        report: receives a line before each step.
        live_users: reads the live sessions.

    Raises:
        DeployError: the settings have faults, there is no plan, it is stale, it would destroy data, it moves the names
            of live sessions, or the deployment belongs to another state.
    """
    judging.check(environment)
    kept = reviewed.read(environment)
    report("Building the bundle")
    build_bundle(environment)
    report("Connecting to the state")
    terraform.init()
    document = terraform.show(environment.plans / reviewed.PLAN)
    plan = Plan(document)
    region = environment.setting("region") or str(plan.variable("region"))
    now = reviewed.origin(environment, account_id, region, terraform.versions())
    faults = reviewed.stale_reasons(kept, now, clock, max_age_hours)
    if faults:
        raise DeployError(
            "\n".join([f"The plan for {environment.name} cannot be applied:", *(f"  - {one}" for one in faults)]),
            f"Run make plan ENV={environment.name}, and have the new plan reviewed.",
        )
    ownership.check(environment, terraform, ssm, take_over=kept.take_over, refused="Nothing was applied.")
    if not kept.changes:
        return None
    _refuse_losses(environment, plan, allowed)
    refuse_while_live(environment, document, live_users)
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
            "Nothing was applied. If you want this, and everyone who owns the data agrees: "
            f"make deploy ENV={environment.name} ALLOW_DATA_LOSS={names}",
        )


def apply(environment: Environment, terraform: Terraform) -> None:
    """Apply the plan and remove it: a plan is applied once.

    Raises:
        DeployError: terraform fails; the changes that it has made until then stay.
    """
    terraform.apply(environment.plans / reviewed.PLAN)
    reviewed.discard(environment)


def refresh(environment: Environment, terraform: Terraform) -> None:
    """Apply a plan that changes nothing, and remove it: the state then holds what terraform read from AWS.

    Without this, later plans would report what the last apply itself did as changes made outside Terraform.

    Raises:
        DeployError: terraform fails.
    """
    terraform.refresh(environment.plans / reviewed.PLAN)
    reviewed.discard(environment)
