"""Counts the participants of a study that limits their number.

`_participants/{projectId}/count.json` holds numbers, so a newcomer costs the same however many came
before:

    counted  participants who count for good
    held     time → participants who answered one page then, and no second one since; after the
             study's `enrolmentTimeout` they count no more
    recent   the latest changes, by hashes of ids (marks), so that a repeated one changes nothing

Each participant's own record says whether they are counted (`participants/enrolling.py`). Each
change uses `If-Match`, so the limit also holds for participants who come at the same moment.

`_participants/{projectId}.json` is the roster of releases before this one, a list of marks: the
first count begins with it, and it stays as it is, except that `hippo forget` replaces a mark in it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from hippo_gym.runtime.clock import Clock, from_text, to_text
from hippo_gym.runtime.errors import OperatorError
from hippo_gym.runtime.json_reading import NotJson
from hippo_gym.storage.bucket import Bucket, StoredObject
from hippo_gym.storage.optimistic import Change, for_seconds, update

_SECONDS: Final = 4
"""Default limit for a change: next_step has 10 seconds in all and writes the record afterwards."""

_SPANS: Final = 12
"""`held` has at most one number more than this: one for each part of the time-out."""

_RECENT: Final = 100
"""Changes that are remembered. A request is repeated within seconds."""

_COUNTED: Final = "counted"


class RosterInvalid(OperatorError):
    """A roster or count cannot be read; the text says why."""


def roster_key(project_id: str) -> str:
    """Return the key of a project's roster, which earlier releases wrote."""
    return f"_participants/{project_id}.json"


def count_key(project_id: str) -> str:
    """Return the key of a project's count."""
    return f"_participants/{project_id}/count.json"


def mark_of(user_id: str) -> str:
    """Return a participant's mark.

    Upper and lower case of the id give the same mark. A person who knows an id can compute it.
    """
    return hashlib.sha256(user_id.lower().encode("utf-8")).hexdigest()[:16]


@dataclass(frozen=True)
class Limit:
    """How many participants a study may have.

    Attributes:
        most: participants.
        timeout: after one answer without a second one, a participant counts no more.
    """

    most: int
    timeout: timedelta


@dataclass
class _Count:
    """The numbers of one study; module text."""

    counted: int = 0
    held: dict[str, int] = field(default_factory=dict)
    recent: list[tuple[str, str]] = field(default_factory=list)

    def expire(self, now: datetime, timeout: timedelta) -> None:
        """Drop what was held for too long."""
        self.held = {span: number for span, number in self.held.items() if from_text(span) + timeout > now}

    @property
    def total(self) -> int:
        return self.counted + sum(self.held.values())

    def span_of(self, mark: str) -> str | None:
        """Return the time from which a recent participant is held, or `_COUNTED`; None if unknown."""
        return next((what for each, what in reversed(self.recent) if each == mark), None)

    def remember(self, mark: str, what: str) -> None:
        self.recent = [*(each for each in self.recent if each[0] != mark), (mark, what)][-_RECENT:]

    def to_json(self) -> dict[str, Any]:
        return {"counted": self.counted, "held": self.held, "recent": [list(each) for each in self.recent]}


Result = TypeVar("Result")


