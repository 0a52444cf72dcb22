"""Plans to make an earlier version of a study current again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hippo_cli.deployment import Deployment
from hippo_cli.publish import current, history, plans, stored_assets, stored_pages, task_definitions
from hippo_cli.publish.history import Event
from hippo_cli.publish.list_versions import OwnPages
from hippo_cli.publish.master_list import STAMPS
from hippo_cli.publish.plans import Plan
from hippo_cli.publish.stored_pages import ENTRY_FILE
from hippo_cli.publish.task_definitions import Revisions
from hippo_common.errors import HippoError
from hippo_common.reading import json_value
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies import versions
from hippo_gym.studies.projects import entry_faults

_FOLLOWS_NOW: Final = versions.NOT_PART_OF_IT - {"version", *STAMPS}
"""Keys of an entry that a rollback keeps: whether the study is open, and its limits."""


@dataclass(frozen=True)
class Earlier:
    """An earlier state of a study: its entry with its version, its pages, and the digests of its files."""

    entry: Mapping[str, Any]
    pages: Mapping[str, bytes]
    assets: Mapping[str, str] = field(default_factory=dict)


def prepare(deployment: Deployment, project_id: str, name: str) -> Plan:
    """Plan to make an earlier version current; change nothing.

    Args:
        deployment: the deployment.
        project_id: the study's id.
        name: the version as `hippo history` prints it, or its first characters.

    Raises:
        HippoError: the version does not exist, or parts of it are missing.
    """
    now = current.entry_of(deployment, project_id)
    found = _by_time(deployment, project_id, name) if history.is_name_by_time(name) else None
    earlier = found or _kept(deployment, project_id, name)
    entry = _as_of_now(earlier.entry, now)
    _require_container(deployment, entry)
    _require_assets(deployment, entry, earlier.assets)
    state = current.read(deployment, project_id, now, entry, Revisions(), None)
    return plans.of_entry(state, entry, earlier.pages, earlier.assets)


def _as_of_now(entry: Mapping[str, Any], now: Mapping[str, Any] | None) -> dict[str, Any]:
    if now is None:
        return dict(entry)
    kept = {key: value for key, value in entry.items() if key not in _FOLLOWS_NOW}
    return kept | {key: now[key] for key in _FOLLOWS_NOW if key in now}


def _kept(deployment: Deployment, project_id: str, name: str) -> Earlier:
    """Read a kept version, and check with its digest that it is complete."""
    kept = stored_pages.kept_versions(deployment, project_id)
    version = _one_of(kept, project_id, name)
    stored = Bucket(deployment.client("s3"), deployment.bucket).get(versions.entry_key(project_id, version))
    if stored is None:
        raise HippoError(
            f"Version {version} is incomplete: the submit that made it was interrupted.",
            "Submit that study again, or choose another version: `hippo history` shows them.",
        )
    newer = versions.keys_of_a_newer_release(_mapping(stored.body))
    if newer:
        raise HippoError(
            f"Version {version} was submitted with a newer hippo, and this one does not know its {', '.join(newer)}. "
            "Nothing was changed.",
            "Install the newer hippo, or choose another version: `hippo history` shows them.",
        )
    files = [file for file in kept[version] if file != ENTRY_FILE]
    pages = stored_pages.read(deployment, versions.folder(project_id, version), files)
    entry = _entry(stored.body)
    if entry is None or entry.get("id") != project_id or versions.version_of(entry, pages) != version:
        raise _not_whole(version, entry, pages)
    return Earlier({**entry, "version": version}, pages, versions.asset_digests_in(_mapping(stored.body)))


def _one_of(known: Iterable[str], project_id: str, name: str) -> str:
    found = [version for version in known if version == name] or [found for found in known if found.startswith(name)]
    if len(found) != 1 or not name:
        which = "no" if not found else "more than one"
        raise HippoError(
            f"The study {project_id} has {which} version {name!r}.", f"`hippo history {project_id}` shows all of them."
        )
    return found[0]


def _mapping(body: bytes) -> Mapping[str, Any]:
    """Parse a body as a JSON object; return an empty one for anything else."""
    try:
        value = json_value(body)
    except ValueError:
        return {}
    return value if isinstance(value, Mapping) else {}


def _entry(body: bytes) -> dict[str, Any] | None:
    entry = versions.entry_in(_mapping(body))
    if entry_faults(entry):
        return None
    return {key: value for key, value in entry.items() if key not in STAMPS}


def _not_whole(name: str, entry: Mapping[str, Any] | None, pages: Mapping[str, bytes]) -> HippoError:
    lost = missing_pages(entry, pages)
    why = f"{', '.join(lost)} is missing" if lost else "its files were changed in the bucket"
    return HippoError(
        f"Version {name} is incomplete: {why}. Nothing was changed.",
        "Choose another version, or submit the study from its folder.",
    )


def missing_pages(entry: Mapping[str, Any] | None, pages: Iterable[str]) -> list[str]:
    """Return the files that an entry names and that have neither a page nor a variant."""
    names = list(pages)
    return [file for file in stored_pages.files_of(entry) if not stored_pages.pages_of([file], names)]


def _by_time(deployment: Deployment, project_id: str, name: str) -> Earlier:
    """Read a state without a version: the pages and the container at that moment."""
    event = next((event for event in history.events(deployment, project_id) if event.version == name), None)
    if event is None or event.entry is None:
        raise HippoError(
            f"The bucket no longer has {project_id} as it was {name.replace('-', ' ')}.",
            f"`hippo history {project_id}` shows the states that it has.",
        )
    own = OwnPages(deployment, project_id)
    there = own.at(event.state.at, event.entry)
    if missing_pages(event.entry, there):
        raise _not_whole(name, event.entry, dict.fromkeys(there, b""))
    pages = own.read(there)
    kept = {key: value for key, value in event.entry.items() if key not in STAMPS}
    entry = {**kept, "ecsTask": _task_at(deployment, event)}
    return Earlier({**entry, "version": versions.version_of(entry, pages)}, pages)


def _task_at(deployment: Deployment, event: Event) -> str | None:
    """Return the revision that servers used then: the entry's, or else the newest at that time."""
    task: str | None = (event.entry or {}).get("ecsTask")
    if task is None or ":" in task:
        return task
    found = task_definitions.newest_at(deployment, task, event.state.at)
    return found.name if found else task


def _require_assets(deployment: Deployment, entry: Mapping[str, Any], files: Mapping[str, str]) -> None:
    lost = stored_assets.missing(deployment, str(entry["id"]), str(entry.get("assets")), files)
    if lost:
        raise HippoError(
            f"The files of that version are no longer in the bucket of the participant page: {', '.join(lost[:5])}. "
            "Nothing was changed.",
            "Choose another version, or submit the study from its folder, which uploads them.",
        )


def _require_container(deployment: Deployment, entry: Mapping[str, Any]) -> None:
    task = entry.get("ecsTask")
    if task is None:
        return
    found = task_definitions.describe(deployment, task)
    if found is None or not found.active:
        raise HippoError(
            f"That version uses the task definition {task}, which is no longer registered. Nothing was changed.",
            "Choose another version, or submit the study from its folder, which registers a new one.",
        )
