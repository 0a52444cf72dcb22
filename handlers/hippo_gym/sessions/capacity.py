"""The places that there are for servers: who has one, and who is in line.

A deployment may limit how many sessions it has at once, and a project how many of its own. One object,
`_sessions/places.json`, counts them; it is changed with `If-Match`, so that both limits hold whoever comes at the same
moment. Sessions that no limit counts are not in it.

    let_in   who of those in line may go in: pure, first come first served; who waits for room in their own project
             lets those behind pass
    Places   the ledger: a session asks for a place, gives it back, and whoever is let in is called
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from hippo_gym.runtime.backoff import Backoff
from hippo_gym.runtime.clock import Clock, from_text, to_text
from hippo_gym.runtime.errors import OperatorError
from hippo_gym.runtime.logs import logger
from hippo_gym.sessions.messages import Start
from hippo_gym.storage.bucket import Bucket, StoredObject
from hippo_gym.storage.optimistic import Change, for_seconds, update

KEY: Final = "_sessions/places.json"
_BACKOFF: Final = Backoff(first=0.05, longest=1.5)
_SECONDS: Final = 20
"""For one change of the ledger. stop_server has 30 seconds in all, and a retry goes on where it stopped."""


class PlacesInvalid(OperatorError):
    """The ledger cannot be read; the text says why. Deleting it is safe: the next sweep writes it anew."""


@dataclass(frozen=True)
class Place:
    """One session in the ledger.

    Attributes:
        requested_at: orders the line.
        most_in_project: how many sessions its project may have at once, None for as many as there are places.
        missing_since: since when no live session of this id was found; the sweeper's mark.
    """

    session_id: str
    project_id: str
    user_id: str
    requested_at: datetime
    most_in_project: int | None = None
    missing_since: datetime | None = None

    def start(self) -> Start:
        """Return the message that has the session brought up."""
        return Start(self.project_id, self.user_id, self.session_id, self.requested_at)


@dataclass(frozen=True)
class Ledger:
    """Who has a place, by session id, and who is in line, first come first."""

    taken: Mapping[str, Place] = field(default_factory=dict)
    line: tuple[Place, ...] = ()

    def ahead(self, session_id: str) -> int | None:
        """Return how many in line come before a session; None if it is not in line."""
        return next((index for index, place in enumerate(self.line) if place.session_id == session_id), None)

    def joined(self, place: Place) -> Ledger:
        """Return the ledger with a session in line, if it is not in the ledger yet."""
        if place.session_id in self.taken or self.ahead(place.session_id) is not None:
            return self
        return replace(self, line=_in_order((*self.line, place)))

    def without(self, session_id: str) -> Ledger:
        """Return the ledger without a session."""
        taken = {name: place for name, place in self.taken.items() if name != session_id}
        return Ledger(taken, tuple(place for place in self.line if place.session_id != session_id))


def let_in(ledger: Ledger, most: int | None) -> Ledger:
    """Return the ledger after everybody for whom there is room has gone in. Pure.

    Args:
        ledger: as it stands.
        most: how many may have a place at once, None for any number.
    """
    taken = dict(ledger.taken)
    in_project = Counter(place.project_id for place in taken.values())
    line: list[Place] = []
    for place in ledger.line:
        room = most is None or len(taken) < most
        if room and (place.most_in_project is None or in_project[place.project_id] < place.most_in_project):
            taken[place.session_id] = place
            in_project[place.project_id] += 1
        else:
            line.append(place)
    return Ledger(taken, tuple(line))


@dataclass(frozen=True)
class Places:
    """The ledger of one deployment.

    Attributes:
        most: how many sessions may have a place at once, None for any number.
        call: publishes the start of a session that was let in; None leaves it to the participant's next request, or
            to the sweeper.
    """

    bucket: Bucket
    clock: Clock
    most: int | None = None
    call: Callable[[Start], None] | None = None

    def counts(self, most_in_project: int | None) -> bool:
        """Tell whether a session of a project with this limit has to ask for a place."""
        return self.most is not None or most_in_project is not None

    def ledger(self) -> Ledger:
        """Read the ledger.

        Raises:
            PlacesInvalid: it is not as this module writes it.
        """
        return _read(self.bucket.get(KEY))

    def ask(self, place: Place) -> bool:
        """Take a place, or a place in line; tell whether the session may go on. To be repeated at will.

        Raises:
            Transient: others changed the ledger again and again.
            PlacesInvalid: the ledger cannot be read.
        """
        ledger = self._change(lambda ledger: ledger.joined(place), called=place.session_id)
        return place.session_id in ledger.taken

    def give_back(self, session_id: str) -> None:
        """Free a session's place, or its place in line, and call whoever comes next.

        Raises:
            Transient, PlacesInvalid: as `ask`.
        """
        self._change(lambda ledger: ledger.without(session_id))

    def reconcile(self, held: Iterable[Place], there: Iterable[str], minimum_age: timedelta) -> None:
        """Make the ledger agree with the live records; the sweeper's.

        Who is in the ledger and has no live session is marked, and goes once the mark is old enough: a record may
        have been claimed while the sweeper was looking.

        Args:
            held: the sessions that were let in and have not ended.
            there: the ids of all live sessions.
            minimum_age: of a mark.
        """
        now, holding, live = self.clock.now(), {place.session_id: place for place in held}, set(there)

        def reviewed(place: Place) -> Place | None:
            if place.session_id in live:
                return replace(place, missing_since=None)
            if place.missing_since is not None and now - place.missing_since >= minimum_age:
                logger.warning("a place is free again: its session is over", session_id=place.session_id)
                return None
            return replace(place, missing_since=place.missing_since or now)

        def agree(ledger: Ledger) -> Ledger:
            known = {**holding, **ledger.taken}
            taken = {name: kept for name, place in known.items() if (kept := reviewed(place)) is not None}
            line = [kept for place in ledger.line if (kept := reviewed(place)) is not None]
            return Ledger(taken, tuple(place for place in line if place.session_id not in taken))

        self._change(agree)

    def _change(self, change: Callable[[Ledger], Ledger], called: str | None = None) -> Ledger:
        """Change the ledger, let in whom there is room for, and call them, but for `called`, who is here."""

        def changed(stored: StoredObject | None) -> Change[tuple[Ledger, Ledger]]:
            before = _read(stored)
            after = let_in(change(before), self.most)
            return Change((before, after), None if after == before else _to_json(after))

        seconds_left = for_seconds(self.clock, _SECONDS)
        before, after = update(self.bucket, KEY, changed, self.clock, seconds_left, _BACKOFF)
        waited = {place.session_id for place in before.line}
        self._call(place for name, place in after.taken.items() if name in waited and name != called)
        return after

    def _call(self, places: Iterable[Place]) -> None:
        for place in places:
            logger.info("let in", session_id=place.session_id, project_id=place.project_id)
            if self.call is not None:
                self.call(place.start())


def _read(stored: StoredObject | None) -> Ledger:
    if stored is None:
        return Ledger()
    try:
        record = stored.json()
        taken = [_from_record(each) for each in record["taken"]]
        line = [_from_record(each) for each in record["line"]]
    except (ValueError, KeyError, TypeError) as error:
        raise PlacesInvalid(f"{KEY} cannot be read ({error!r}); delete it: the next sweep writes it again") from error
    return Ledger({place.session_id: place for place in taken}, _in_order(line))


def _to_json(ledger: Ledger) -> dict[str, Any]:
    return {
        "taken": [_to_record(place) for place in ledger.taken.values()],
        "line": [_to_record(place) for place in ledger.line],
    }


def _in_order(line: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(sorted(line, key=lambda place: (place.requested_at, place.session_id)))


def _to_record(place: Place) -> dict[str, Any]:
    record = {
        "sessionId": place.session_id,
        "projectId": place.project_id,
        "userId": place.user_id,
        "requestedAt": to_text(place.requested_at),
        "mostInProject": place.most_in_project,
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