@dataclass(frozen=True)
class RosterStore:
    """The counts of one bucket.

    Every change raises:
        Transient: other functions changed the count each time before this write, until the time was
            up.
        RosterInvalid: the count or the earlier roster cannot be read; it was not changed.
    """

    bucket: Bucket
    clock: Clock

    def has_room(self, project_id: str, limit: Limit) -> bool:
        """Return whether the study admits a newcomer now. Changes nothing.

        Raises:
            RosterInvalid: the count or the earlier roster cannot be read.
        """
        count = self._count(project_id, self.bucket.get(count_key(project_id)))
        count.expire(self.clock.now(), limit.timeout)
        return count.total < limit.most

    def hold(
        self, project_id: str, user_id: str, limit: Limit, seconds_left: Callable[[], float] | None = None
    ) -> datetime | None:
        """Count a participant until the time-out; return the time from which, None if full."""
        mark, now = mark_of(user_id), self.clock.now()
        width = limit.timeout.total_seconds() / _SPANS
        # Rounded up, so that a participant has the whole time-out.
        span = to_text(datetime.fromtimestamp((now.timestamp() // width + 1) * width, UTC))

        def change(count: _Count) -> str | None:
            known = count.span_of(mark)
            if known in count.held:
                return known
            if count.total >= limit.most:
                return None
            count.held[span] = count.held.get(span, 0) + 1
            count.remember(mark, span)
            return span

        since = self._change(project_id, change, seconds_left, limit.timeout)
        return None if since is None else from_text(since)

    def count(self, project_id: str, user_id: str, limit: Limit, since: datetime | None = None) -> bool:
        """Count a participant for good; return False if the study is full.

        Args:
            project_id: the study.
            user_id: the participant.
            limit: of the study.
            since: what `hold` returned; None if the participant was not held.
        """
        mark = mark_of(user_id)

        def change(count: _Count) -> bool:
            if count.span_of(mark) == _COUNTED:
                return True
            span = "" if since is None else to_text(since)
            if count.held.get(span, 0) > 0:
                count.held[span] -= 1
                count.held = {each: number for each, number in count.held.items() if number}
            elif count.total >= limit.most:
                return False
            count.counted += 1
            count.remember(mark, _COUNTED)
            return True

        return self._change(project_id, change, None, limit.timeout)

    def begin(self, project_id: str, seconds_left: Callable[[], float] | None = None, *, recount: bool = True) -> None:
        """Count every participant who has a record.

        Lists the project's participant records page by page, so only registration calls it.

        Args:
            project_id: the study.
            seconds_left: of the invocation.
            recount: the study had no limit before this registration; if it had one, its count is right,
                and only a missing count is made.
        """
        prefix = f"{project_id}/Users/"

        def changed(stored: StoredObject | None) -> Change[None]:
            count = self._count(project_id, stored)
            if stored is None or recount:
                there = {mark_of(key.removeprefix(prefix)) for key in self.bucket.keys(prefix)}
                count.counted = max(count.counted, len(there | (self._roster(project_id) if stored is None else set())))
                count.held = {}
            return Change(None, count.to_json())

        update(self.bucket, count_key(project_id), changed, self.clock, self._limit(seconds_left))

    def forget(self, project_id: str, user_id: str) -> None:
        """Remove a participant's mark; they stay counted."""
        mark = mark_of(user_id)

        def without_mark(stored: StoredObject | None) -> Change[None]:
            there = frozenset[str]() if stored is None else _read_roster(stored, roster_key(project_id))
            after = (there - {mark}) | {secrets.token_hex(8)} if mark in there else there
            return Change(None, None if after == there else sorted(after))

        def without_change(stored: StoredObject | None) -> Change[None]:
            if stored is None:
                return Change(None)
            count = self._count(project_id, stored)
            before = count.recent
            count.recent = [each for each in before if each[0] != mark]
            return Change(None, None if count.recent == before else count.to_json())

        update(self.bucket, roster_key(project_id), without_mark, self.clock, self._limit(None))
        update(self.bucket, count_key(project_id), without_change, self.clock, self._limit(None))

    def _change(
        self,
        project_id: str,
        change: Callable[[_Count], Result],
        seconds_left: Callable[[], float] | None,
        timeout: timedelta,
    ) -> Result:
        def changed(stored: StoredObject | None) -> Change[Result]:
            count = self._count(project_id, stored)
            before = count.to_json()
            count.expire(self.clock.now(), timeout)
            result = change(count)
            after = count.to_json()
            return Change(result, None if after == before else after)

        return update(self.bucket, count_key(project_id), changed, self.clock, self._limit(seconds_left))

    def _limit(self, seconds_left: Callable[[], float] | None) -> Callable[[], float]:
        return seconds_left or for_seconds(self.clock, _SECONDS)

    def _count(self, project_id: str, stored: StoredObject | None) -> _Count:
        """Read a count; a missing one begins with the roster of an earlier release."""
        if stored is None:
            return _Count(len(self._roster(project_id)))
        key = count_key(project_id)
        try:
            there = stored.json()
            held = {to_text(from_text(span)): int(number) for span, number in there["held"].items()}
            recent = [(str(mark), str(what)) for mark, what in there["recent"]]
            return _Count(int(there["counted"]), held, recent)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RosterInvalid(f"{key} cannot be read ({error!r}); it was not changed") from error

    def _roster(self, project_id: str) -> frozenset[str]:
        key = roster_key(project_id)
        stored = self.bucket.get(key)
        return frozenset() if stored is None else _read_roster(stored, key)


def _read_roster(stored: StoredObject, key: str) -> frozenset[str]:
    try:
        there = stored.json()
    except NotJson as error:
        raise RosterInvalid(f"{key} {error}; it was not changed") from error
    if not isinstance(there, list):
        raise RosterInvalid(f"{key} is not a list; it was not changed")
    return frozenset(str(each) for each in there)
