"""The changes of a study: who, when, and what, from the versions of the master list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import Any, Final

from hippo_cli.deployment import Deployment
from hippo_cli.publish import stored_pages
from hippo_cli.publish.list_versions import ListState, OwnPages, list_states
from hippo_cli.publish.plans import Change, PageChanges, entry_changes, page_changes
from hippo_cli.publish.stored_pages import StoredPage
from hippo_gym.studies import versions

_BY_TIME: Final = re.compile(r"at-\d{8}T\d{6}Z")
Kept = Mapping[str, Mapping[str, StoredPage]]


@dataclass(frozen=True)
class Event:
    """One change of a study.

    Attributes:
        state: the study's state in the list after the change.
        before: the state before it; None if the bucket no longer has it.
        entry_changes, page_changes: the differences to show to people; no page changes if unknown.
        back_to: the name of the earlier version that the change made current again, as `hippo rollback`
            does; None for any other change.
    """

    state: ListState
    before: ListState | None
    entry_changes: tuple[Change, ...] = ()
    page_changes: PageChanges = field(default_factory=PageChanges)
    back_to: str | None = None

    @property
    def entry(self) -> Mapping[str, Any] | None:
        """Return the entry after the change; None if the change removed it from the list."""
        return self.state.entry

    @property
    def stamped(self) -> bool:
        """Return whether the entry's stamps belong to this change.

        An edit by hand leaves old stamps.
        """
        stamp = (self.entry or {}).get("updatedAt")
        return stamp is not None and (self.before is None or stamp != (self.before.entry or {}).get("updatedAt"))

    @property
    def at(self) -> str:
        """Return the time of the change."""
        return str((self.entry or {})["updatedAt"]) if self.stamped else self.state.at.astimezone(UTC).isoformat()

    @property
    def by(self) -> str | None:
        """Return who made the change; None for a script or an edit by hand without a stamp."""
        return (self.entry or {}).get("updatedBy") if self.stamped else None

    @property
    def version(self) -> str | None:
        """Return the name for `hippo rollback` of the study after the change.

        Return None if it was not in the list.
        """
        if self.entry is None:
            return None
        return str(self.entry["version"]) if self.entry.get("version") else name_by_time(self.state.at)


@dataclass(frozen=True)
class History:
    """The changes of a study, newest first.

    Attributes:
        complete: the study's registration is among the events.
        more: older changes exist beyond the limit.
        kept: version → file → page, of the kept versions.
    """

    events: tuple[Event, ...]
    complete: bool
    more: bool
    kept: Kept


def name_by_time(at: datetime) -> str:
    """Return the name of a state without a version: the time at which the list was written."""
    return f"at-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def is_name_by_time(name: str) -> bool:
    """Return whether a name comes from `name_by_time`, and is no version."""
    return _BY_TIME.fullmatch(name) is not None


def read(deployment: Deployment, project_id: str, limit: int | None = None) -> History:
    """Read the history of a study.

    Args:
        deployment: the deployment.
        project_id: the study's id.
        limit: the number of changes to return, newest first; None for all.
    """
    kept = stored_pages.kept_versions(deployment, project_id)
    found = list(islice(events(deployment, project_id), None if limit is None else limit + 1))
    shown = _with_page_changes(found, _Pages(deployment, project_id, kept, found), kept)[:limit]
    more = len(shown) < len(found)
    complete = not more and (not found or found[-1].before is not None)
    return History(tuple(shown), complete, more, kept)


def events(deployment: Deployment, project_id: str) -> Iterator[Event]:
    """Yield the changes of a study's entry in the bucket's versions, newest first."""
    newer: ListState | None = None
    for state in list_states(deployment, project_id):
        if newer is not None and newer.entry != state.entry:
            changes = () if newer.entry is None else entry_changes(state.entry, newer.entry)
            yield Event(newer, state, changes)
        newer = state
    if newer is not None and newer.entry is not None:
        yield Event(newer, None)


class _Pages:
    """The pages of a study at each change, as file → SHA-256."""

    def __init__(self, deployment: Deployment, project_id: str, kept: Kept, found: Iterable[Event]) -> None:
        self._deployment = deployment
        self._project_id = project_id
        named = {event.entry["version"] for event in found if event.entry is not None and "version" in event.entry}
        there = {version: kept[version] for version in sorted(named & kept.keys())}
        self._versions = stored_pages.digests_of_versions(deployment, project_id, there)

    @cached_property
    def _own(self) -> OwnPages:
        return OwnPages(self._deployment, self._project_id)

    def at(self, state: ListState) -> dict[str, str] | None:
        """Return the pages of a state; None if the bucket no longer has them."""
        if state.entry is None:
            return {}
        version = state.entry.get("version")
        if version is None:
            return self._own.digests(self._own.at(state.at, state.entry))
        return self._versions.get(version)


def _with_page_changes(found: list[Event], pages: _Pages, kept: Kept) -> list[Event]:
    known = [pages.at(event.state) for event in found]
    found = [replace(event, back_to=_back_to(number, found, known, kept)) for number, event in enumerate(found)]
    changed: list[Event] = []
    for event, after, before in zip(found, known, [*known, None][1:], strict=True):
        if event.before is not None and event.before.entry is None:
            before = {}
        if before is None or after is None or event.entry is None:
            changed.append(event)
        else:
            changed.append(replace(event, page_changes=page_changes(before, after)))
    return changed


def _back_to(number: int, found: list[Event], known: list[dict[str, str] | None], kept: Kept) -> str | None:
    """Return the name of the earlier version that event `number` made current again; None: it was another change."""
    event = found[number]
    before = None if event.before is None else event.before.entry
    if event.entry is None or before is None or event.before is None:
        return None
    version = event.entry.get("version")
    if version is None or version == before.get("version"):
        return None
    older = found[number + 2 :]
    entry_file = kept.get(version, {}).get(stored_pages.ENTRY_FILE)
    is_kept_since = entry_file is not None and entry_file.at is not None and entry_file.at < event.before.at
    if is_kept_since or any(version == (each.entry or {}).get("version") for each in older):
        return str(version)
    for each, its_pages in zip(older, known[number + 2 :], strict=True):
        unversioned = each.entry is not None and each.entry.get("version") is None
        if unversioned and its_pages == known[number] and _content(each.entry) == _content(event.entry):
            return each.version
    return None


def _content(entry: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what makes a version, without its container, whose revision an entry without a version need not name."""
    without = versions.NOT_PART_OF_IT | {"ecsTask"}
    return {key: value for key, value in (entry or {}).items() if key not in without}
