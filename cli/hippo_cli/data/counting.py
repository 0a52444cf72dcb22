"""Counts the numbers of a report from the collected data."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hippo_cli.data.collecting import Collected, Person
from hippo_cli.data.designs import Design
from hippo_cli.data.journeys import Outcome
from hippo_gym.sessions.model import Session
from hippo_gym.studies.projects import GAME, step_name

_NAMES: Final = re.compile(
    r"""arn:aws[\w-]*:\S+
    | \b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b
    | \b(?:\d{8}-)?[0-9a-f]{16,}\b""",
    re.VERBOSE,
)
_Z: Final = 1.959964
"""Of the normal distribution, for an interval of 95 %."""


@dataclass(frozen=True)
class Spread:
    """The distribution of values: the median, the middle half and the middle nine tenths."""

    n: int
    median: float
    low: float
    high: float
    fifth: float
    ninety_fifth: float


@dataclass(frozen=True)
class Share:
    """A share of a whole, with Wilson's 95 % interval of the underlying probability."""

    part: int
    n: int

    @property
    def value(self) -> float:
        """Return the share, 0 … 1; 0 if the whole is empty."""
        return self.part / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Return the interval's ends; 0 and 1 if the whole is empty."""
        if self.n == 0:
            return 0.0, 1.0
        share, squared = self.value, _Z * _Z / self.n
        middle = (share + squared / 2) / (1 + squared)
        half = _Z * ((share * (1 - share) + squared / 4) / self.n) ** 0.5 / (1 + squared)
        return max(middle - half, 0.0), min(middle + half, 1.0)


@dataclass(frozen=True)
class StepCount:
    """One step of the study.

    Attributes:
        reached: the number of participants who reached it, or a later step.
        label: the step's label in the participants' progress bar, if it has one.
        left, exited, there: how many of them left the study there, took an exit there, and are
            there now.
        seconds: the distribution of the times of those who continued.
        times: all of these times, in seconds.
    """

    name: str
    file: str | None
    label: str | None
    reached: int
    left: int
    exited: int
    there: int
    times: tuple[float, ...]
    seconds: Spread | None

    @property
    def is_game(self) -> bool:
        """Return whether the step is a game."""
        return self.file == GAME


@dataclass(frozen=True)
class Layout:
    """All participants whose version of the study had the same steps.

    Attributes:
        versions: these versions; None for a study without versions.
    """

    versions: tuple[str | None, ...]
    people: int
    steps: tuple[StepCount, ...]


@dataclass(frozen=True)
class GroupCount:
    """One group: its members, and the share of members with a known outcome who have finished.

    Attributes:
        name: the group's number, or the value of a condition.
    """

    name: str
    members: int
    finished: Share
    seconds: Spread | None


@dataclass(frozen=True)
class Grouping:
    """The groups of all steps with the same number of groups, or the values of a condition.

    Attributes:
        condition: the condition's name; None for groups.
    """

    condition: str | None
    groups: tuple[GroupCount, ...]

    def called(self, group: GroupCount) -> str:
        """Return a group's name for people: `group 1`, or `partner=expert`."""
        return f"group {group.name}" if self.condition is None else f"{self.condition}={group.name}"

    @property
    def members(self) -> int:
        """Return the number of participants in any of the groups."""
        return sum(group.members for group in self.groups)


@dataclass(frozen=True)
class ServerCounts:
    """Counts of the ended servers.

    Attributes:
        ready: the number of servers that participants could connect to.
        failed: the number of servers that never started, or were lost.
        unused: the number of servers that were stopped before they were ready, without a failure.
        start: seconds from having a place to being ready, for each server that was never lost.
        running: seconds from having a place until AWS ran the task, for each of them whose record
            says it.
        in_line: seconds in the queue for a place, for each server that had to wait.
        reasons: reason of a failure → how often.
        max_at_once: the largest number of servers at the same time.
    """

    n: int
    ready: int
    failed: int
    unused: int
    start: tuple[float, ...]
    in_line: tuple[float, ...]
    reasons: tuple[tuple[str, int], ...]
    max_at_once: int
    running: tuple[float, ...] = ()


