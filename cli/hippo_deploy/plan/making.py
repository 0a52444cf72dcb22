"""`make plan`: build the bundle, make the plan, its JSON and its review."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from hippo_deploy import checks
from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.ownership import checking as ownership
from hippo_deploy.plan import reviewed
from hippo_deploy.plan.masking import masked
from hippo_deploy.plan.reviewed import Origin, Reviewed
from hippo_deploy.renaming import Move, move_in
from hippo_deploy.settings import judging
from hippo_deploy.settings.region import refuse_moved
from hippo_deploy.terraform import Terraform
from plan_review.changes import Plan
from plan_review.page import Facts, page, summary

CHECKOV: Final = Path(".venv-checkov", "bin", "checkov")
_RESERVED: Final = (".example", ".example.com", ".example.net", ".example.org", ".invalid")
"""Domains that cannot be registered (RFC 2606); example.tfvars names one."""


@dataclass(frozen=True)
class PlanResult:
    """A new plan.

    Attributes:
        changes: whether it changes anything.
        summary: what it does, in one line.
        review: the review, in Markdown.
        move: how it moves the names of sessions, if it does.
    """

    changes: bool
    summary: str
    review: str
    move: Move | None = None


def make(
    environment: Environment,
    terraform: Terraform,
    ssm: Any,
    account_id: str,
    clock: datetime,
    report: Callable[[str], None],
    take_over: str = "",
) -> PlanResult:
    """Make a plan, its JSON, its review and the record of its inputs, in the environment's plan folder.

    Args:
        environment: the environment to plan.
        terraform: runs terraform on it.
        ssm: a client in the deployment's Region.
        account_id: account of the credentials.
        clock: now, UTC.
        report: receives a line before each step.
        take_over: the other state, or the deployment, that this environment takes over; empty for nothing.

    Raises:
        DeployError: the settings have faults, the deployment belongs to another state, or a step fails; then no plan
            can be applied.
    """
    judging.check(environment)
    _refuse_example_domain(environment)
    reviewed.discard(environment)
    report("Building the bundle")
    build_bundle(environment)
    report("Connecting to the state")
    terraform.init()
    refuse_moved(environment, environment.setting("region"), terraform.pull())
    owned = ownership.check(environment, terraform, ssm, take_over=take_over)
    report("Planning")
    folder = environment.plans
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # a plan file holds every setting in plain text
    changes = terraform.plan(folder / reviewed.PLAN, *owned.arguments)
    document = terraform.show(folder / reviewed.PLAN)
    document, secrets = masked(document)
    (folder / reviewed.JSON).write_text(json.dumps(document), "utf-8")
    plan = Plan(document)
    _refuse_unchecked(environment, plan)
    region = _region_of(environment, plan)
    origin = reviewed.origin(environment, account_id, region, terraform.versions())
    report("Checking")
    facts = Facts(
        environment=environment.name,
        account_id=account_id,
        region=region,
        made_at=clock,
        versions=_versions(origin),
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
        secrets=secrets,
        take_over=take_over,
    ).write(folder)
    return PlanResult(changes, summary(plan), text, move_in(document))


def build_bundle(environment: Environment) -> None:
    """Build the page, and the bundle for the environment's architecture, unless the tfvars name an existing one.

    Raises:
        DeployError: a build fails, or the bundle that the tfvars name does not exist.
    """
    _run(environment, "Making the participant page", "build_page.py")
    if not environment.builds_its_bundle:
        if not environment.bundle.is_file():
            raise DeployError(
                f"The bundle {environment.relative(environment.bundle)} is missing.",
                f"{environment.relative(environment.tfvars)} names it as bundle_path: add the file, or remove that "
                "line to build the bundle from this checkout.",
            )
        return
    _run(environment, "Building the bundle", "build.py", "--architecture", environment.architecture)


def _run(environment: Environment, what: str, *program: str) -> None:
    done = subprocess.run(
        [sys.executable, *program],
        cwd=environment.repository,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        raise DeployError(f"{what} failed. {(done.stderr or done.stdout).strip()}")


def _region_of(environment: Environment, plan: Plan) -> str:
    """Return the plan's Region; raise if the plan's architecture is not the one that the bundle was built for."""
    architecture = plan.variable("architecture")
    if environment.builds_its_bundle and architecture not in {None, environment.architecture}:
        reviewed.discard(environment)
        raise DeployError(
            f"The plan is for functions on {architecture}, and the bundle was built for {environment.architecture}.",
            f'Set architecture = "{architecture}" in {environment.relative(environment.tfvars)}, as a plain line.',
        )
    return str(plan.variable("region"))


def _refuse_unchecked(environment: Environment, plan: Plan) -> None:
    """Raise if the plan is for another name or Region than the one whose owner was checked."""
    for name, checked in (("name", environment.deployment), ("region", environment.setting("region"))):
        planned = plan.variable(name)
        if planned != checked:
            reviewed.discard(environment)
            raise DeployError(
                f"The plan is for {name} {planned}, and it was checked that {checked} belongs to {environment.name}.",
                f'Set {name} = "{planned}" in {environment.relative(environment.tfvars)}, as a plain line.',
            )


def _refuse_example_domain(environment: Environment) -> None:
    domain = environment.setting("root_domain") or ""
    if f".{domain}".endswith(_RESERVED):
        raise DeployError(
            f"root_domain in {environment.relative(environment.tfvars)} is still the example's, {domain}.",
            "Set a domain of yours that serves nothing else: participants' servers get names under it.",
        )


def _versions(origin: Origin) -> str:
    providers = [
        f"{name.removeprefix('registry.terraform.io/')} {version}" for name, version in origin.providers.items()
    ]
    return ", ".join([f"terraform {origin.terraform}", *providers])
