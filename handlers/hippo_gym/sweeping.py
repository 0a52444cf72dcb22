"""The sweeper: the last of three independent stops. It trusts no message to have come.

Resources are listed before the live records. A record is claimed before the first resource is made, so one that is
listed and has no record by then is left over from a session that is over.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_gym.errors import HippoGymError
from hippo_gym.lifecycle import Lifecycle
from hippo_gym.logs import logger
from hippo_gym.sessions import SessionRecordInvalid, Sessions, is_session_id

_SECONDS_IN_RESERVE: Final = 10.0
_SECONDS_FOR_LEFTOVERS: Final = 20.0
_SECONDS_A_SESSION: Final = 12.0


@dataclass
class Report:
    """What a sweep found.

    Attributes:
        sessions: how many live sessions were left in which way: an `Outcome`'s value, or "error".
        cleared, uncleared: sessions of which something was left over, and that were, or could not be, cleared.
        unreadable: live records that break their schema, or that S3 does not give.
        unfinished: time ran out; the next sweep goes on.
    """

    sessions: dict[str, int] = field(default_factory=dict)
    cleared: int = 0
    uncleared: int = 0
    unreadable: int = 0
    unfinished: bool = False


@dataclass(frozen=True)
class Sweeping:
    """What it takes to sweep."""

    sessions: Sessions
    lifecycle: Lifecycle

    def sweep(self, seconds_left: Callable[[], float]) -> Report:
        """Converge every live session, then clear what belongs to none; one that fails stops no other."""
        report = Report()
        resources = self.lifecycle.resources.sessions()
        users = list(self.sessions.live_users())
        random.shuffle(users)  # whoever does not get their turn in one sweep gets it in another
        live: set[str] = set()
        for user_id in users:
            if seconds_left() < _SECONDS_FOR_LEFTOVERS:
                report.unfinished = True
                return report
            live |= self._converge(user_id, report, _at_most(_SECONDS_A_SESSION, seconds_left))
        if report.unreadable:
            logger.error("leftovers are not cleared: some live record cannot be read, and they may be its session's")
            return report
        for session_id, owner in resources.items():
            if seconds_left() < _SECONDS_IN_RESERVE:
                report.unfinished = True
                return report
            # The prefix alone may be another deployment's, or anybody's: only what ends in a session's id is ours.
            if session_id not in live and is_session_id(session_id):
                self._clear(session_id, owner, report)
        return report

    def _converge(self, user_id: str, report: Report, seconds_left: Callable[[], float]) -> set[str]:
        """Converge one live session and return its id, in a set that is empty if there is none any more."""
        try:
            held = self.sessions.live(user_id)
        except (SessionRecordInvalid, ValueError, BotoCoreError, ClientError) as error:
            logger.error("a live record cannot be read", user_id=user_id, exc_info=error)
            report.unreadable += 1
            return set()
        if held is None:
            return set()
        try:
            outcome = self.lifecycle.converge(held, seconds_left).value
        except (HippoGymError, BotoCoreError, ClientError) as error:
            logger.error("a session could not be swept", session_id=held.session.id, exc_info=error)
            outcome = "error"
        report.sessions[outcome] = report.sessions.get(outcome, 0) + 1
        return {held.session.id}

    def _clear(self, session_id: str, user_id: str | None, report: Report) -> None:
        logger.warning("clearing what is left of a session", session_id=session_id, user_id=user_id)
        try:
            self.lifecycle.resources.clear(session_id, user_id, "left over")
        except (HippoGymError, BotoCoreError, ClientError) as error:
            logger.error("a leftover could not be cleared", session_id=session_id, exc_info=error)
            report.uncleared += 1
            return
        report.cleared += 1


def _at_most(seconds: float, seconds_left: Callable[[], float]) -> Callable[[], float]:
    """Give one session a share of the time: one that is throttled must not take the others' turn."""
    kept_back = max(seconds_left() - seconds, 0)
    return lambda: seconds_left() - kept_back
