"""A warm server, before it has a participant.

HIPPO Gym starts a warm container ahead, without a participant (HIPPO_WARM). It listens, so that it
counts as ready. When a page connects, it asks HIPPO Gym whose it is, with the token of its own
start, and the answer holds the environment variables that any other container has from the
beginning: the page decides nothing, so no participant can take another's server, group or seed. The
page's connection waits meanwhile, and is served like any other one then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from websockets.asyncio.server import Server, ServerConnection
from websockets.http11 import Request, Response

from ..settings import Settings
from .listening import Receive, listen, port_of

log = logging.getLogger(__name__)

Ask = Callable[[], Mapping[str, str] | None]
"""Asks HIPPO Gym; returns the participant's variables, or None without a participant. May raise."""

BETWEEN_QUESTIONS: Final = 1.0
"""Seconds: anyone may connect, and each connection asks."""
WATCH_SECONDS: Final = 1.0


class WaitingRoom:
    """Listens until the server has a participant, then hands the connections over."""

    def __init__(self, settings: Settings, ask: Ask, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Make a room; `now` is the time of day."""
        self._settings = settings
        self._ask = ask
        self._now = now
        loop = asyncio.get_running_loop()
        self._found: asyncio.Future[Mapping[str, str]] = loop.create_future()
        self._game: asyncio.Future[Receive] = loop.create_future()
        self._asking = asyncio.Lock()
        self._next_question = loop.time()
        self._left = asyncio.Event()
        self._listener: Server | None = None
        self._open = AsyncExitStack()

    def leave(self) -> None:
        """End the wait."""
        self._left.set()

    async def participant(self, ready: Callable[[int], None]) -> Mapping[str, str] | None:
        """Wait for a participant, and return their variables; None if the server has to end before.

        ready: called with the port once the server listens.

        Raises:
            OSError: the port is in use.
        """
        self._listener = await self._open.enter_async_context(listen(self._settings, self._receive, self._before))
        log.info("waiting for a participant")
        ready(port_of(self._listener))
        while not self._found.done() and not self._left.is_set() and not self._is_late():
            await asyncio.wait([self._found], timeout=WATCH_SECONDS)
        return self._found.result() if self._found.done() else None

    async def close(self) -> None:
        """Stop listening, and drop the connections that wait."""
        self._game.cancel()
        await self._open.aclose()

    @asynccontextmanager
    async def hand_over(self, receive: Receive) -> AsyncIterator[Server]:
        """Let the game serve the connections, those that wait and later ones, until the block ends."""
        assert self._listener is not None, "participant() has listened"  # noqa: S101
        self._game.set_result(receive)
        try:
            yield self._listener
        finally:
            await self._open.aclose()

    def _is_late(self) -> bool:
        return self._settings.end is not None and self._now() >= self._settings.end

    async def _before(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse a page as long as the server has no participant."""
        if self._found.done() or await self._is_found():
            return None
        return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "this game server has no participant yet\n")

    async def _is_found(self) -> bool:
        async with self._asking:
            if self._found.done():
                return True
            loop = asyncio.get_running_loop()
            if loop.time() < self._next_question:
                return False
            self._next_question = loop.time() + BETWEEN_QUESTIONS
            try:
                found = await asyncio.to_thread(self._ask)
            except Exception as error:  # noqa: BLE001 - of any kind: the page tries again
                log.warning("HIPPO Gym did not say who the participant is: %s", error)
                return False
            if found is not None and not self._found.done():
                self._found.set_result(found)
            return found is not None

    async def _receive(self, connection: ServerConnection) -> Any:
        receive = await asyncio.shield(self._game)
        return await receive(connection)
