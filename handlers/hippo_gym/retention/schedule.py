"""Which studies have a retention, and how far a round has come.

A round goes through all studies with a retention, and through three lists of each (`Part`). Its
place is in `_sessions/retention.json`, so that a turn reads one page, however many participants
there are, and the next turn goes on. The same object names the participants whose removal has
begun: it is written before the first deletion, so a crash leaves no participant half removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from hippo_gym.runtime.clock import from_text, to_text
from hippo_gym.runtime.logs import logger

KEY: Final = "_sessions/retention.json"
BETWEEN_ROUNDS: Final = timedelta(days=1)
"""From the beginning of a round to that of the next."""

LEAST_DAYS: Final = 7
"""Shorter than the longest times for which a study holds a place (`enrolmentTimeout`, `assignmentTimeout`)
would be a participant who still takes part."""

_MOST_DAYS: Final = 36_500


class Part(StrEnum):
    """The lists of a study, in their order.

    The records lead to most of the data. The other two find what no record leads to: what a
    container stored after its participant's record was removed, and the records of servers, whose
    keys do not name participants.
    """

    RECORDS = "records"
    TRIALS = "trials"
    SERVERS = "servers"


@dataclass(frozen=True)
class Retention:
    """A study with a retention."""

    project_id: str
    days: int

    def cutoff(self, now: datetime) -> datetime:
        """Return the time before which the last activity of a participant is too old."""
        return now - timedelta(days=self.days)


@dataclass(frozen=True)
class Place:
    """Where a round is: in a list of a study, behind a key; the key is empty at the list's beginning."""

    project_id: str = ""
    part: Part = Part.RECORDS
    after: str = ""


@dataclass(frozen=True)
class Due:
    """A participant whose removal has begun.

    Attributes:
        user_id: as the key of the record spells it.
        cutoff: nothing that was written at this time or later is removed.
        since: when the removal began.
    """

    project_id: str
    user_id: str
    cutoff: datetime
    since: datetime


@dataclass(frozen=True)
class Progress:
    """How far a round has come; `place` is None between two rounds.

    Attributes:
        began: when the round, or the last one, began; None before the first.
    """

    began: datetime | None = None
    place: Place | None = None
    removing: tuple[Due, ...] = ()

    def begin(self, now: datetime) -> Progress:
        """Return this with a new round if it is time for one."""
        is_time = self.began is None or now >= self.began + BETWEEN_ROUNDS
        return replace(self, began=now, place=Place()) if self.place is None and is_time else self


def retentions(entries: Sequence[Mapping[str, Any]], default_days: int | None) -> list[Retention]:
    """Return the studies that have a retention, by id; of several entries of an id the last one counts.

    Args:
        entries: of the master list. Only the id of an entry is known to be valid: a fault elsewhere
            in it does not keep the data longer.
        default_days: the deployment's, for studies that do not say.
    """
    days = {str(entry["id"]): _days(entry, default_days) for entry in entries}
    return [Retention(project_id, number) for project_id, number in sorted(days.items()) if number is not None]


def _days(entry: Mapping[str, Any], default_days: int | None) -> int | None:
    value = entry.get("retainDays", default_days)
    if value is None:
        return None
    is_whole = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    if not is_whole or not LEAST_DAYS <= value <= _MOST_DAYS:
        logger.error("retainDays is not valid, and nothing is removed", project_id=entry["id"], found=repr(value)[:100])
        return None
    return int(value)


def next_place(place: Place, after: str | None) -> Place:
    """Return where a round goes on.

    Args:
        place: where it was.
        after: the last key that it looked at; None at the end of the list.
    """
    if after is not None:
        return replace(place, after=after)
    parts = list(Part)
    if place.part is not parts[-1]:
        return Place(place.project_id, parts[parts.index(place.part) + 1])
    return Place(f"{place.project_id}\0")  # behind every list of this study, before the next id


def study_at(place: Place, studies: Sequence[Retention]) -> tuple[Retention, Place] | None:
    """Return the study where a round is, or the next one that there is; None after the last."""
    found = next((study for study in studies if study.project_id >= place.project_id), None)
    if found is None:
        return None
    return found, place if found.project_id == place.project_id else Place(found.project_id)


def to_json(progress: Progress) -> dict[str, Any]:
    """Return the object as it is stored."""
    place = progress.place
    return {
        "began": None if progress.began is None else to_text(progress.began),
        "place": place and {"projectId": place.project_id, "part": place.part.value, "after": place.after},
        "removing": [
            {
                "projectId": due.project_id,
                "userId": due.user_id,
                "cutoff": to_text(due.cutoff),
                "since": to_text(due.since),
            }
            for due in progress.removing
        ],
    }


def from_json(value: Any) -> Progress:
    """Read the stored object.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: it is not of this form.
    """
    place, began = value["place"], value["began"]
    return Progress(
        None if began is None else from_text(began),
        place and Place(str(place["projectId"]), Part(place["part"]), str(place["after"])),
        tuple(
            Due(str(each["projectId"]), str(each["userId"]), from_text(each["cutoff"]), from_text(each["since"]))
            for each in value["removing"]
        ),
    )
