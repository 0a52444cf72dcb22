"""Reads all studies of a deployment, or one study in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hippo_cli.deployment import Deployment
from hippo_cli.publish import master_list, retention, stored_pages, task_definitions
from hippo_cli.publish.stored_pages import ENTRY_FILE, StoredPage
from hippo_cli.publish.task_definitions import Revision
from hippo_common.parallel import in_parallel
from hippo_gym.sessions.store import LIVE_PREFIX
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies.projects import FINAL_STEP, GAME


@dataclass(frozen=True)
class Listed:
    """A study in the list of studies, with the number of its servers now, and its participants' link."""

    entry: Mapping[str, Any]
    sessions: int
    link: str | None = None


@dataclass(frozen=True)
class Step:
    """A step or an exit of a study, and the files that participants may see there.

    A game has no files.
    """

    name: str
    file: str | None
    pages: Mapping[str, StoredPage]


@dataclass(frozen=True)
class StudyDetails:
    """A study in full.

    It has no task definition if it has no server, or if ECS no longer has it. It has no link if the
    deployment has no participant page. `privacy` is label and text of what it keeps, and how long.
    """

    entry: Mapping[str, Any]
    steps: tuple[Step, ...]
    exits: tuple[Step, ...]
    task_definition: Revision | None
    sessions: int
    link: str | None = None
    privacy: Sequence[Sequence[str]] = ()
    region: str = ""


def all_studies(deployment: Deployment) -> list[Listed]:
    """Return every study, in the order of the list; one entry for each id."""
    entries = {entry["id"]: entry for entry in master_list.read(deployment)}
    sessions = live_sessions(deployment)
    return [
        Listed(entry, sessions.get(project_id, 0), deployment.link(project_id)) for project_id, entry in entries.items()
    ]


def describe(deployment: Deployment, project_id: str) -> StudyDetails:
    """Read one study.

    Raises:
        HippoError: the list has no study with this id.
    """
    entry = master_list.look_up(deployment, project_id)
    task = entry.get("ecsTask")
    there = _pages(deployment, entry)
    return StudyDetails(
        entry,
        _steps(entry, there),
        _exits(entry, there),
        task_definitions.describe(deployment, task) if task else None,
        live_sessions(deployment).get(project_id, 0),
        deployment.link(project_id),
        retention.rows(entry, deployment),
        deployment.region,
    )


def _pages(deployment: Deployment, entry: Mapping[str, Any]) -> dict[str, StoredPage]:
    """Return the pages that new participants see."""
    version = entry.get("version")
    if version is None:
        return stored_pages.own_pages(deployment, entry["id"])
    kept = stored_pages.kept_versions(deployment, entry["id"]).get(version, {})
    return {file: page for file, page in kept.items() if file != ENTRY_FILE}


def _steps(entry: Mapping[str, Any], there: Mapping[str, StoredPage]) -> tuple[Step, ...]:
    steps = _mapping(entry, "steps")
    names = sorted(steps, key=lambda name: (name == FINAL_STEP, int(name) if name.isdigit() else 0))
    return tuple(_step(name, steps[name], there) for name in names)


def _exits(entry: Mapping[str, Any], there: Mapping[str, StoredPage]) -> tuple[Step, ...]:
    exits = _mapping(entry, "exits")
    return tuple(_step(outcome, _mapping(exits, outcome).get("page"), there) for outcome in exits)


def _step(name: str, file: Any, there: Mapping[str, StoredPage]) -> Step:
    shown = stored_pages.pages_of([file], there) if isinstance(file, str) and file != GAME else []
    return Step(name, file, {page: there[page] for page in shown})


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return a mapping of an entry; an empty one if the entry is broken there."""
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def is_missing(step: Step) -> bool:
    """Return whether a step names a file that is missing."""
    return step.file not in (None, GAME) and not step.pages


def live_sessions(deployment: Deployment) -> dict[str, int]:
    """Return project id → number of live sessions, without unreadable records.

    A warm server counts until a session takes it.
    """
    bucket = Bucket(deployment.client("s3"), deployment.bucket)

    def project_of(key: str) -> str | None:
        stored = bucket.get(key)
        try:
            record = {} if stored is None else stored.json()
            return None if stored is None or "takenBy" in record else str(record["projectId"])
        except (ValueError, TypeError, KeyError):
            return None

    counted = Counter(in_parallel(project_of, bucket.keys(LIVE_PREFIX)))
    return {project_id: number for project_id, number in counted.items() if project_id is not None}


def count_participants(deployment: Deployment, project_id: str) -> int:
    """Return how many participants have a record in a study; one S3 call for each 1000 records."""
    return sum(1 for _ in Bucket(deployment.client("s3"), deployment.bucket).keys(f"{project_id}/Users/"))
