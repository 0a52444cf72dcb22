"""Saves the record before the server ends, within limits, while the store may be away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ..recording import Record

AFTER_DONE_SECONDS: Final = 600.0
"""Longest time after `done` in which the server retries to save."""
TERMINATION_SECONDS: Final = 20.0
"""The same after SIGTERM: ECS kills a task 30 seconds after it (the default stopTimeout)."""
LONGEST_PAUSE_SECONDS: Final = 10.0


class Ending(StrEnum):
    """Why the server exits."""

    GAME_OVER = "game over"
    PARTICIPANT_GONE = "participant gone"
    NO_PARTICIPANT = "nobody came"  # as records have it
    DEADLINE = "deadline"
    TERMINATED = "terminated"
    FAILED = "failed"


class Leaving:
    """The waits of a server that ends; SIGTERM shortens each.

    Attributes:
        hurry: set by SIGTERM.
    """

    def __init__(self, record: Record, now: Callable[[], datetime]) -> None:
        self.hurry = asyncio.Event()
        self._record = record
        self._now = now

    async def save_within(self, seconds: float) -> bool:
        """Retry until all events are stored or the time is up; SIGTERM shortens the time."""
        loop = asyncio.get_running_loop()
        give_up, pause, hurried = loop.time() + seconds, 0.5, False
        while not await asyncio.to_thread(self._record.save):
            if self.hurry.is_set() and not hurried:
                hurried, give_up = True, min(give_up, loop.time() + TERMINATION_SECONDS)
            left = give_up - loop.time()
            if left <= 0:
                return False
            await (asyncio.sleep(min(pause, left)) if hurried else self.wait(min(pause, left)))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        return True

    async def wait_until(self, event: asyncio.Event, longest: timedelta, poll: float) -> None:
        """Wait for an event, by the time of day; SIGTERM ends the wait."""
        since = self._now()
        while not (event.is_set() or self.hurry.is_set()) and self._now() - since < longest:
            await self.wait(poll, event)

    async def wait(self, seconds: float, *events: asyncio.Event) -> None:
        """Wait until the time is up, one of these events is set, or SIGTERM arrives."""
        waits = [asyncio.create_task(event.wait()) for event in (self.hurry, *events)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
