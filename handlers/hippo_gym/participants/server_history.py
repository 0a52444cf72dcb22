"""Which servers a participant has asked for and seen, and how long they waited for the last one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from hippo_gym.runtime.clock import from_text, to_text

COUNT_SERVERS_FOR: Final = timedelta(hours=24)
"""The time in which `maxServersPerParticipant` limits a participant's servers."""


@dataclass(frozen=True)
class Servers:
    """The servers of one participant: when they were requested, which one was shown, how long it took.

    Stored beside the session, because releases before this one admit no other keys in `session`.

    Attributes:
        begun: when the servers of the last `COUNT_SERVERS_FOR` were requested, oldest first.
        shown: the session whose game page was served last.
        asked: the session during whose end the participant asked for another one.
        came_at: when the participant came to the game and began to wait for it.
        playing_at: when the game's page was served after that wait; None while they wait.
        unreachable: the last session whose server the participant's page could not connect to.
    """

    begun: tuple[datetime, ...] = ()
    shown: str | None = None
    asked: str | None = None
    came_at: datetime | None = None
    playing_at: datetime | None = None
    unreachable: str | None = None

    def begin(self, at: datetime) -> Servers:
        """Return these with another server."""
        return replace(self, begun=(*self.recent(at), at))

    def recent(self, at: datetime) -> tuple[datetime, ...]:
        """Return when those servers were requested that still count."""
        return tuple(each for each in self.begun if at - each < COUNT_SERVERS_FOR)

    @property
    def waiting(self) -> bool:
        """Return whether the participant waits for a game."""
        return self.came_at is not None and self.playing_at is None

    def wait(self, at: datetime) -> Servers:
        """Return these with a participant who waits for a game, since this time if they did not wait yet."""
        return self if self.waiting else replace(self, came_at=at, playing_at=None)

    def show(self, session_id: str, at: datetime) -> Servers:
        """Return these after the game's page of a session was served.

        A page that was served before ends no wait.
        """
        if self.shown == session_id and not self.waiting:
            return self
        return replace(self, shown=session_id, came_at=self.came_at if self.waiting else at, playing_at=at)


def of_record(record: Mapping[str, Any]) -> Servers:
    """Return the servers of a participant's record, whose key `servers` is given."""
    begun = tuple(from_text(each) for each in record.get("begun", ()))
    came, playing = record.get("cameAt"), record.get("playingAt")
    return Servers(
        begun,
        record.get("shown"),
        record.get("asked"),
        None if came is None else from_text(came),
        None if playing is None else from_text(playing),
        record.get("unreachable"),
    )


def to_record(servers: Servers) -> dict[str, Any]:
    """Return the key `servers` of a participant's record."""
    return {
        "begun": [to_text(each) for each in servers.begun],
        "shown": servers.shown,
        "asked": servers.asked,
        **({} if servers.came_at is None else {"cameAt": to_text(servers.came_at)}),
        **({} if servers.playing_at is None else {"playingAt": to_text(servers.playing_at)}),
        **({} if servers.unreachable is None else {"unreachable": servers.unreachable}),
    }
