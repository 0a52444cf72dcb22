"""The participant's current connection, and the time without one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

OPENED_ELSEWHERE = 4000
"""Close code: the game was opened in another window (RFC 6455, 7.4.2: private use)."""


class Seat:
    """Holds the one connection that plays."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._connection: ServerConnection | None = None
        self._since = now()
        self._closing: set[asyncio.Task[None]] = set()
        self.was_taken = False
        """The participant has been connected at least once."""

    @property
    def is_taken(self) -> bool:
        """The participant is connected."""
        return self._connection is not None

    def take(self, connection: ServerConnection) -> None:
        """Replace the current connection: the participant's latest window plays."""
        earlier, self._connection = self._connection, connection
        self.was_taken = True
        if earlier is not None:
            # In the background: a connection without a network does not answer the close.
            closing = asyncio.create_task(earlier.close(OPENED_ELSEWHERE, "the game was opened in another window"))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def is_held_by(self, connection: ServerConnection) -> bool:
        """Return whether this is the current connection."""
        return connection is self._connection

    def leave(self, connection: ServerConnection) -> bool:
        """Remove a connection that ended; return False if a later one had replaced it."""
        if not self.is_held_by(connection):
            return False
        self._connection = None
        self._since = self._now()
        return True

    def empty_for(self) -> timedelta:
        """Return the time since the participant disconnected, or since the start."""
        return timedelta() if self.is_taken else self._now() - self._since

    async def send(self, text: str) -> None:
        """Send to the participant, if connected; wait for a slow network."""
        if self._connection is not None:
            with contextlib.suppress(ConnectionClosed):  # its reader calls `leave`
                await self._connection.send(text)

    async def close(self, text: str | None, code: int = 1000, reason: str = "") -> bool:
        """Send a last text and close; return whether a connected browser has received it."""
        connection, self._connection = self._connection, None
        return connection is not None and await send_and_close(connection, text, code, reason)


async def send_and_close(connection: ServerConnection, text: str | None, code: int = 1000, reason: str = "") -> bool:
    """Send a last text and close; True if the browser has received it: it answered the close."""
    with contextlib.suppress(ConnectionClosed):
        if text is not None:
            await connection.send(text)
    await connection.close(code, reason)
    return connection.close_code == code
