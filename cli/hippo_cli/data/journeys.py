"""One participant's way through a study, from their record: steps, times, answers and waits.

`follow` walks through the record's entries. A participant leaves a step with the answer that
completed it, and a game with the plain GET after it was shown. The same request serves the next
step's page, so its time is their arrival there. A late or repeated request moves no participant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from hippo_cli.data import old_records
from hippo_cli.data.designs import Design
from hippo_cli.data.records import Entry, Fields, Record
from hippo_gym.studies.assignment import Assigned
from hippo_gym.studies.projects import FINAL

GONE_AFTER = timedelta(hours=24)
"""A participant who has not finished and sent no request for this long has left."""


class Outcome(StrEnum):
    """How a participant's way ended, or that it has not ended."""

    FINISHED = "finished"
    EXITED = "took an exit"
    IN_PROGRESS = "in progress"
    LEFT = "left"


@dataclass
class Stay:
    """A participant at one step.

    Attributes:
        position: the step's position.
        arrived: when the step's page was first served; at a game, when it was first requested.
        left: when the participant continued; None if not yet, or if the time is unknown.
        is_over: the participant has continued.
        shown: when the game was first shown, if known.
    """

    position: int
    arrived: datetime | None
    left: datetime | None = None
    is_over: bool = False
    shown: datetime | None = None

    @property
    def seconds(self) -> float | None:
        """Return how many seconds the participant was there; None if unknown, or not over yet."""
        return seconds_between(self.arrived, self.left)


@dataclass(frozen=True)
class Answer:
    """One form that a participant sent.

    Attributes:
        entry: the request.
        position: the step that it answers; None if unknown.
        requested_at: when that step's page was first served to the participant.
        seconds: the time for the step; only for the answer that completed it.
        accepted: it completed the step. False for a repeated or late answer, or one on the final
            step.
        is_derived: the record does not store the step; `old_records` derived it.
    """

    entry: Entry
    position: int | None
    requested_at: datetime | None
    seconds: float | None
    accepted: bool
    is_derived: bool

    @property
    def fields(self) -> Fields:
        """Return the name and the value of each form field, in order."""
        return self.entry.fields


@dataclass(frozen=True)
class Journey:
    """One participant's way through a study.

    Attributes:
        position: the step at which the participant is; None if unknown.
        started: the time of the first request.
        last_heard: the time of the last request.
        ended: the participant reached the study's end, or took an exit.
        ended_at: the time of that; None if it has not happened, or the time is unknown.
        began_before: the old system began the record; its groups and pages are unknown.
    """

    record: Record
    design: Design
    position: int | None
    stays: Sequence[Stay]
    answers: Sequence[Answer]
    started: datetime | None
    last_heard: datetime | None
    ended: bool
    ended_at: datetime | None
    began_before: bool

    def outcome(self, now: datetime) -> Outcome:
        """Return how the way has ended by `now`, or that it is in progress."""
        if self.ended:
            return Outcome.FINISHED if self.record.exit is None else Outcome.EXITED
        heard = self.last_heard or self.started
        return Outcome.LEFT if heard is None or now - heard >= GONE_AFTER else Outcome.IN_PROGRESS

    @property
    def assigned(self) -> Assigned:
        """Return what decides which pages they see."""
        record = self.record
        return Assigned(record.user_id, self.design.project.salt, record.conditions, record.groups)

    @property
    def seconds(self) -> float | None:
        """Return the seconds from the first request to the end, or to the last request."""
        return seconds_between(self.started, self.ended_at if self.ended else self.last_heard)

    @property
    def furthest(self) -> int | None:
        """Return the last position that the participant reached.

        After an exit, return the position of the exit's answer.
        """
        if self.record.exit is None:
            return self.position
        return next((answer.position for answer in reversed(self.answers) if answer.accepted), self.position)

    def file_at(self, position: int) -> str | None:
        """Return the step at a position: a file, `game`, or None.

        At the end after an exit, return the exit's page.
        """
        if position >= FINAL:
            return self.design.project.page(position, self.record.exit)
        return self.design.project.steps.get(position)

    @property
    def seconds_waited(self) -> float | None:
        """Return the seconds of waiting for games; None if the participant never saw one."""
        waits = [seconds_between(stay.arrived, stay.shown) for stay in self.stays]
        known = [wait for wait in waits if wait is not None]
        return sum(known) if known else None


def seconds_between(first: datetime | None, then: datetime | None) -> float | None:
    """Return the seconds from one time to another, to the millisecond; None if one is unknown."""
    if first is None or then is None:
        return None
    return round(max((then - first).total_seconds(), 0.0), 3)


