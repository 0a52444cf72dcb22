"""The participant's connection: one at a time, and whether they are gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

OPENED_ELSEWHERE = 4000
"""Close code: the same game was opened in another window. 4000 and up are an application's own (RFC 6455, 7.4.2)."""


class Seat:
    """The one place at the game."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._connection: ServerConnection | None = None
        self._since = now()
        self._closing: set[asyncio.Task[None]] = set()
        self.was_taken = False
        """Somebody has been here."""

    @property
    def is_taken(self) -> bool:
        """Somebody is here."""
        return self._connection is not None

    def take(self, connection: ServerConnection) -> None:
        """Give the place to a new connection: the participant's latest window is the one that they look at."""
        earlier, self._connection = self._connection, connection
        self.was_taken = True
        if earlier is not None:
            # Beside the game: if the earlier one's network is gone, nobody answers the close.
            closing = asyncio.create_task(earlier.close(OPENED_ELSEWHERE, "the game was opened in another window"))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def is_held_by(self, connection: ServerConnection) -> bool:
        """Tell whether a connection has the place, and none that came later."""
        return connection is self._connection

    def leave(self, connection: ServerConnection) -> bool:
        """A connection ended; True if the place is empty now, False if it had been given to another."""
        if not self.is_held_by(connection):
            return False
        self._connection = None
        self._since = self._now()
        return True

    def empty_for(self) -> timedelta:
        """How long nobody has been here."""
        return timedelta() if self.is_taken else self._now() - self._since

    async def send(self, text: str) -> None:
        """Send to the participant, if they are there; waits while their network is slower than the game."""
        if self._connection is not None:
            with contextlib.suppress(ConnectionClosed):  # who reads from it notices, too, and gives the place back
                await self._connection.send(text)

    async def say_goodbye(self, text: str | None, code: int = 1000, reason: str = "") -> bool:
        """Send a last text and close; True if somebody is here whose browser has certainly got it."""
        connection, self._connection = self._connection, None
        return connection is not None and await part(connection, text, code, reason)


async def part(connection: ServerConnection, text: str | None, code: int = 1000, reason: str = "") -> bool:
    """Send a last text and close; True if the browser has certainly got it: it has answered the close."""
    with contextlib.suppress(ConnectionClosed):
        if text is not None:
            await connection.send(text)
    await connection.close(code, reason)
    return connection.close_code == code
