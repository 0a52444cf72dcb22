"""Who changed a study, when, and what: from the versions of the master list that the bucket remembers."""

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

_BY_TIME: Final = re.compile(r"at-\d{8}T\d{6}Z")
Kept = Mapping[str, Mapping[str, StoredPage]]


@dataclass(frozen=True)
class Event:
    """One change of a study.

    Attributes:
        state: what the list held after it.
        before: what it held before; None if that is not remembered.
        entry_changes, page_changes: what a person calls the difference; no page changes if they are not known.
    """

    state: ListState
    before: ListState | None
    entry_changes: tuple[Change, ...] = ()
    page_changes: PageChanges = field(default_factory=PageChanges)

    @property
    def entry(self) -> Mapping[str, Any] | None:
        """Return the entry after the change; None if it was taken out of the list."""
        return self.state.entry

    @property
    def stamped(self) -> bool:
        """Tell whether the entry's own stamps are about this change; a list that was edited by hand keeps old ones."""
        stamp = (self.entry or {}).get("updatedAt")
        return stamp is not None and (self.before is None or stamp != (self.before.entry or {}).get("updatedAt"))

    @property
    def at(self) -> str:
        """Return when it was made."""
        return str((self.entry or {})["updatedAt"]) if self.stamped else self.state.at.astimezone(UTC).isoformat()

    @property
    def by(self) -> str | None:
        """Return who made it; None for a script, or a hand, that did not say."""
        return (self.entry or {}).get("updatedBy") if self.stamped else None

    @property
    def version(self) -> str | None:
        """Return what `hippo rollback` calls the study as it was then; None if it was not in the list."""
        if self.entry is None:
            return None
        return str(self.entry["version"]) if self.entry.get("version") else name_by_time(self.state.at)


@dataclass(frozen=True)
class History:
    """The changes of a study, newest first.

    Attributes:
        complete: the first one is among them, and the bucket remembers that there was nothing before.
        more: there are older ones that were not asked for.
        kept: version → file → page of what is kept under versions.
    """

    events: tuple[Event, ...]
    complete: bool
    more: bool
    kept: Kept


def name_by_time(at: datetime) -> str:
    """Name a study that was registered without a version: by the moment at which the list was written."""
    return f"at-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def is_name_by_time(name: str) -> bool:
    """Tell a name of `name_by_time` from a version."""
    return _BY_TIME.fullmatch(name) is not None


def read(deployment: Deployment, project_id: str, limit: int | None = None) -> History:
    """Read the history of a study.

    Args:
        deployment: where.
        project_id: whose.
        limit: of changes to return, the newest; None for all.
    """
    kept = stored_pages.kept_versions(deployment, project_id)
    found = list(islice(events(deployment, project_id), None if limit is None else limit + 1))
    shown = _with_page_changes(found, _Pages(deployment, project_id, kept, found))[:limit]
    more = len(shown) < len(found)
    complete = not more and (not found or found[-1].before is not None)
    return History(tuple(shown), complete, more, kept)


def events(deployment: Deployment, project_id: str) -> Iterator[Event]:
    """Yield the changes of a study's entry, newest first, as far back as the bucket remembers."""
    newer: ListState | None = None
    for state in list_states(deployment, project_id):
        if newer is not None and newer.entry != state.entry:
            changes = () if newer.entry is None else entry_changes(state.entry, newer.entry)
            yield Event(newer, state, changes)
        newer = state
    if newer is not None and newer.entry is not None:
        yield Event(newer, None)


class _Pages:
    """The pages of a study at each of its changes, as file → SHA-256. Own pages are listed only if they matter."""

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
        """Return the pages of a state; None if they are not known any more."""
        if state.entry is None:
            return {}
        version = state.entry.get("version")
        if version is None:
            return self._own.digests(self._own.at(state.at, state.entry))
        return self._versions.get(version)


def _with_page_changes(found: list[Event], pages: _Pages) -> list[Event]:
    known = [pages.at(event.state) for event in found]
    changed: list[Event] = []
    for event, after, before in zip(found, known, [*known, None][1:], strict=True):
        if event.before is not None and event.before.entry is None:
            before = {}
        if before is None or after is None or event.entry is None:
            changed.append(event)
        else:
            changed.append(replace(event, page_changes=page_changes(before, after)))
    return changed
