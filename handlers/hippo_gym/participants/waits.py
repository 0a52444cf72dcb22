"""How long a participant waits for their game, and what follows.

After `GIVE_UP` the participant sees that the game could not be started. If the study gives a code or
an address for the outcome `serverFailed`, that is the end: the record is at the last step with this
outcome, and the session is stopped. Otherwise the session goes on, and so may the participant. So no
participant has both a code and a game (docs/decisions/2026-11-30-the-end-of-a-wait.md).

A wait in line, or for the end of a game in another study, does not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from hippo_gym.runtime.clock import from_text, to_text

GIVE_UP: Final = timedelta(minutes=15)

_NOTED_EVERY: Final = timedelta(minutes=5)
"""How often a wait is written while the page asks: few writes, and a pause is seen."""

_IN_LINE: Final = timedelta(seconds=60)
"""A session that gets a place later than this after its request was in line."""

_NEW_AFTER: Final = timedelta(minutes=30)
"""A participant who comes back after this long begins a new wait."""


@dataclass(frozen=True)
class Wait:
    """A participant's wait for the game of their step.

    Attributes:
        since: its begin.
        seen: when the participant last asked, at most `_NOTED_EVERY` ago while the page is open.
        crashed: they had the game already, and its server ended unexpectedly.
    """

    since: datetime
    seen: datetime
    crashed: bool = False

    def is_over(self, at: datetime) -> bool:
        """Return whether the participant has waited as long as they need to."""
        return at - self.since >= GIVE_UP


def left_line(requested_at: datetime, admitted_at: datetime | None) -> datetime | None:
    """Return when a session's wait in line ended; None if it was in no line.

    Args:
        requested_at: when the session was requested.
        admitted_at: when it got a place; without a line, as soon as a function handled its request.
    """
    return admitted_at if admitted_at is not None and admitted_at - requested_at >= _IN_LINE else None


def continued(wait: Wait | None, at: datetime, admitted_at: datetime | None, *, crashed: bool) -> Wait:
    """Return the wait of a participant who asks at this time.

    Args:
        wait: as the record has it.
        at: the time.
        admitted_at: when their session left the line, if it was in one: the wait in line does not count.
        crashed: the server of a game that they had has just ended.
    """
    if wait is None or at - wait.seen >= _NEW_AFTER:
        return Wait(at, at, crashed or (wait is not None and wait.crashed))
    if admitted_at is not None and wait.since < admitted_at <= at:
        wait = replace(wait, since=admitted_at, seen=at)
    if crashed and not wait.crashed:
        return Wait(at, at, crashed=True)
    return replace(wait, seen=at) if at - wait.seen >= _NOTED_EVERY else wait


def read(record: Mapping[str, Any] | None) -> Wait | None:
    """Read the key `waiting` of a participant's record."""
    if record is None:
        return None
    return Wait(from_text(record["since"]), from_text(record["seen"]), record["crashed"])


def to_record(wait: Wait | None) -> dict[str, Any]:
    """Return the record's key `waiting`; none without a wait."""
    if wait is None:
        return {}
    return {"waiting": {"since": to_text(wait.since), "seen": to_text(wait.seen), "crashed": wait.crashed}}
