"""Removes one participant's data of one study, in all versions.

The first deletion is that of the record, with a condition on its ETag: a participant who has come
back has written the record again, and then nothing is removed. After it the participant is a new one
for the study. All further deletions name versions that were written before the cutoff, so they
cannot touch what a participant stores who begins again at the same moment, and they can be repeated
after a crash at any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Final

from hippo_gym.retention.schedule import Due
from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.errors import Conflict, HippoGymError
from hippo_gym.sessions.store import SessionStore
from hippo_gym.storage.bucket import Bucket
from hippo_gym.storage.past_versions import PastVersions, Version
from hippo_gym.studies.balance import BalanceStore
from hippo_gym.studies.enrolment import RosterStore

_AT_ONCE: Final = 1000  # versions of trials between two looks at the clock
_CLOCKS_DIFFER: Final = timedelta(minutes=5)  # at most: S3's and the function's


class OutOfTime(HippoGymError):
    """The invocation's time is up; the next one goes on."""


@dataclass(frozen=True)
class Removal:
    """What a removal did: how many versions it deleted, and whether the participant had come back."""

    versions: int = 0
    came_back: bool = False


def record_key(project_id: str, user_id: str) -> str:
    """Return the key of a participant's record."""
    return f"{project_id}/Users/{user_id}"


def trials_prefix(project_id: str, user_id: str) -> str:
    """Return the prefix of what a study's container wrote about a participant."""
    return f"{project_id}/Trials/{user_id}/"


@dataclass(frozen=True)
class Remover:
    """Removes participants' data from one bucket."""

    bucket: Bucket
    versions: PastVersions
    sessions: SessionStore
    clock: Clock

    def has_server(self, project_id: str, user_id: str) -> bool:
        """Return whether a participant has a live session in the study.

        Raises:
            SessionRecordInvalid: the live record cannot be read.
        """
        held = self.sessions.live(user_id.lower())
        return held is not None and held.session.project_id == project_id

    def remove(self, due: Due, seconds_left: Callable[[], float]) -> Removal:
        """Remove a participant's record, trials and marks, or go on with a removal that has begun.

        Raises:
            OutOfTime: the time was up before all was removed.
            NotDeleted: S3 refused a deletion.
            SessionRecordInvalid, RosterInvalid, CellsInvalid, Transient: an object could not be
                read, or changed. What is left is removed when this is called again.
        """
        key = record_key(due.project_id, due.user_id)
        if not self._close(key, due):
            return Removal(came_back=True)
        there = self.versions.of(key)
        earlier = _of_the_removed_life(there, due)
        removed = self._remove_trials(due, seconds_left)
        if all(version.is_marker for version in there if version.is_latest):
            # The participant has not begun again: no record counts them any more.
            self._unmark(due)
        return Removal(removed + self.versions.delete(earlier))

    def _close(self, key: str, due: Due) -> bool:
        """Delete the current record if it is too old; return whether there is a removal to do."""
        there = self.versions.of(key)
        latest = next((version for version in there if version.is_latest), None)
        if latest is None or latest.is_marker:
            return True
        if latest.modified >= due.cutoff:
            # Begun again, after this removal's first deletion or before it.
            return any(version.is_marker and version.modified > due.since - _CLOCKS_DIFFER for version in there)
        if self.has_server(due.project_id, due.user_id):
            return False
        try:
            self.bucket.delete(key, latest.etag)
        except Conflict:
            return False
        return True

    def _remove_trials(self, due: Due, seconds_left: Callable[[], float]) -> int:
        removed = 0
        prefix = trials_prefix(due.project_id, due.user_id)
        old = (version for version in self.versions.below(prefix) if version.modified < due.cutoff)
        for batch in _batches(old):
            if seconds_left() <= 0:
                raise OutOfTime("the trials of a participant are not yet all removed")
            removed += self.versions.delete(batch)
        return removed

    def _unmark(self, due: Due) -> None:
        """Replace the participant's marks on roster and cells, which show the id to a person who knows it."""
        RosterStore(self.bucket, self.clock).forget(due.project_id, due.user_id)
        BalanceStore(self.bucket, self.clock).forget(due.project_id, due.user_id)


def _of_the_removed_life(there: list[Version], due: Due) -> list[Version]:
    """Return the versions of a deleted record, and its delete markers.

    A participant who has begun again wrote theirs after the cutoff.
    """
    if not any(version.is_marker for version in there):
        return []
    return [version for version in there if version.is_marker or version.modified < due.cutoff]


def _batches(versions: Iterator[Version]) -> Iterator[list[Version]]:
    while batch := list(islice(versions, _AT_ONCE)):
        yield batch