@dataclass(frozen=True)
class Period:
    """What began in a period of time: participants, servers that became ready, other servers."""

    start: datetime
    participants: int
    ready: int
    not_ready: int


def spread(values: Iterable[float]) -> Spread | None:
    """Return the distribution of values; None for no values."""
    from numpy import percentile

    found = sorted(values)
    if not found:
        return None
    fifth, low, median, high, ninety_fifth = (float(one) for one in percentile(found, [5, 25, 50, 75, 95]))
    return Spread(len(found), median, low, high, fifth, ninety_fifth)


def outcomes(people: Sequence[Person]) -> Counter[Outcome]:
    """Count the participants by outcome."""
    return Counter(person.outcome for person in people)


def exits(people: Sequence[Person]) -> list[tuple[str, int]]:
    """Count the exits that participants took, the most frequent first."""
    return Counter(person.exit for person in people if person.exit is not None).most_common()


def layouts(people: Sequence[Person], current: Design) -> list[Layout]:
    """Count the participants at each step, for each set of steps; the largest set first.

    Versions with the same steps are counted together. Without participants, the current steps are
    used.
    """
    by_steps: dict[tuple[tuple[int, str | None], ...], list[Person]] = defaultdict(list)
    for person in people:
        by_steps[person.design.layout].append(person)
    if not by_steps:
        by_steps[current.layout] = []
    ordered = sorted(by_steps.items(), key=lambda item: -len(item[1]))
    return [_layout(steps, those) for steps, those in ordered]


def _layout(steps: Sequence[tuple[int, str | None]], people: Sequence[Person]) -> Layout:
    times: dict[int, list[float]] = defaultdict(list)
    for person in people:
        for pause in person.pauses:
            if pause.seconds is not None:
                times[pause.position].append(pause.seconds)
    left = Counter(person.position for person in people if person.outcome is Outcome.LEFT)
    exited = Counter(person.position for person in people if person.outcome is Outcome.EXITED)
    there = Counter(person.position for person in people if person.outcome is Outcome.IN_PROGRESS)
    labels = people[0].design.project.progress if people else None
    counted = tuple(
        StepCount(
            name=step_name(position),
            file=file,
            label=(labels or {}).get(position),
            reached=sum(person.position is not None and person.position >= position for person in people),
            left=left[position],
            exited=exited[position],
            there=there[position],
            times=tuple(times[position]),
            seconds=spread(times[position]),
        )
        for position, file in steps
    )
    versions = tuple(dict.fromkeys(person.design.version for person in people))
    return Layout(versions, len(people), counted)


def groupings(people: Sequence[Person]) -> list[Grouping]:
    """Count the members and those who finished, for each number of groups that a step has."""
    members: dict[tuple[int, int], list[Person]] = defaultdict(list)
    for person in people:
        for own in person.groups:
            members[own].append(person)
    counts = sorted({count for count, _ in members})
    return [
        Grouping(None, tuple(_group(str(number), members[count, number]) for number in range(count)))
        for count in counts
    ]


def conditions(people: Sequence[Person]) -> list[Grouping]:
    """Count the members and those who finished, for each value of each condition."""
    members: dict[str, dict[str, list[Person]]] = defaultdict(lambda: defaultdict(list))
    for person in people:
        for name, values in person.design.project.conditions.items():
            for value in values:
                members[name].setdefault(value, [])
        for name, value in person.conditions.items():
            members[name][value].append(person)
    return [
        Grouping(name, tuple(_group(value, those) for value, those in members[name].items()))
        for name in sorted(members)
    ]


def _group(name: str, people: Sequence[Person]) -> GroupCount:
    found = outcomes(people)
    known = found[Outcome.FINISHED] + found[Outcome.LEFT]
    seconds = spread(
        person.seconds for person in people if person.outcome is Outcome.FINISHED and person.seconds is not None
    )
    return GroupCount(name, len(people), Share(found[Outcome.FINISHED], known), seconds)


