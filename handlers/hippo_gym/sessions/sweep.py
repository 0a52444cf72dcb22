"""The sweeper: the last of three independent stops. It does not rely on messages.

    leftovers       resources without a live session: one sweep marks them, a later one clears them
    live sessions   are observed, and converged if they need a step; idle ones end
    places          the ledger is corrected by the live sessions

Each part has its share of the time, so that a large number of one kind does not delay the others:
reading the live records at most half, leftovers half of the rest, sessions what remains, minus a
reserve. Items are processed in random order; what does not fit into the time is handled by a later
sweep.

A sweep lists the resources before the live records. A session is claimed before its first resource
is made, so a listed resource without a live record belongs to a session that is over. The sweeper
skips what an operator has tagged with `hippo-gym:hold`; a dry run changes nothing and reports what
a sweep would do.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Container, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_gym.runtime.clock import from_text, to_text
from hippo_gym.runtime.errors import Conflict, HippoGymError
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.metrics import Metric
from hippo_gym.sessions.converge import Lifecycle, Outcome, place_of
from hippo_gym.sessions.model import Session, is_session_id
from hippo_gym.sessions.plan import Plan, Step
from hippo_gym.sessions.presence import PresenceStore
from hippo_gym.sessions.resources.all import Found
from hippo_gym.sessions.store import Held, SessionRecordInvalid, SessionStore
from hippo_gym.sessions.warm_names import is_warm
from hippo_gym.sessions.warm_pool import WarmPool
from hippo_gym.storage.bucket import Bucket, Listed

MARKS_KEY: Final = "_sessions/marks.json"
_SECONDS_IN_RESERVE: Final = 10.0  # no session's turn begins in the last seconds of an invocation
_SECONDS_A_SESSION: Final = 12.0  # a sweep works no longer on one session
_HEARD_KEPT: Final = timedelta(hours=1)  # a heartbeat without a live session stays this long
_READERS: Final = 8  # threads that read live records


class Unread(Enum):
    """Why a live record was not read."""

    NO_TIME = "no time"
    FAULT = "fault"


Look = Held | Unread | None
"""The result of reading a live record; None if it was deleted after it was listed."""


def side_by_side(read: Callable[[str], Look], users: Iterable[str]) -> Iterable[Look]:
    """Read several records at the same time.

    Reading hundreds in turn would take the whole sweep.
    """
    with ThreadPoolExecutor(_READERS) as readers:
        return list(readers.map(read, users))


@dataclass
class Report:
    """What a sweep found.

    Attributes:
        sessions: the number of live sessions by result: an `Outcome`'s value, "on hold" or "error".
        marked: leftovers that were marked in this sweep or recently; a later sweep clears them.
        cleared, uncleared: leftovers that were cleared, or could not be cleared.
        lingering: leftovers with a task that is still stopping.
        on_hold: leftovers that an operator holds.
        unreadable: live records that break their schema, or that S3 did not return.
        unfinished: the time was up before every item was processed; the next sweep continues.
        planned: in a dry run, what a sweep would do, one line each.
    """

    sessions: dict[str, int] = field(default_factory=dict)
    marked: int = 0
    cleared: int = 0
    uncleared: int = 0
    lingering: int = 0
    on_hold: int = 0
    unreadable: int = 0
    unfinished: bool = False
    planned: list[str] = field(default_factory=list)

    def count(self, outcome: str) -> None:
        """Count a live session by its result."""
        self.sessions[outcome] = self.sessions.get(outcome, 0) + 1


@dataclass(frozen=True)
class Sweeper:
    """Sweeps the sessions of one deployment.

    Attributes:
        bucket: stores the marks.
        minimum_age: the age of a mark at which its leftover is cleared.
        read_all: applies a function to all users, in parallel where possible.
        known: the live records that the last sweep of this process read, by user. A record with an
            unchanged ETag is not read again (docs/decisions/, "memory of the functions").
        warm: keeps servers waiting for participants; None: no study has any.
    """

    sessions: SessionStore
    lifecycle: Lifecycle
    bucket: Bucket
    minimum_age: timedelta = timedelta(minutes=2)
    read_all: Callable[[Callable[[str], Look], Iterable[str]], Iterable[Look]] = side_by_side
    known: dict[str, Held] = field(default_factory=dict)
    warm: WarmPool | None = None

    def sweep(self, seconds_left: Callable[[], float], *, dry_run: bool = False) -> Report:
        """Mark or clear leftovers, then converge every live session.

        A failure in one does not stop the others.
        """
        report = Report()
        self._sweep(report, seconds_left, dry_run=dry_run)
        if not dry_run:
            meter, errors = self.lifecycle.meter, report.sessions.get("error", 0)
            if not report.unfinished:
                meter.add(Metric.SWEEPS_DONE)
            meter.add(Metric.SWEEP_FAULTS, report.unreadable + report.uncleared + errors)
            # Count lingering ones now: their task's STOPPED event finishes them outside of a sweep.
            meter.add(Metric.ORPHANS_SWEPT, report.cleared + report.lingering)
        return report

    def _sweep(self, report: Report, seconds_left: Callable[[], float], *, dry_run: bool) -> None:
        found = self.lifecycle.resources.sessions()
        etags = dict(self.sessions.live_etags())
        users = list(etags)
        in_line = frozenset() if dry_run else self._count(users)
        random.shuffle(users)  # so that a later sweep reaches those for which this one has no time
        held = self._read(users, etags, report, _share(1 / 2, seconds_left))
        if self.warm is not None and not dry_run:
            held = self.warm.review(held, complete=not report.unreadable and not report.unfinished)
        live = {each.session.id: each.session for each in held}
        all_known = not report.unreadable and not report.unfinished
        if report.unreadable:
            logger.error("leftovers are not cleared: some live record cannot be read, and they may be its session's")
        if all_known:
            # Other owners' names may have the prefix; ours end in a session's id.
            leftovers = {name: each for name, each in found.items() if name not in live and is_session_id(name)}
            self._clear_marked(leftovers, report, _share(1 / 2, seconds_left), dry_run=dry_run)
        on_hold = {name for name, each in found.items() if each.on_hold}
        heard = self._heard(report)
        self._converge_all(held, on_hold, in_line, heard, report, seconds_left, dry_run=dry_run)
        if all_known and not dry_run:
            self._review_places(live, report)
            self._forget_heard(heard, live, seconds_left)

    def _count(self, users: list[str]) -> frozenset[str]:
        """Count sessions with a server, and in line, even if the sweep stays unfinished.

        Return the ids of those in line.
        """
        try:
            in_line = frozenset(self.lifecycle.places.in_line())
        except (HippoGymError, BotoCoreError, ClientError) as error:
            logger.error("the line cannot be read", exc_info=error)
            in_line = frozenset()
        warm = sum(map(is_warm, users))
        self.lifecycle.meter.add(Metric.SESSIONS_LIVE, max(len(users) - warm - len(in_line), 0))
        self.lifecycle.meter.add(Metric.PARTICIPANTS_IN_LINE, len(in_line))
        if warm:
            self.lifecycle.meter.add(Metric.WARM_SERVERS_WAITING, warm)
        return in_line

    def _read(
        self, users: Iterable[str], etags: Mapping[str, str], report: Report, seconds_left: Callable[[], float]
    ) -> list[Held]:
        """Return the live records.

        Reads only those that changed after the last sweep of this process.
        """
        unchanged = {user: held for user, held in self.known.items() if etags.get(user) == held.etag}

        def read(user_id: str) -> Look:
            if seconds_left() <= 0:
                return Unread.NO_TIME
            try:
                return self.sessions.live(user_id)
            except (SessionRecordInvalid, ValueError, BotoCoreError, ClientError) as error:
                logger.error("a live record cannot be read", user_id=user_id, exc_info=error)
                return Unread.FAULT

        looks = list(self.read_all(read, [user for user in users if user not in unchanged]))
        report.unreadable = looks.count(Unread.FAULT)
        report.unfinished = Unread.NO_TIME in looks
        found = unchanged | {look.session.user_id: look for look in looks if isinstance(look, Held)}
        self.known.clear()
        self.known.update(found)
        return [found[user] for user in users if user in found]

    def _converge_all(
        self,
        sessions: Iterable[Held],
        on_hold: Container[str],
        in_line: Container[str],
        heard: Mapping[str, Listed],
        report: Report,
        seconds_left: Callable[[], float],
        *,
        dry_run: bool,
    ) -> None:
        """Plan all sessions, with few calls per cluster, and converge those that need a step."""
        share = _share(1, seconds_left)
        for cluster, group in self._by_cluster(sessions).items():
            if share() <= 0:
                report.unfinished = True
                return
            for held, planned in zip(group, self._plans_for(cluster, group, heard), strict=True):
                if held.session.id in on_hold:
                    report.count("on hold")
                elif dry_run:
                    self._report(held.session, planned, report)
                elif planned is not None and planned.step is Step.NOTHING:
                    report.count(Outcome.READY.value)
                elif planned is not None and planned.step is Step.TAKE_PLACE and held.session.id in in_line:
                    report.count(Outcome.IN_LINE.value)  # without a read of the ledger for each
                elif share() <= 0:
                    report.unfinished = True
                else:
                    self._converge(held, heard, report, _at_most(_SECONDS_A_SESSION, seconds_left))

    def _by_cluster(self, sessions: Iterable[Held]) -> dict[str, list[Held]]:
        groups: dict[str, list[Held]] = {}
        for held in sessions:
            groups.setdefault(self.lifecycle.resources.cluster_of(held.session), []).append(held)
        return groups

    def _plans_for(self, cluster: str, group: list[Held], heard: Mapping[str, Listed]) -> list[Plan | None]:
        """Return the next step of each of a cluster's sessions.

        Return None for each of them if their tasks cannot be read.
        """
        try:
            return [*self.lifecycle.plans_for(cluster, [held.session for held in group], heard)]
        except (BotoCoreError, ClientError) as error:
            logger.error("the tasks of a cluster cannot be read", cluster=cluster, exc_info=error)
            return [None] * len(group)

    def _report(self, session: Session, planned: Plan | None, report: Report) -> None:
        """Report what a sweep would do for a session."""
        if planned is None:
            report.count("error")
            return
        report.count(planned.step.value)
        why = f": {planned.reason}" if planned.reason else ""
        report.planned.append(f"session {session.id} of {session.project_id}: {planned.step.value}{why}")

    def _converge(
        self, held: Held, heard: Mapping[str, Listed], report: Report, seconds_left: Callable[[], float]
    ) -> None:
        try:
            report.count(self.lifecycle.converge(held, seconds_left, heard).value)
        except (HippoGymError, BotoCoreError, ClientError) as error:
            logger.error("a session could not be swept", session_id=held.session.id, exc_info=error)
            report.count("error")

    def _heard(self, report: Report) -> dict[str, Listed]:
        """Return the heartbeats; none if they cannot be listed: then no session is idle."""
        try:
            return PresenceStore(self.bucket).heard()
        except (BotoCoreError, ClientError) as error:
            logger.error("the heartbeats cannot be read; no idle session ends in this sweep", exc_info=error)
            report.count("error")
            return {}

    def _forget_heard(
        self, heard: Mapping[str, Listed], live: Container[str], seconds_left: Callable[[], float]
    ) -> None:
        """Remove the heartbeats of sessions that are over, as far as the time allows.

        A new one's session may not be claimed yet.
        """
        oldest, share = self.lifecycle.clock.now() - _HEARD_KEPT, _share(1, seconds_left)
        for session_id, listed in heard.items():
            if session_id in live or listed.modified > oldest:
                continue
            if share() <= 0:
                return  # the next sweep continues
            try:
                PresenceStore(self.bucket).remove(listed)
            except (Conflict, BotoCoreError, ClientError) as error:
                logger.warning("a heartbeat was not removed", session_id=session_id, reason=str(error))

    def _is_live(self, session: Session) -> bool:
        held = self.sessions.live(session.user_id)
        return held is not None and held.session.id == session.id

    def _review_places(self, live: Mapping[str, Session], report: Report) -> None:
        """Correct the ledger of places by the live sessions.

        A session with a place that is not in the ledger is read again: it may have ended in
        between.
        """
        try:
            known = self.lifecycle.places.ledger().taken
            lost = [each for each in live.values() if each.counted and each.admitted_at and each.id not in known]
            holding = [place_of(each) for each in lost if not each.is_warm and self._is_live(each)]
            # The place of a warm server that a session has taken is the session's.
            there = [name for name, each in live.items() if each.taken_by is None]
            self.lifecycle.places.reconcile(holding, there, self.minimum_age)
        except (HippoGymError, BotoCoreError, ClientError) as error:
            logger.error("the places could not be reviewed", exc_info=error)
            report.count("error")

    def _clear_marked(
        self, leftovers: Mapping[str, Found], report: Report, seconds_left: Callable[[], float], *, dry_run: bool
    ) -> None:
        """Clear the leftovers whose mark is old enough, and mark the others."""
        now, marks = self.lifecycle.clock.now(), self._marks()
        kept: dict[str, datetime] = {}
        for session_id, found in random.sample(list(leftovers.items()), len(leftovers)):  # random order, as above
            since = marks.get(session_id)
            due = since is not None and now - since >= self.minimum_age
            if due and not found.on_hold and seconds_left() <= 0:
                report.unfinished = True
            elif due and not found.on_hold:
                self._clear(session_id, found.user_id, report, dry_run=dry_run)
            elif found.on_hold:
                report.on_hold += 1
            else:
                report.marked += 1
                logger.warning("left over; a later sweep clears it", session_id=session_id, user_id=found.user_id)
            kept[session_id] = since or now
        if kept != marks and not dry_run:
            self._mark(kept)

    def _clear(self, session_id: str, user_id: str | None, report: Report, *, dry_run: bool) -> None:
        if dry_run:
            report.planned.append(f"leftover of session {session_id}: clear it")
            return
        logger.warning("clearing what is left of a session", session_id=session_id, user_id=user_id)
        try:
            gone = self.lifecycle.resources.clear(session_id, user_id, "left over")
        except (HippoGymError, BotoCoreError, ClientError) as error:
            logger.error("a leftover could not be cleared", session_id=session_id, exc_info=error)
            report.uncleared += 1
            return
        if gone:
            report.cleared += 1
        else:
            report.lingering += 1

    def _marks(self) -> dict[str, datetime]:
        """Return the time at which each leftover was marked; empty if the marks cannot be read."""
        stored = self.bucket.get(MARKS_KEY)
        try:
            return {} if stored is None else {str(name): from_text(since) for name, since in stored.json().items()}
        except (ValueError, AttributeError, TypeError) as error:
            logger.error("the marks cannot be read; every leftover is marked again", exc_info=error)
            return {}

    def _mark(self, marks: Mapping[str, datetime]) -> None:
        try:
            self.bucket.write_json(MARKS_KEY, {name: to_text(since) for name, since in marks.items()})
        except Conflict:
            logger.warning("another sweep wrote the marks at the same time")


def _share(part: float, seconds_left: Callable[[], float]) -> Callable[[], float]:
    """Return a `seconds_left` that ends when this part (0 to 1) of the remaining time is over.

    The remaining time is counted without the seconds in reserve.
    """
    kept_back = _SECONDS_IN_RESERVE + (1 - part) * (seconds_left() - _SECONDS_IN_RESERVE)
    return lambda: seconds_left() - kept_back


def _at_most(seconds: float, seconds_left: Callable[[], float]) -> Callable[[], float]:
    """Return a `seconds_left` that ends after these seconds, or earlier with the invocation.

    One throttled session must not use up a sweep.
    """
    kept_back = max(seconds_left() - seconds, 0)
    return lambda: seconds_left() - kept_back
