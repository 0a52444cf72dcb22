"""`make plan`: the bundle, the plan, its JSON, and the review that a person reads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from hippo_deploy import checks
from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.plan import reviewed
from hippo_deploy.plan.reviewed import Origin, Reviewed
from hippo_deploy.terraform import Terraform
from plan_review.changes import Plan
from plan_review.page import Facts, page, summary

CHECKOV: Final = Path(".venv-checkov", "bin", "checkov")
_RESERVED: Final = (".example", ".example.com", ".example.net", ".example.org", ".invalid")
"""Domains that nobody can have (RFC 2606); example.tfvars names one."""


@dataclass(frozen=True)
class Made:
    """A plan that was made: whether it changes anything, in one line what, and the review."""

    changes: bool
    summary: str
    review: str


def make(
    environment: Environment, terraform: Terraform, account_id: str, clock: datetime, report: Callable[[str], None]
) -> Made:
    """Make a plan with everything that belongs to it, in the environment's plan folder.

    Args:
        environment: what to plan.
        terraform: for it.
        account_id: that the credentials are for.
        clock: now, UTC.
        report: told what begins.

    Raises:
        DeployError: a part fails; no plan is there then.
    """
    _refuse_example_domain(environment)
    reviewed.forget(environment)
    report("Building the bundle")
    build_bundle(environment)
    report("Connecting to the state")
    terraform.init()
    report("Planning")
    folder = environment.plans
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # a plan holds every setting as it is
    changes = terraform.plan(folder / reviewed.PLAN)
    document = terraform.show(folder / reviewed.PLAN)
    (folder / reviewed.JSON).write_text(json.dumps(document), "utf-8")
    plan = Plan(document)
    region = _agreeing(environment, plan)
    origin = reviewed.origin(environment, account_id, region, terraform.versions())
    report("Checking")
    facts = Facts(
        environment=environment.name,
        account_id=account_id,
        region=region,
        made_at=clock,
        versions=_in_words(origin),
        bundle_sha256=origin.bundle,
        checks=checks.check(folder / reviewed.JSON, document, environment.root, environment.repository / CHECKOV),
    )
    text = page(plan, facts)
    (folder / reviewed.REVIEW).write_text(text, "utf-8")
    Reviewed(
        environment=environment.name,
        made_at=clock.isoformat(),
        origin=origin,
        plan=reviewed.digest(folder / reviewed.PLAN),
        review=reviewed.digest(folder / reviewed.REVIEW),
        changes=changes,
    ).write(folder)
    return Made(changes, summary(plan), text)


def build_bundle(environment: Environment) -> None:
    """Build the bundle for the environment's architecture, unless the settings name one that is there.

    Raises:
        DeployError: it cannot be built, or is not there.
    """
    if not environment.builds_its_bundle:
        if not environment.bundle.is_file():
            raise DeployError(
                f"The bundle {environment.relative(environment.bundle)} is missing.",
                f"{environment.relative(environment.tfvars)} names it as bundle_path: put it there, or remove the "
                "line to have the bundle built from this checkout.",
            )
        return
    done = subprocess.run(
        [sys.executable, "build.py", "--architecture", environment.architecture],
        cwd=environment.repository,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        raise DeployError(f"The bundle cannot be built. {(done.stderr or done.stdout).strip()}")


def _agreeing(environment: Environment, plan: Plan) -> str:
    """Return the plan's Region, once what was assumed before planning has turned out to be so."""
    architecture = plan.variable("architecture")
    if environment.builds_its_bundle and architecture not in {None, environment.architecture}:
        reviewed.forget(environment)
        raise DeployError(
            f"The plan is for functions on {architecture}, and the bundle was built for {environment.architecture}.",
            f'Set architecture = "{architecture}" in {environment.relative(environment.tfvars)}, as a plain line.',
        )
    return str(plan.variable("region"))


def _refuse_example_domain(environment: Environment) -> None:
    domain = environment.setting("root_domain") or ""
    if f".{domain}".endswith(_RESERVED):
        raise DeployError(
            f"root_domain in {environment.relative(environment.tfvars)} is still the example's, {domain}.",
            "Set the domain that participants' servers get their names under: one of yours, that serves nothing else.",
        )


def _in_words(origin: Origin) -> str:
    providers = [
        f"{name.removeprefix('registry.terraform.io/')} {version}" for name, version in origin.providers.items()
    ]
    return ", ".join([f"terraform {origin.terraform}", *providers])