def waits(people: Sequence[Person]) -> tuple[float, ...]:
    """Return the seconds that each participant who saw a game had waited for it."""
    return tuple(person.waited for person in people if person.waited is not None)


def servers(sessions: Sequence[Session]) -> ServerCounts:
    """Count the ended servers by result; a warm one counts as the session that took it."""
    sessions = [session for session in sessions if not session.is_warm]
    ready = [session for session in sessions if session.seen.ready_at is not None]
    failed = [session for session in sessions if session.failed]
    kept = [session for session in ready if session.seen.lost_at is None]
    reasons = Counter(_reason(session) for session in failed)
    return ServerCounts(
        n=len(sessions),
        ready=len(ready),
        failed=len(failed),
        unused=sum(session.seen.ready_at is None and not session.failed for session in sessions),
        start=tuple(_seconds(begun(session), session.seen.ready_at) for session in kept),
        in_line=tuple(
            _seconds(session.created_at, session.admitted_at)
            for session in sessions
            if session.admitted_at is not None and session.admitted_at > session.created_at
        ),
        reasons=tuple(reasons.most_common()),
        max_at_once=_max_concurrent(sessions),
        running=tuple(
            _seconds(begun(session), session.seen.running_at) for session in kept if session.seen.running_at is not None
        ),
    )


def _reason(session: Session) -> str:
    """Return why a server failed, without its ids, so that equal reasons are counted together."""
    reason = session.reason or session.seen.last_failure or "no reason recorded"
    reason = re.sub(rf"(?<![\w-]){re.escape(session.user_id)}(?![\w-])", "…", reason, flags=re.IGNORECASE)
    return _NAMES.sub("…", reason)


def begun(session: Session) -> datetime:
    """Return when a server's start began: at its request, or when it got its place."""
    admitted = session.admitted_at
    return admitted if admitted is not None and admitted > session.created_at else session.requested_at


def _seconds(first: datetime, then: datetime | None) -> float:
    return max((then - first).total_seconds(), 0.0) if then is not None else 0.0


def _max_concurrent(sessions: Sequence[Session]) -> int:
    changes: list[tuple[datetime, int]] = []
    for session in sessions:
        if session.launch is not None and session.ended_at is not None and session.seen.attempt is not None:
            changes += [(begun(session), 1), (session.ended_at, -1)]
    highest = now = 0
    for _, change in sorted(changes):
        now += change
        highest = max(highest, now)
    return highest


def periods(collected: Collected) -> tuple[str, list[Period]]:
    """Count what began in each hour, day or week, whichever fits.

    Return the unit and the counts.
    """
    started = [person.started for person in collected.people if person.started is not None]
    sessions = [session for session in collected.sessions if not session.is_warm]
    requested = [session.requested_at for session in sessions]
    if not started and not requested:
        return "day", []
    first, last = min(started + requested), max(started + requested)
    unit, length = _unit(last - first)
    begin = first.replace(minute=0, second=0, microsecond=0)
    if unit != "hour":
        begin = begin.replace(hour=0)
    if unit == "week":
        begin -= timedelta(days=begin.weekday())
    number = (last - begin) // length + 1
    people = Counter((moment - begin) // length for moment in started)
    ready = Counter(
        (session.requested_at - begin) // length for session in sessions if session.seen.ready_at is not None
    )
    every = Counter((moment - begin) // length for moment in requested)
    return unit, [
        Period(begin + index * length, people[index], ready[index], every[index] - ready[index])
        for index in range(number)
    ]


def _unit(span: timedelta) -> tuple[str, timedelta]:
    if span < timedelta(hours=36):
        return "hour", timedelta(hours=1)
    if span < timedelta(days=100):
        return "day", timedelta(days=1)
    return "week", timedelta(weeks=1)
