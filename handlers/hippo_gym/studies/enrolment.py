"""Rosters: who has begun a study that takes so many participants and no more.

`_participants/{projectId}.json` is changed with `If-Match`, so that of many who come at once no more than the limit are
let in. It holds marks, not ids; but whoever has an id can tell whether its mark is there. So the mark of a participant
whose data is removed gives way to a random one: what is left is that there was somebody.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Final

from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.errors import OperatorError
from hippo_gym.storage.bucket import Bucket, StoredObject
from hippo_gym.storage.optimistic import Change, for_seconds, update

_SECONDS: Final = 4
"""For a change, where the caller does not say: next_step has 10 in all, and the record is still to be written."""


class RosterInvalid(OperatorError):
    """A roster cannot be read; the text says why."""


def roster_key(project_id: str) -> str:
    """Return the key of a project's roster."""
    return f"_participants/{project_id}.json"


def mark_of(user_id: str) -> str:
    """Return what stands for a participant on a roster, whatever the case of their id."""
    return hashlib.sha256(user_id.lower().encode("utf-8")).hexdigest()[:16]


@dataclass(frozen=True)
class Rosters:
    """The rosters of one bucket.

    Every change raises:
        Transient: others changed the roster again and again, for as long as there was time.
        RosterInvalid: it cannot be read; it is left as it is.
    """

    bucket: Bucket
    clock: Clock

    def begin(self, project_id: str, seconds_left: Callable[[], float] | None = None) -> None:
        """Put everybody on the roster who has begun already; who is on it stays.

        For the function that registers projects: it lists the project's records, page by page.
        """
        prefix = f"{project_id}/Users/"

        def with_all(there: Set[str]) -> Set[str]:
            return there | {mark_of(key.removeprefix(prefix)) for key in self.bucket.keys(prefix)}

        self._change(project_id, with_all, seconds_left)

    def admit(self, project_id: str, user_id: str, most: int, seconds_left: Callable[[], float] | None = None) -> bool:
        """Put a new participant on the roster; False if it is full. Whoever is on it already is let in."""
        mark = mark_of(user_id)

        def with_one(there: Set[str]) -> Set[str]:
            return there if len(there) >= most else there | {mark}

        return mark in self._change(project_id, with_one, seconds_left)

    def forget(self, project_id: str, user_id: str) -> None:
        """Take a participant's mark off the roster, and leave in its place one that is nobody's."""
        mark = mark_of(user_id)

        def without_one(there: Set[str]) -> Set[str]:
            return (there - {mark}) | {secrets.token_hex(8)} if mark in there else there

        self._change(project_id, without_one, None)

    def _change(
        self, project_id: str, change: Callable[[Set[str]], Set[str]], seconds_left: Callable[[], float] | None
    ) -> Set[str]:
        """Change a roster and return what is on it then. What the change looks at, it looks at after the roster."""
        key = roster_key(project_id)

        def changed(stored: StoredObject | None) -> Change[Set[str]]:
            before = frozenset[str]() if stored is None else _read(stored, key)
            after = change(before)
            return Change(after, None if after == before else sorted(after))

        return update(self.bucket, key, changed, self.clock, seconds_left or for_seconds(self.clock, _SECONDS))


def _read(stored: StoredObject, key: str) -> frozenset[str]:
    try:
        there = stored.json()
    except ValueError as error:
        raise RosterInvalid(f"{key} is not JSON ({error}); it was left as it is") from error
    if not isinstance(there, list):
        raise RosterInvalid(f"{key} is not a list; it was left as it is")
    return frozenset(str(each) for each in there)
