"""The participant's current connection, and the time without one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from .client import Client

OPENED_ELSEWHERE: Final = 4000
"""Close code: the game was opened in another window (RFC 6455, 7.4.2: private use)."""


class Seat:
    """Holds the one connection that plays."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.client: Client | None = None
        self._since = now()
        self._closing: set[asyncio.Task[bool]] = set()
        self.was_taken = False
        """The participant has been connected at least once, in this block."""

    @property
    def is_taken(self) -> bool:
        """The participant is connected."""
        return self.client is not None

    def take(self, client: Client) -> None:
        """Replace the current connection: the participant's latest window plays."""
        earlier, self.client = self.client, client
        self.was_taken = True
        if earlier is not None:
            # In the background: a connection without a network does not answer the close.
            closing = asyncio.create_task(
                earlier.close(None, OPENED_ELSEWHERE, "the game was opened in another window")
            )
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def is_held_by(self, client: Client) -> bool:
        """Return whether this is the current connection."""
        return client is self.client

    def leave(self, client: Client) -> bool:
        """Remove a connection that ended; return False if a later one had replaced it."""
        if not self.is_held_by(client):
            return False
        self.client = None
        self._since = self._now()
        return True

    def wait_again(self) -> None:
        """Wait for the participant's first connection again: of the next block."""
        self.was_taken = False
        self._since = self._now()

    def empty_for(self) -> timedelta:
        """Return the time since the participant disconnected, or since the start."""
        return timedelta() if self.is_taken else self._now() - self._since

    def say(self, text: str) -> None:
        """Send a text to the participant, if connected."""
        if self.client is not None:
            self.client.say(text)

    def show(self) -> None:
        """Send the current state to the participant, if connected."""
        if self.client is not None:
            self.client.show()

    async def close(self, text: str | None, code: int = 1000, reason: str = "") -> bool:
        """Send a last text and close; return whether a connected browser has received it."""
        client, self.client = self.client, None
        self._since = self._now()
        return client is not None and await client.close(text, code, reason)
