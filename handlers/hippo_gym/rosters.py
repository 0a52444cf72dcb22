"""Rosters: who has begun a study that takes so many participants and no more.

`_participants/{projectId}.json` is changed with `If-Match`, so that of many who come at once no more than the limit are
let in. It holds digests, not ids: what is left of a participant whose data was removed is that there was one.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from typing import Final

from hippo_gym.bucket import Bucket, StoredObject
from hippo_gym.clock import Clock
from hippo_gym.errors import Conflict, OperatorError, Transient

_MOST_TRIES: Final = 20
_PAUSE_SECONDS: Final = 0.2


class RosterInvalid(OperatorError):
    """A roster cannot be read; the text says why."""


def roster_key(project_id: str) -> str:
    """Return the key of a project's roster."""
    return f"_participants/{project_id}.json"


@dataclass(frozen=True)
class Rosters:
    """The rosters of one bucket."""

    bucket: Bucket
    clock: Clock

    def begin(self, project_id: str) -> None:
        """Write the roster of a project that gets its first limit, with everybody who has begun already.

        For the function that registers projects: it lists the project's records, page by page.
        """
        prefix = f"{project_id}/Users/"
        if self.bucket.exists(roster_key(project_id)):
            return
        there = {_digest(key.removeprefix(prefix)) for key in self.bucket.keys(prefix)}
        try:
            self.bucket.create_json(roster_key(project_id), sorted(there))
        except Conflict:
            return

    def admit(self, project_id: str, user_id: str, most: int) -> bool:
        """Put a new participant on the roster; False if it is full. Whoever is on it already is let in.

        Raises:
            Transient: others changed the roster again and again.
            RosterInvalid: it cannot be read.
        """
        key, digest = roster_key(project_id), _digest(user_id)
        for _ in range(_MOST_TRIES):
            stored = self.bucket.get(key)
            there = [] if stored is None else _read(stored, key)
            if digest in there:
                return True
            if len(there) >= most:
                return False
            try:
                if stored is None:
                    self.bucket.create_json(key, [digest])
                else:
                    self.bucket.replace_json(key, sorted([*there, digest]), stored.etag)
            except Conflict:
                self.clock.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311 - jitter, not a secret
                continue
            return True
        raise Transient("many participants are beginning at this moment; try again")


def _read(stored: StoredObject, key: str) -> list[str]:
    try:
        there = stored.json()
    except ValueError as error:
        raise RosterInvalid(f"{key} is not JSON ({error}); it was left as it is") from error
    if not isinstance(there, list):
        raise RosterInvalid(f"{key} is not a list; it was left as it is")
    return [str(each) for each in there]


def _digest(user_id: str) -> str:
    return hashlib.sha256(user_id.lower().encode("utf-8")).hexdigest()[:16]
