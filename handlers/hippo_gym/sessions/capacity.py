"""The places (server slots) of a deployment: which sessions have one, and which wait in line.

A deployment and each project may limit the number of simultaneous sessions. The ledger, one object
`_sessions/places.json`, lists the sessions that a limit counts. Each change uses `If-Match`, so the
limits also hold for sessions that start at the same moment.

    admit    gives free places to the first in line, a pure function; a session that waits for a
             place in its own project lets sessions of other projects pass
    Places   reads and writes the ledger, and publishes the start of each session that gets a place

A warm server has a place only as long as no participant needs it: it gets none while a session is in
line, and a session that finds no free place takes one from a warm server without a participant,
whose entry moves to `leaving` until it is wanted stopped. A session that takes a warm server gets
its place.

The line has a greatest length. A session that comes later is refused and writes nothing, so the
bytes of all writes together grow with the number of sessions, not with its square.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from hippo_gym.runtime.backoff import Backoff
from hippo_gym.runtime.clock import Clock, from_text, to_text
from hippo_gym.runtime.errors import OperatorError
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.settings import MAX_LINE
from hippo_gym.sessions.messages import Start
from hippo_gym.sessions.warm_names import is_warm
from hippo_gym.storage.bucket import Bucket, StoredObject
from hippo_gym.storage.optimistic import Change, for_seconds, update

KEY: Final = "_sessions/places.json"
_BACKOFF: Final = Backoff(first=0.05, longest=1.5)
"""Pauses before a change is tried again, because another function changed the ledger first."""

_SECONDS: Final = 20
"""Limit for one change of the ledger. stop_server has 30 seconds in all, and its retry continues.
"""


class Turn(Enum):
    """What a session that asks for a place gets."""

    PLACE = "place"
    LINE = "in line"
    REFUSED = "the line is full"


class PlacesInvalid(OperatorError):
    """The ledger cannot be read.

    The text says why. Deleting it is safe: the next sweep writes it again.
    """


@dataclass(frozen=True)
class Place:
    """One session in the ledger.

    Attributes:
        requested_at: the line is ordered by it.
        max_in_project: how many sessions its project may have at the same time; None: no limit.
        missing_since: when a sweep first found no live session of this id; None if it is live.
    """

    session_id: str
    project_id: str
    user_id: str
    requested_at: datetime
    max_in_project: int | None = None
    missing_since: datetime | None = None

    def start(self) -> Start:
        """Return the session's start message."""
        return Start(self.project_id, self.user_id, self.session_id, self.requested_at)


@dataclass(frozen=True)
class Ledger:
    """Sessions with a place, by session id, and sessions in line, the first in front.

    `leaving`: warm servers that have lost their place and are not wanted stopped yet.
    """

    taken: Mapping[str, Place] = field(default_factory=dict)
    line: tuple[Place, ...] = ()
    leaving: tuple[Place, ...] = ()

    def ahead(self, session_id: str) -> int | None:
        """Return how many sessions are before this one in line; None if it is not in line."""
        return next((index for index, place in enumerate(self.line) if place.session_id == session_id), None)

    def is_anothers(self, place: Place) -> bool:
        """Return whether the ledger has the session's id for another participant, which no function makes."""
        known = self.taken.get(place.session_id) or next(
            (each for each in self.line if each.session_id == place.session_id), None
        )
        return known is not None and (known.project_id, known.user_id) != (place.project_id, place.user_id)

    def joined(self, place: Place) -> Ledger:
        """Return the ledger with the session added to the line, unless it is in the ledger."""
        if place.session_id in self.taken or self.ahead(place.session_id) is not None:
            return self
        return replace(self, line=_in_order((*self.line, place)))

    def without(self, session_id: str) -> Ledger:
        """Return the ledger without the session."""
        taken = {name: place for name, place in self.taken.items() if name != session_id}
        line, leaving = (
            tuple(place for place in places if place.session_id != session_id) for places in (self.line, self.leaving)
        )
        return Ledger(taken, line, leaving)

    def giving_way(self, session_id: str) -> Ledger:
        """Return the ledger after a warm server has lost its place."""
        return replace(self.without(session_id), leaving=(*self.leaving, self.taken[session_id]))

    def handing_over(self, warm: str, place: Place) -> Ledger:
        """Return the ledger after a session has got the place of a warm server, if that has one."""
        if warm not in self.taken or place.session_id in self.taken or self.ahead(place.session_id) is not None:
            return self
        after = self.without(warm)
        return replace(after, taken={**after.taken, place.session_id: place})


