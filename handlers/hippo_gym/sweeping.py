"""The sweeper: the last of three independent stops. It trusts no message to have come.

    live sessions   are converged, as any function does it
    places          agree with the live sessions again
    leftovers       are marked in one round and cleared in a later one, if they are still there

Resources are listed before the live records. A record is claimed before the first resource is made, so one that is
listed and has no record by then is left over from a session that is over. What an operator has tagged with
`hippo-gym:hold` is let be; a dry run changes nothing and says what it would do.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_gym.bucket import Bucket
from hippo_gym.clock import from_text, to_text
from hippo_gym.errors import Conflict, HippoGymError
from hippo_gym.lifecycle import Lifecycle, place_of
from hippo_gym.logs import logger
from hippo_gym.metrics import Metric
from hippo_gym.resources import Found
from hippo_gym.session_records import Held, SessionRecordInvalid, Sessions
from hippo_gym.sessions import Session, is_session_id

MARKS_KEY: Final = "_sessions/marks.json"
_SECONDS_IN_RESERVE: Final = 10.0
_SECONDS_FOR_LEFTOVERS: Final = 20.0
_SECONDS_A_SESSION: Final = 12.0


@dataclass
class Report:
    """What a sweep found.

    Attributes:
        sessions: how many live sessions were left in which way: an `Outcome`'s value, "on hold" or "error".
        marked: leftovers that were seen for the first time, or not long ago: the next round clears them.
        cleared, uncleared: leftovers that were, or could not be, cleared.
        on_hold: leftovers that somebody holds.
        unreadable: live records that break their schema, or that S3 does not give.
        unfinished: time ran out before everybody and everything had its turn; the next sweep goes on.
        planned: of a dry run: what a sweep would do now, a line each.
    """

    sessions: dict[str, int] = field(default_factory=dict)
    marked: int = 0
    cleared: int = 0
    uncleared: int = 0
    on_hold: int = 0
    unreadable: int = 0
    unfinished: bool = False
    planned: list[str] = field(default_factory=list)

    def count(self, outcome: str) -> None:
        """Count a live session that was left so."""
        self.sessions[outcome] = self.sessions.get(outcome, 0) + 1


@dataclass(frozen=True)
class Sweeping:
    """What it takes to sweep.

    Attributes:
        bucket: keeps the marks.
        minimum_age: how long ago a leftover must have been marked to be cleared.
    """

    sessions: Sessions
    lifecycle: Lifecycle
    bucket: Bucket
    minimum_age: timedelta = timedelta(minutes=2)

    def sweep(self, seconds_left: Callable[[], float], *, dry_run: bool = False) -> Report:
        """Converge every live session, then mark or clear what belongs to none; one that fails stops no other."""
        report = Report()
        self._sweep(report, seconds_left, dry_run=dry_run)
        if not dry_run:
            meter, errors = self.lifecycle.meter, report.sessions.get("error", 0)
            if not report.unfinished:
                meter.add(Metric.SWEEPS_DONE)
            meter.add(Metric.SWEEP_FAULTS, report.unreadable + report.uncleared + errors)
            meter.add(Metric.ORPHANS_SWEPT, report.cleared)
        return report

    def _sweep(self, report: Report, seconds_left: Callable[[], float], *, dry_run: bool) -> None:
        found = self.lifecycle.resources.sessions()
        users = list(self.sessions.live_users())
        if not dry_run:
            self._count(users)
        random.shuffle(users)  # whoever does not get their turn in one sweep gets it in another
        live: dict[str, Session] = {}
        for user_id in users:
            if seconds_left() < _SECONDS_IN_RESERVE:
                report.unfinished = True
                return
            held = self._read(user_id, report)
            if held is None:
                continue
            live[held.session.id] = held.session
            if held.session.id in found and found[held.session.id].on_hold:
                report.count("on hold")
            elif seconds_left() < _SECONDS_FOR_LEFTOVERS:
                report.unfinished = True  # and the others are only read: a leftover is what belongs to none of them
            elif dry_run:
                self._foresee(held, report)
            else:
                self._converge(held, report, _at_most(_SECONDS_A_SESSION, seconds_left))
        if report.unreadable:
            logger.error("leftovers are not cleared: some live record cannot be read, and they may be its session's")
            return
        if not dry_run:
            self._review_places(live, report)
        # The prefix alone may be another deployment's, or anybody's: only what ends in a session's id is ours.
        leftovers = {name: each for name, each in found.items() if name not in live and is_session_id(name)}
        self._clear_marked(leftovers, report, seconds_left, dry_run=dry_run)

    def _count(self, users: list[str]) -> None:
        """Take down how many have a server and how many wait for one, whether or not there is time to look at each."""
        try:
            in_line = len(self.lifecycle.places.ledger().line)
        except (HippoGymError, BotoCoreError, ClientError) as error:
            logger.error("who is in line cannot be told", exc_info=error)
            in_line = 0
        self.lifecycle.meter.add(Metric.SESSIONS_LIVE, max(len(users) - in_line, 0))
        self.lifecycle.meter.add(Metric.PARTICIPANTS_IN_LINE, in_line)

    def _read(self, user_id: str, report: Report) -> Held | None:
        try:
            return self.sessions.live(user_id)
        except (SessionRecordInvalid, ValueError, BotoCoreError, ClientError) as error:
            logger.error("a live record cannot be read", user_id=user_id, exc_info=error)
            report.unreadable += 1
            return None

    def _converge(self, held: Held, report: Report, seconds_left: Callable[[], float]) -> None:
        try:
            report.count(self.lifecycle.converge(held, seconds_left).value)
        except (HippoGymError, BotoCoreError, ClientError) as error:
            logger.error("a session could not be swept", session_id=held.session.id, exc_info=error)
            report.count("error")

    def _is_live(self, session: Session) -> bool:
        held = self.sessions.live(session.user_id)
        return held is not None and held.session.id == session.id

    def _foresee(self, held: Held, report: Report) -> None:
        session, planned = held.session, self.lifecycle.foresee(held)
        report.count(planned.step.value)
        why = f": {planned.reason}" if planned.reason else ""
        report.planned.append(f"session {session.id} of {session.project_id}: {planned.step.value}{why}")

    def _review_places(self, live: Mapping[str, Session], report: Report) -> None:
        """Make the ledger of places agree with the live sessions.

        One that holds a place and is not in the ledger is read once more: it may have ended meanwhile.
        """
        try:
            known = self.lifecycle.places.ledger().taken
            lost = [each for each in live.values() if each.counted and each.admitted_at and each.id not in known]
            holding = [place_of(each) for each in lost if self._is_live(each)]
            self.lifecycle.places.reconcile(holding, live, self.minimum_age)
        except (HippoGymError, BotoCoreError, ClientError) as error:
            logger.error("the places could not be reviewed", exc_info=error)
            report.count("error")

    def _clear_marked(
        self, leftovers: Mapping[str, Found], report: Report, seconds_left: Callable[[], float], *, dry_run: bool
    ) -> None:
        """Clear the leftovers that were marked long enough ago, and mark the others."""
        now, marks = self.lifecycle.clock.now(), self._marks()
        kept: dict[str, datetime] = {}
        for session_id, found in random.sample(list(leftovers.items()), len(leftovers)):  # as the live ones
            since = marks.get(session_id)
            due = since is not None and now - since >= self.minimum_age
            if due and not found.on_hold and seconds_left() < _SECONDS_IN_RESERVE:
                report.unfinished = True
            elif due and not found.on_hold:
                self._clear(session_id, found.user_id, report, dry_run=dry_run)
            elif found.on_hold:
                report.on_hold += 1
            else:
                report.marked += 1
                logger.warning("left over; the next round clears it", session_id=session_id, user_id=found.user_id)
            kept[session_id] = since or now
        if kept != marks and not dry_run:
            self._mark(kept)

    def _clear(self, session_id: str, user_id: str | None, report: Report, *, dry_run: bool) -> None:
        if dry_run:
            report.planned.append(f"leftover of session {session_id}: clear it")
            return
        logger.warning("clearing what is left of a session", session_id=session_id, user_id=user_id)
        try:
            self.lifecycle.resources.clear(session_id, user_id, "left over")
        except (HippoGymError, BotoCoreError, ClientError) as error:
            logger.error("a leftover could not be cleared", session_id=session_id, exc_info=error)
            report.uncleared += 1
            return
        report.cleared += 1

    def _marks(self) -> dict[str, datetime]:
        """Read since when each leftover was seen; marks that cannot be read are made anew."""
        stored = self.bucket.get(MARKS_KEY)
        try:
            return {} if stored is None else {str(name): from_text(since) for name, since in stored.json().items()}
        except (ValueError, AttributeError, TypeError) as error:
            logger.error("the marks cannot be read and are made anew", exc_info=error)
            return {}

    def _mark(self, marks: Mapping[str, datetime]) -> None:
        try:
            self.bucket.write_json(MARKS_KEY, {name: to_text(since) for name, since in marks.items()})
        except Conflict:
            logger.warning("another sweep is marking, too")


def _at_most(seconds: float, seconds_left: Callable[[], float]) -> Callable[[], float]:
    """Give one session a share of the time: one that is throttled must not take the others' turn."""
    kept_back = max(seconds_left() - seconds, 0)
    return lambda: seconds_left() - kept_back
