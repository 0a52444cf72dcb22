"""One participant's way through a study, as their record tells it: which steps when, which answers, which waits.

`follow` walks through the record's entries. A participant leaves a step by the answer that completed it, and a game by
the plain GET after it was shown; the next step's page is served by that same request, so its time is when they arrived
there. A request that came late, or twice, moves nobody.
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
from hippo_gym.studies.projects import FINAL

GONE_AFTER = timedelta(hours=24)
"""Somebody who has not finished and was not heard of for so long has left."""


class Outcome(StrEnum):
    """How a participant's way ended, or that it has not."""

    FINISHED = "finished"
    EXITED = "took an exit"
    IN_PROGRESS = "in progress"
    LEFT = "left"


@dataclass
class Stay:
    """A participant at one step.

    Attributes:
        position: the step's.
        arrived: when its page was first served, or at a game when it was first asked for.
        left: when they went on; None if they are still there, or the record does not say.
        is_over: they went on.
        shown: of a game, when it was first shown, as far as the record tells.
    """

    position: int
    arrived: datetime | None
    left: datetime | None = None
    is_over: bool = False
    shown: datetime | None = None

    @property
    def seconds(self) -> float | None:
        """Return how long they were there; None if that is not known (yet)."""
        return seconds_between(self.arrived, self.left)


@dataclass(frozen=True)
class Answer:
    """One form that a participant sent.

    Attributes:
        entry: the request.
        position: the step that it answers; None if that cannot be told.
        requested_at: when that step's page was first served to them.
        seconds: they took for the step; only for the answer that completed it.
        accepted: it completed the step. False for one that came twice or too late, or on the final step.
        is_derived: the record does not say which step it answers; it was worked out (`old_records`).
    """

    entry: Entry
    position: int | None
    requested_at: datetime | None
    seconds: float | None
    accepted: bool
    is_derived: bool

    @property
    def fields(self) -> Fields:
        """Return names and values."""
        return self.entry.fields


@dataclass(frozen=True)
class Journey:
    """One participant's way.

    Attributes:
        position: where they are.
        started: when they were first heard of.
        last_heard: when they were last.
        ended: they came to the study's end, or took an exit.
        ended_at: when; None if they did not, or no time was kept.
        began_before: the record was begun by the old system, whose groups and pages are not known.
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
        """Tell how it ended, or whether they may still go on."""
        if self.ended:
            return Outcome.FINISHED if self.record.exit is None else Outcome.EXITED
        heard = self.last_heard or self.started
        return Outcome.LEFT if heard is None or now - heard >= GONE_AFTER else Outcome.IN_PROGRESS

    @property
    def seconds(self) -> float | None:
        """Return how long it took from the first request to the end, or to the last request."""
        return seconds_between(self.started, self.ended_at if self.ended else self.last_heard)

    @property
    def furthest(self) -> int | None:
        """Return the position that they came to; of an exit, the one whose answer led there."""
        if self.record.exit is None:
            return self.position
        return next((answer.position for answer in reversed(self.answers) if answer.accepted), self.position)

    def file_at(self, position: int) -> str | None:
        """Return what the study has at a position: a file, `game`, or None; at the end of an exit, the exit's page."""
        if position >= FINAL:
            return self.design.project.page(position, self.record.exit)
        return self.design.project.steps.get(position)

    @property
    def seconds_waited(self) -> float | None:
        """Return how long they waited for games to be shown; None if none ever was."""
        waits = [seconds_between(stay.arrived, stay.shown) for stay in self.stays]
        known = [wait for wait in waits if wait is not None]
        return sum(known) if known else None


def seconds_between(first: datetime | None, then: datetime | None) -> float | None:
    """Return the seconds from one time to another, to the millisecond; None if one is not known."""
    if first is None or then is None:
        return None
    return round(max((then - first).total_seconds(), 0.0), 3)


def follow(record: Record, design: Design) -> Journey:
    """Walk through a participant's record.

    Args:
        record: theirs.
        design: the study as they began with it.
    """
    entries = record.entries
    old = list(takewhile(lambda entry: entry.is_old, entries))
    walk = _Walk(design)
    reached = next((entry.about for entry in entries[len(old) :] if entry.about is not None), record.position)
    if old:
        walk.through_old(old, record.stored.get("nextStep") if reached is None else None, reached)
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
    """Where a participant is while their entries are read, one after the other."""

    design: Design
    stays: list[Stay] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    _gets: list[Entry] = field(default_factory=list)
    """The GETs since they came to the game that they are at. Polls that were answered `wait` are not kept, so each of
    them showed it, but for the plain one that left it."""

    @property
    def position(self) -> int | None:
        return self.stays[-1].position if self.stays else None

    def through_old(self, entries: Sequence[Entry], next_step: object, reached: int | None) -> None:
        """Read what the old system wrote: what became of it all is worked out beforehand."""
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
        """Read what this system wrote."""
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
        """Settle where they are now: the record itself says so, if this system wrote it."""
        if position is None or not self.stays:
            return
        if position != self.position:
            self._catch_up(position, accepted=False)
        here = self.stays[-1]
        if here.shown is None and self._is_game(here) and (self._gets or game_shown):
            here.shown = self._gets[0].at if self._gets else here.arrived

    def _catch_up(self, position: int, *, accepted: bool) -> None:
        """Take the participant to where an entry shows them to be, if the entries before it did not tell.

        From a game they went on by the last plain GET. Else the study was changed, and another step follows by now
        than did then: they were at this one all the time.
        """
        is_behind = position < self.stays[-1].position
        if is_behind and not accepted:
            return  # a request that was decided twice tells where it had found them at first
        here = self.stays[-1].position
        plain = [place for place, get in enumerate(self._gets) if get.about == here and not get.names_step]
        if plain and not is_behind:
            leaves = plain[-1]
            self._leave_game(self._gets[:leaves])
            self._arrive(position, self._gets[leaves].at)
        else:
            self.stays[-1].position = position

    def _leave_game(self, shows: Sequence[Entry]) -> None:
        """Note when the game that is left was first shown; on arrival, if no later request did."""
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