def admit(ledger: Ledger, limit: int | None) -> Ledger:
    """Return the ledger after each session in line that fits has got a place. Pure.

    Args:
        ledger: before the change.
        limit: how many sessions may have a place at the same time; None: any number.
    """
    taken = dict(ledger.taken)
    in_project = Counter(place.project_id for place in taken.values())
    line: list[Place] = []
    for place in ledger.line:
        room = limit is None or len(taken) < limit
        if room and (place.max_in_project is None or in_project[place.project_id] < place.max_in_project):
            taken[place.session_id] = place
            in_project[place.project_id] += 1
        else:
            line.append(place)
    return Ledger(taken, tuple(line), ledger.leaving)


def spared(ledger: Ledger, place: Place, limit: int | None) -> Ledger:
    """Return the ledger after a warm server has asked for a place: it gets one that no session waits for. Pure."""
    after = admit(ledger.joined(place), limit)
    return after if not ledger.line and place.session_id in after.taken else ledger


def _with_room(ledger: Ledger, place: Place, limit: int | None) -> Iterator[Ledger]:
    """Yield the ledger after one warm server has given way, for each of them, then after more and more of them."""
    warm = [each for each in ledger.taken.values() if is_warm(each.user_id)]
    for each in warm:
        yield admit(ledger.giving_way(each.session_id), limit)
    for each in sorted(warm, key=lambda other: other.project_id != place.project_id):
        ledger = admit(ledger.giving_way(each.session_id), limit)
        yield ledger


def asked(ledger: Ledger, place: Place, limit: int | None, max_line: int) -> tuple[Ledger, Turn]:
    """Return the ledger after a session has asked for a place, and what it gets. Pure.

    A session that is in the ledger keeps what it has. A refused one leaves the ledger as it is: one for
    which the line has no room, or with the id of another participant's session.

    Args:
        ledger: before.
        place: the session that asks.
        limit: as for `admit`.
        max_line: how many sessions may be in line at the same time.
    """
    if ledger.is_anothers(place):
        return ledger, Turn.REFUSED
    after = admit(ledger.joined(place), limit)
    if place.session_id in after.taken:
        return after, Turn.PLACE
    for instead in _with_room(after, place, limit):
        if place.session_id in instead.taken:
            return instead, Turn.PLACE
    if ledger.ahead(place.session_id) is None and len(after.line) > max_line:
        return admit(ledger, limit), Turn.REFUSED
    return after, Turn.LINE


