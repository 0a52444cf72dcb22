"""Rosters: which participants have begun a study that limits their number.

Each change of `_participants/{projectId}.json` uses `If-Match`, so the limit also holds for
participants who come at the same moment. A roster holds hashes of ids, called marks. A person who
knows an id can compute its mark; so when a participant's data is removed, a random mark replaces
theirs and keeps the count.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Final

from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.errors import OperatorError
from hippo_gym.runtime.json_reading import NotJson
from hippo_gym.storage.bucket import Bucket, StoredObject
from hippo_gym.storage.optimistic import Change, for_seconds, update

_SECONDS: Final = 4
"""Default limit for a change: next_step has 10 seconds in all and writes the record afterwards."""


class RosterInvalid(OperatorError):
    """A roster cannot be read; the text says why."""


def roster_key(project_id: str) -> str:
    """Return the key of a project's roster."""
    return f"_participants/{project_id}.json"


def mark_of(user_id: str) -> str:
    """Return a participant's mark on a roster.

    Upper and lower case of the id give the same mark.
    """
    return hashlib.sha256(user_id.lower().encode("utf-8")).hexdigest()[:16]


@dataclass(frozen=True)
class RosterStore:
    """The rosters of one bucket.

    Every change raises:
        Transient: other functions changed the roster each time before this write, until the time
            was up.
        RosterInvalid: the roster cannot be read; it was not changed.
    """

    bucket: Bucket
    clock: Clock

    def begin(self, project_id: str, seconds_left: Callable[[], float] | None = None) -> None:
        """Add every participant with a record to the roster; existing marks stay.

        Lists the project's participant records page by page, so only registration calls it.
        """
        prefix = f"{project_id}/Users/"

        def with_all(there: Set[str]) -> Set[str]:
            return there | {mark_of(key.removeprefix(prefix)) for key in self.bucket.keys(prefix)}

        self._change(project_id, with_all, seconds_left)

    def admit(
        self, project_id: str, user_id: str, most_participants: int, seconds_left: Callable[[], float] | None = None
    ) -> bool:
        """Add a participant to the roster, and return whether the participant is on it now.

        A full roster admits only participants who are on it already.
        """
        mark = mark_of(user_id)

        def with_one(there: Set[str]) -> Set[str]:
            return there if len(there) >= most_participants else there | {mark}

        return mark in self._change(project_id, with_one, seconds_left)

    def forget(self, project_id: str, user_id: str) -> None:
        """Replace a participant's mark by a random one, which keeps the count."""
        mark = mark_of(user_id)

        def without_one(there: Set[str]) -> Set[str]:
            return (there - {mark}) | {secrets.token_hex(8)} if mark in there else there

        self._change(project_id, without_one, None)

    def _change(
        self, project_id: str, change: Callable[[Set[str]], Set[str]], seconds_left: Callable[[], float] | None
    ) -> Set[str]:
        """Change a roster and return its new marks; `change` runs after the roster was read."""
        key = roster_key(project_id)

        def changed(stored: StoredObject | None) -> Change[Set[str]]:
            before = frozenset[str]() if stored is None else _read(stored, key)
            after = change(before)
            return Change(after, None if after == before else sorted(after))

        return update(self.bucket, key, changed, self.clock, seconds_left or for_seconds(self.clock, _SECONDS))


def _read(stored: StoredObject, key: str) -> frozenset[str]:
    try:
        there = stored.json()
    except NotJson as error:
        raise RosterInvalid(f"{key} {error}; it was not changed") from error
    if not isinstance(there, list):
        raise RosterInvalid(f"{key} is not a list; it was not changed")
    return frozenset(str(each) for each in there)