def follow(record: Record, design: Design) -> Journey:
    """Walk through a participant's record.

    Args:
        record: the participant's record.
        design: the version of the study that they began with.
    """
    entries = record.entries
    old = list(takewhile(lambda entry: entry.is_old, entries))
    walk = _Walk(design)
    reached = next((entry.about for entry in entries[len(old) :] if entry.about is not None), record.position)
    if old:
        walk.read_old_entries(old, record.stored.get("nextStep") if reached is None else None, reached)
    walk.through(entries[len(old) :])
    position = record.position if record.position is not None else walk.position
    if not all(entry.is_old for entry in entries):
        walk.end_at(position, game_shown=record.stored.get("gameShown") is True)
    times = [entry.at for entry in entries if entry.at is not None]
    arrived = next((stay.arrived for stay in walk.stays if stay.position >= design.end), None)
    return Journey(
        record=record,
        design=design,
        position=position,
        stays=walk.stays,
        answers=walk.answers,
        started=min(times, default=record.created),
        last_heard=max(times, default=record.created),
        ended=position is not None and position >= design.end,
        ended_at=arrived,
        began_before=bool(old),
    )


@dataclass
class _Walk:
    """The state of the walk through a participant's entries."""

    design: Design
    stays: list[Stay] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    _gets: list[Entry] = field(default_factory=list)
    """The GETs since the participant reached the current game. The record holds no polls that were
    answered `wait`, so each GET showed the game, except the plain one that left it."""

    @property
    def position(self) -> int | None:
        return self.stays[-1].position if self.stays else None

    def read_old_entries(self, entries: Sequence[Entry], next_step: object, reached: int | None) -> None:
        """Read the entries of the old system, with the steps that `old_records` derived."""
        found = old_records.served(entries, self.design.project, next_step=next_step, reached=reached)
        for entry, served in zip(entries, found, strict=True):
            moved = served.before is not None and served.after != served.before
            if entry.is_post:
                about = served.after if served.before is None else served.before
                self._answer(entry, about, accepted=moved, is_derived=True)
            if moved or not self.stays:
                self._arrive(served.after, entry.at)
            here = self.stays[-1]
            if self._is_game(here) and not served.waits and here.shown is None:
                here.shown = entry.at

    def through(self, entries: Iterable[Entry]) -> None:
        """Read the entries of this system."""
        for entry in entries:
            about = entry.about
            if about is not None:
                self._read(entry, about)
            elif entry.is_post:
                self._answer(entry, None, accepted=entry.accepted, is_derived=False)

    def _read(self, entry: Entry, about: int) -> None:
        is_first = not self.stays
        if is_first:
            self._arrive(about, entry.at)
        elif about != self.position and (entry.accepted or not entry.names_step):
            self._catch_up(about, accepted=entry.accepted)
        if entry.is_post:
            self._answer(entry, about, accepted=entry.accepted, is_derived=False)
        elif not is_first and self._is_game(self.stays[-1]):
            self._gets.append(entry)
        if entry.accepted:
            self._leave_game(self._gets)
            self._arrive(self.design.project.after(about), entry.at)

    def end_at(self, position: int | None, *, game_shown: bool) -> None:
        """Set the participant's final position: the record's own, if this system wrote it."""
        if position is None or not self.stays:
            return
        if position != self.position:
            self._catch_up(position, accepted=False)
        here = self.stays[-1]
        if here.shown is None and self._is_game(here) and (self._gets or game_shown):
            here.shown = self._gets[0].at if self._gets else here.arrived

    def _catch_up(self, position: int, *, accepted: bool) -> None:
        """Move the participant to the step of an entry, if the earlier entries did not.

        They left a game with the last plain GET. Otherwise the study has changed, and another step
        follows now than did then: they were at this step all the time.
        """
        is_behind = position < self.stays[-1].position
        if is_behind and not accepted:
            return  # a request that the function decided twice has their first position
        here = self.stays[-1].position
        plain = [place for place, get in enumerate(self._gets) if get.about == here and not get.names_step]
        if plain and not is_behind:
            leaves = plain[-1]
            self._leave_game(self._gets[:leaves])
            self._arrive(position, self._gets[leaves].at)
        else:
            self.stays[-1].position = position

    def _leave_game(self, shows: Sequence[Entry]) -> None:
        """Record when the game was first shown; on arrival, if no later request showed it."""
        here = self.stays[-1]
        if here.shown is None and self._is_game(here):
            here.shown = shows[0].at if shows else here.arrived

    def _arrive(self, position: int, at: datetime | None) -> None:
        self._gets = []
        if self.stays:
            self.stays[-1].left, self.stays[-1].is_over = at, True
        self.stays.append(Stay(position, at))

    def _answer(self, entry: Entry, position: int | None, *, accepted: bool, is_derived: bool) -> None:
        stay = next((stay for stay in reversed(self.stays) if stay.position == position), None)
        arrived = stay.arrived if stay is not None else None
        seconds = seconds_between(arrived, entry.at) if accepted else None
        self.answers.append(Answer(entry, position, arrived, seconds, accepted, is_derived))

    def _is_game(self, stay: Stay) -> bool:
        return self.design.project.is_game(stay.position)