@dataclass(frozen=True)
class Places:
    """The ledger of one deployment.

    Attributes:
        limit: how many sessions may have a place at the same time; None: any number.
        max_line: how many sessions may be in line at the same time.
        call: publishes the start message of a session that got a place; None: the participant's
            next request or the sweeper starts it.
    """

    bucket: Bucket
    clock: Clock
    limit: int | None = None
    call: Callable[[Start], None] | None = None
    max_line: int = MAX_LINE

    def counts(self, max_in_project: int | None) -> bool:
        """Return whether a session of a project with this limit needs a place."""
        return self.limit is not None or max_in_project is not None

    def ledger(self) -> Ledger:
        """Read the ledger.

        Raises:
            PlacesInvalid: it cannot be read.
        """
        return _read(self.bucket.get(KEY))

    def in_line(self) -> list[str]:
        """Return the ids of the sessions in line, the first in front.

        Cheaper than `ledger`: each poll of a participant in line asks.

        Raises:
            PlacesInvalid: the ledger cannot be read.
        """
        stored = self.bucket.get(KEY)
        if stored is None:
            return []
        try:
            return [record["sessionId"] for record in stored.json()["line"]]
        except (ValueError, KeyError, TypeError) as error:
            raise _unreadable(error) from error

    def line_is_full(self) -> bool:
        """Return whether the line has its greatest length.

        Raises:
            PlacesInvalid: the ledger cannot be read.
        """
        return len(self.in_line()) >= self.max_line

    def refuses(self, place: Place) -> bool:
        """Return whether `ask` would refuse the session now. Writes nothing.

        Raises:
            PlacesInvalid: the ledger cannot be read.
        """
        return asked(self.ledger(), place, self.limit, self.max_line)[1] is Turn.REFUSED

    def ask(self, place: Place, warm: str | None = None) -> tuple[Turn, tuple[Place, ...]]:
        """Give the session a place, add it to the line, or refuse it. Safe to repeat.

        Args:
            place: the session that asks.
            warm: the warm server that it is about to take, whose place it gets.

        Returns:
            What it gets, and the warm servers that have to be stopped, because they lost their
            places; `give_back` each of them afterwards.

        Raises:
            Transient: other functions changed the ledger each time before this write.
            PlacesInvalid: the ledger cannot be read.
        """

        def change(ledger: Ledger) -> Ledger:
            if is_warm(place.user_id):
                return spared(ledger, place, self.limit)
            before = ledger if warm is None else ledger.handing_over(warm, place)
            return asked(before, place, self.limit, self.max_line)[0]

        after = self._change(change, called=place.session_id)
        if after.is_anothers(place):
            return Turn.REFUSED, after.leaving
        if place.session_id in after.taken:
            return Turn.PLACE, after.leaving
        return (Turn.REFUSED if after.ahead(place.session_id) is None else Turn.LINE), after.leaving

    def give_back(self, session_id: str) -> None:
        """Remove a session from the ledger, and start the next in line.

        Raises:
            Transient, PlacesInvalid: as `ask`.
        """
        self._change(lambda ledger: ledger.without(session_id))

    def reconcile(self, held: Iterable[Place], there: Iterable[str], minimum_age: timedelta) -> None:
        """Correct the ledger by the live records; for the sweeper.

        A session in the ledger that is not live is marked first and removed once the mark is old
        enough: a function may have claimed its record after the sweeper listed the records.

        Args:
            held: live sessions that have got a place.
            there: the ids of all live sessions.
            minimum_age: the age of a mark at which its session is removed.
        """
        now, holding, live = self.clock.now(), {place.session_id: place for place in held}, set(there)

        def reviewed(place: Place) -> Place | None:
            if place.session_id in live:
                return replace(place, missing_since=None)
            if place.missing_since is not None and now - place.missing_since >= minimum_age:
                logger.warning("freeing the place of a session that is over", session_id=place.session_id)
                return None
            return replace(place, missing_since=place.missing_since or now)

        def reconciled(ledger: Ledger) -> Ledger:
            known = {**holding, **ledger.taken}
            taken = {name: kept for name, place in known.items() if (kept := reviewed(place)) is not None}
            line = [kept for place in ledger.line if (kept := reviewed(place)) is not None]
            leaving = [kept for place in ledger.leaving if (kept := reviewed(place)) is not None]
            return Ledger(taken, tuple(place for place in line if place.session_id not in taken), tuple(leaving))

        self._change(reconciled)

    def _change(self, change: Callable[[Ledger], Ledger], called: str | None = None) -> Ledger:
        """Change the ledger, give places to the line, and start those sessions except `called`."""

        def changed(stored: StoredObject | None) -> Change[tuple[Ledger, Ledger]]:
            before = _read(stored)
            after = admit(change(before), self.limit)
            return Change((before, after), None if after == before else _to_json(after))

        seconds_left = for_seconds(self.clock, _SECONDS)
        before, after = update(self.bucket, KEY, changed, self.clock, seconds_left, _BACKOFF)
        waited = {place.session_id for place in before.line}
        self._call(place for name, place in after.taken.items() if name in waited and name != called)
        return after

    def _call(self, places: Iterable[Place]) -> None:
        for place in places:
            logger.info("got a place", session_id=place.session_id, project_id=place.project_id)
            if self.call is not None:
                self.call(place.start())


def _read(stored: StoredObject | None) -> Ledger:
    if stored is None:
        return Ledger()
    try:
        record = stored.json()
        taken = [_from_record(each) for each in record["taken"]]
        line = [_from_record(each) for each in record["line"]]
        leaving = [_from_record(each) for each in record.get("leaving", ())]
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(error) from error
    return Ledger({place.session_id: place for place in taken}, _in_order(line), tuple(leaving))


def _unreadable(error: Exception) -> PlacesInvalid:
    return PlacesInvalid(f"{KEY} cannot be read ({error!r}); delete it: the next sweep writes it again")


def _to_json(ledger: Ledger) -> dict[str, Any]:
    return {
        "taken": [_to_record(place) for place in ledger.taken.values()],
        "line": [_to_record(place) for place in ledger.line],
        **({"leaving": [_to_record(place) for place in ledger.leaving]} if ledger.leaving else {}),
    }


def _in_order(line: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(sorted(line, key=lambda place: (place.requested_at, place.session_id)))


def _to_record(place: Place) -> dict[str, Any]:
    record = {
        "sessionId": place.session_id,
        "projectId": place.project_id,
        "userId": place.user_id,
        "requestedAt": to_text(place.requested_at),
        "mostInProject": place.max_in_project,
    }
    return record if place.missing_since is None else record | {"missingSince": to_text(place.missing_since)}


def _from_record(record: Mapping[str, Any]) -> Place:
    missing = record.get("missingSince")
    return Place(
        record["sessionId"],
        record["projectId"],
        record["userId"],
        from_text(record["requestedAt"]),
        record["mostInProject"],
        None if missing is None else from_text(missing),
    )
