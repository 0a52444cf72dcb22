"""The record of a plan's inputs, stored beside the plan, and what has changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError

PLAN: Final = "plan.tfplan"
JSON: Final = "plan.json"
REVIEW: Final = "review.md"
REVIEWED: Final = "reviewed.json"
MAX_AGE_HOURS: Final = 24.0
"""`make deploy` refuses an older plan, unless its option says another age."""

RELEASE: Final = version("hippo-gym-aws")
"""The release of this tool. Another one may read a record differently, and review a plan by other rules."""

_NOT_SOURCES: Final = frozenset({"tests", "environments", "examples", ".terraform"})


@dataclass(frozen=True)
class Origin:
    """The inputs of a plan. A plan may be applied only while all of them are the same.

    Attributes:
        account_id: AWS account.
        region: AWS Region.
        bundle: SHA-256 of the bundle.
        sources: SHA-256 of the Terraform files, of the web site's files and of renew_certificate's bundle, which
            terraform reads again to apply.
        settings: SHA-256 of the environment's two files.
        terraform: version of terraform.
        providers: version of each provider.
    """

    account_id: str
    region: str
    bundle: str
    sources: str
    settings: str
    terraform: str
    providers: Mapping[str, str]


@dataclass(frozen=True)
class Reviewed:
    """The record of a plan that was made for review.

    Attributes:
        environment: name of the environment.
        made_at: when the plan was made, ISO 8601, UTC.
        origin: its inputs.
        plan: SHA-256 of the plan file.
        review: SHA-256 of the review.
        changes: whether the plan changes anything.
        secrets: names of the settings in the plan file whose values are secret (masking.py).
        release: the release of this tool that made the plan.
        take_over: TAKE_OVER of `make plan`; empty if it was not set.
    """

    environment: str
    made_at: str
    origin: Origin
    plan: str
    review: str
    changes: bool
    secrets: tuple[str, ...] = ()
    release: str = RELEASE
    take_over: str = ""

    def write(self, folder: Path) -> None:
        """Write the record beside the plan: the whole record, or none."""
        written = folder / f"{REVIEWED}.new"
        written.write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")
        written.replace(folder / REVIEWED)


def read(environment: Environment) -> Reviewed:
    """Return the record of the environment's plan.

    Raises:
        DeployError: there is no plan, its files were changed or are incomplete, or another release made it.
    """
    folder = environment.plans
    again = f"Run make plan ENV={environment.name}, and have {environment.relative(folder / REVIEW)} reviewed."
    if not (folder / REVIEWED).is_file() or not (folder / PLAN).is_file():
        raise DeployError(f"There is no plan for {environment.name} to apply.", again)
    try:
        reviewed = parse((folder / REVIEWED).read_bytes(), environment.relative(folder / REVIEWED))
    except DeployError as error:
        raise DeployError(error.message, again) from error
    for name, wanted in ((PLAN, reviewed.plan), (REVIEW, reviewed.review)):
        if not (folder / name).is_file() or digest(folder / name) != wanted:
            path = environment.relative(folder / name)
            raise DeployError(f"{path} is not the file that `make plan` wrote.", again)
    if reviewed.environment != environment.name:
        raise DeployError(f"The plan in {environment.relative(folder)} is for {reviewed.environment}.", again)
    return reviewed


def parse(written: bytes, where: str) -> Reviewed:
    """Parse a record.

    Args:
        written: the content of the file.
        where: the file's name, for errors.

    Raises:
        DeployError: the record is incomplete, or another release of this tool wrote it.
    """
    try:
        found = json.loads(written)
    except ValueError as error:
        raise DeployError(f"{where} is incomplete or damaged: it is not JSON.") from error
    if not isinstance(found, dict):
        raise DeployError(f"{where} is not the record of a plan.")
    if found.get("release") != RELEASE:
        other = f"release {found['release']}" if "release" in found else "an earlier release"
        raise DeployError(f"The plan of {where} was made by {other} of this tool, and this is release {RELEASE}.")
    try:
        origin = Origin(**found["origin"])
        reviewed = Reviewed(**{**found, "origin": origin, "secrets": tuple(found["secrets"])})
        datetime.fromisoformat(reviewed.made_at)
        complete = isinstance(origin.providers, dict) and isinstance(reviewed.changes, bool)
    except (TypeError, ValueError, KeyError) as error:
        raise DeployError(f"{where} is incomplete or damaged: {error}.") from error
    if not complete:
        raise DeployError(f"{where} is incomplete or damaged: `providers` or `changes` has another type.")
    return reviewed


def stale_reasons(reviewed: Reviewed, now: Origin, clock: datetime, max_age_hours: float) -> list[str]:
    """Return the reasons why a plan may not be applied, a sentence each; none if it may."""
    then = reviewed.origin
    made = datetime.fromisoformat(reviewed.made_at)
    faults = []
    if then.account_id != now.account_id:
        faults.append(f"It was made for account {then.account_id}, but your credentials are for {now.account_id}.")
    if then.region != now.region:
        faults.append(f"It was made for {then.region}, but the settings name {now.region}.")
    if then.bundle != now.bundle:
        faults.append(f"It was made with bundle {then.bundle[:12]}…, but this checkout's is {now.bundle[:12]}….")
    if then.sources != now.sources:
        faults.append("Terraform files or web site files have changed since the plan was made.")
    if then.settings != now.settings:
        faults.append("The environment's settings have changed since the plan was made.")
    if then.terraform != now.terraform:
        faults.append(f"It was made by terraform {then.terraform}, but this machine has {now.terraform}.")
    for name, wanted in then.providers.items():
        if now.providers.get(name) != wanted:
            short = name.removeprefix("registry.terraform.io/")
            present = now.providers.get(name, "none")
            faults.append(f"It was made with {short} {wanted}, but this machine has {present}.")
    if clock - made > timedelta(hours=max_age_hours):
        hours = (clock - made).total_seconds() / 3600
        faults.append(f"It is {hours:.0f} hours old; MAX_PLAN_AGE_HOURS={hours + 1:.0f} would allow this.")
    return faults


def origin(environment: Environment, account_id: str, region: str, versions: Mapping[str, Any]) -> Origin:
    """Return the inputs that a plan would have now."""
    return Origin(
        account_id=account_id,
        region=region,
        bundle=digest(environment.bundle),
        sources=_combined_digest(environment, [*_sources(environment), *environment.certificate_bundle]),
        settings=_combined_digest(environment, [environment.tfvars, environment.backend]),
        terraform=str(versions["terraform"]),
        providers={str(name): str(version) for name, version in versions["providers"].items()},
    )


def digest(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def discard(environment: Environment) -> None:
    """Remove a plan, so that it cannot be applied; its review stays."""
    for name in (PLAN, JSON, REVIEWED):
        (environment.plans / name).unlink(missing_ok=True)


def _sources(environment: Environment) -> Iterator[Path]:
    for path in environment.root.rglob("*"):
        inside = path.relative_to(environment.root).parts
        if path.is_file() and path.suffix in {".tf", ".json", ".tftpl"} and not _NOT_SOURCES.intersection(inside):
            yield path
    yield from (path for path in (environment.repository / "build" / "page").rglob("*") if path.is_file())


def _combined_digest(environment: Environment, paths: Iterator[Path] | list[Path]) -> str:
    found = hashlib.sha256()
    for path in sorted(paths):
        name = environment.relative(path)
        found.update(f"{name}\0{digest(path)}\n".encode())
    return found.hexdigest()
