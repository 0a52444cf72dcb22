"""What a plan was made from, kept beside it, and what has changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError

PLAN: Final = "plan.tfplan"
JSON: Final = "plan.json"
REVIEW: Final = "review.md"
REVIEWED: Final = "reviewed.json"
MOST_HOURS: Final = 24.0
_NOT_SOURCES: Final = frozenset({"tests", "environments", "examples", ".terraform"})


@dataclass(frozen=True)
class Origin:
    """What a plan is made from: a plan of another origin is another plan.

    Attributes:
        account_id: of AWS.
        region: of AWS.
        bundle: SHA-256 of the bundle.
        sources: SHA-256 of the Terraform files and of the web site's files, which an apply reads again.
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
    """A plan that was made to be reviewed.

    Attributes:
        environment: its name.
        made_at: when, UTC.
        origin: from what.
        plan: SHA-256 of the plan's file.
        review: SHA-256 of the review.
        changes: whether it changes anything.
    """

    environment: str
    made_at: str
    origin: Origin
    plan: str
    review: str
    changes: bool

    def write(self, folder: Path) -> None:
        """Keep it beside the plan."""
        (folder / REVIEWED).write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")


def read(environment: Environment) -> Reviewed:
    """Return what the environment's plan was made from.

    Raises:
        DeployError: there is no plan, or its files are not those that belong together.
    """
    folder = environment.plans
    again = f"make plan ENV={environment.name} makes one; have {environment.relative(folder / REVIEW)} reviewed."
    if not (folder / REVIEWED).is_file() or not (folder / PLAN).is_file():
        raise DeployError(f"There is no plan for {environment.name} that could be applied.", again)
    found = json.loads((folder / REVIEWED).read_text("utf-8"))
    reviewed = Reviewed(**{**found, "origin": Origin(**found["origin"])})
    for name, wanted in ((PLAN, reviewed.plan), (REVIEW, reviewed.review)):
        if not (folder / name).is_file() or digest(folder / name) != wanted:
            path = environment.relative(folder / name)
            raise DeployError(f"{path} is not the file that `make plan` wrote.", again)
    if reviewed.environment != environment.name:
        raise DeployError(f"The plan in {environment.relative(folder)} is for {reviewed.environment}.", again)
    return reviewed


def stale(reviewed: Reviewed, now: Origin, clock: datetime, most_hours: float) -> list[str]:
    """Return why a plan is no longer the one to apply, a sentence each; nothing if it is."""
    then = reviewed.origin
    made = datetime.fromisoformat(reviewed.made_at)
    faults = []
    if then.account_id != now.account_id:
        faults.append(f"It was made for account {then.account_id}, and your credentials are for {now.account_id}.")
    if then.region != now.region:
        faults.append(f"It was made for {then.region}, and the settings say {now.region}.")
    if then.bundle != now.bundle:
        faults.append(f"It was made for the bundle {then.bundle[:12]}…, and this checkout's is {now.bundle[:12]}….")
    if then.sources != now.sources:
        faults.append("Terraform files, or files of the web site, have changed since.")
    if then.settings != now.settings:
        faults.append("The environment's settings have changed since.")
    if then.terraform != now.terraform:
        faults.append(f"It was made by terraform {then.terraform}, and this is {now.terraform}.")
    for name, version in then.providers.items():
        if now.providers.get(name) != version:
            short = name.removeprefix("registry.terraform.io/")
            faults.append(f"It was made with {short} {version}, and this is {now.providers.get(name, 'none')}.")
    if clock - made > timedelta(hours=most_hours):
        hours = (clock - made).total_seconds() / 3600
        faults.append(f"It is {hours:.0f} hours old; MAX_PLAN_AGE_HOURS={hours + 1:.0f} allows that.")
    return faults


def origin(environment: Environment, account_id: str, region: str, versions: Mapping[str, Any]) -> Origin:
    """Return what a plan made here and now would be made from."""
    return Origin(
        account_id=account_id,
        region=region,
        bundle=digest(environment.bundle),
        sources=_together(environment, _sources(environment)),
        settings=_together(environment, [environment.tfvars, environment.backend]),
        terraform=str(versions["terraform"]),
        providers={str(name): str(version) for name, version in versions["providers"].items()},
    )


def digest(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def forget(environment: Environment) -> None:
    """Remove a plan, so that nobody takes it for one to apply; the review stays to be read."""
    for name in (PLAN, JSON, REVIEWED):
        (environment.plans / name).unlink(missing_ok=True)


def _sources(environment: Environment) -> Iterator[Path]:
    for path in environment.root.rglob("*"):
        inside = path.relative_to(environment.root).parts
        if path.is_file() and path.suffix in {".tf", ".json", ".tftpl"} and not _NOT_SOURCES.intersection(inside):
            yield path
    yield from (path for path in (environment.repository / "frontend").rglob("*") if path.is_file())


def _together(environment: Environment, paths: Iterator[Path] | list[Path]) -> str:
    found = hashlib.sha256()
    for path in sorted(paths):
        name = path.relative_to(environment.repository).as_posix()
        found.update(f"{name}\0{digest(path)}\n".encode())
    return found.hexdigest()
