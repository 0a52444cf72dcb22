"""Listens for the participant's page, starts a trial for each connection, and copies texts both ways.

    page ──wss──▶ port 5000 ─ Bridge ─ port of its own ◀──ws── trial.py, one for each connection

A container costs money as long as it runs, so the bridge always ends: when the game is over, at the
deadline, when the participant is gone or never came, at SIGTERM.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from hippo_play.connection import admission, protocol
from hippo_play.settings import Settings

from .trial import Process, Start

log = logging.getLogger("hippo_bridge")

HELLO_SECONDS: Final = 20.0
STARTING_SECONDS: Final = 60.0
"""Longest time from the start of trial.py to its connection: it may load a model before."""
ENDING_SECONDS: Final = 5.0
"""Time for trial.py to end by itself, and again after SIGTERM."""
WATCH_SECONDS: Final = 0.5
LONGEST_TEXT: Final = 16 * 1024 * 1024
"""Bytes of a page's message: `save` carries a whole trial."""

LONGEST_END: Final = 1000
"""Characters of a text that may say that the game is over."""

POLICY, FAULT, OPENED_ELSEWHERE = 1008, 1011, 4000
_DONE: Final = "done"


class TrialFailed(Exception):
    """trial.py ended, or did not connect; the message is for the log."""


class Bridge:
    """Serves one participant."""

    def __init__(
        self,
        settings: Settings,
        start: Start,
        store: Callable[[], Awaitable[bool]],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Make a bridge.

        start: starts trial.py.
        store: stores what trial.py wrote; returns False to be called again.
        now: the time of day, for the deadline.
        """
        self._settings = settings
        self._start = start
        self._store = store
        self._now = now
        self._numbers = itertools.count(1)
        self._awaited: dict[str, asyncio.Future[ServerConnection]] = {}
        self._page: ServerConnection | None = None
        self._was_here = False
        self._since = now()
        self._ended: asyncio.Event = asyncio.Event()
        self._trials: set[asyncio.Task[None]] = set()
        self._inner = ""
        self.reason = ""
        """Why the bridge ended."""
        self.port: int | None = None
        """That it listens on."""

    async def serve(self, ready: Callable[[int], None] = lambda port: None) -> None:
        """Serve until there is a reason to end.

        ready: called with the port once the bridge listens.
        """
        settings = self._settings
        inner = serve(self._connected, "127.0.0.1", 0, max_size=None, ping_interval=None, compression=None)
        outer = serve(
            self._receive,
            settings.address,
            settings.port,
            ssl=settings.tls,
            origins=admission.origins(settings),
            max_size=LONGEST_TEXT,
        )
        async with inner as within, outer as listener:
            self._inner = f"ws://127.0.0.1:{next(iter(within.sockets)).getsockname()[1]}"
            self.port = next(iter(listener.sockets)).getsockname()[1]
            ready(self.port)
            watch = asyncio.create_task(self._keep_watch())
            await self._ended.wait()
            watch.cancel()
            if self._page is not None:
                await self._page.close(
                    1001 if self.reason != "game over" else 1000, f"the server leaves: {self.reason}"
                )
            if self._trials:
                await asyncio.wait(self._trials, timeout=3 * ENDING_SECONDS)
        for pause in (1, 2, 4, 8, 0):
            if await self._store():
                return
            await asyncio.sleep(pause)

    def finish(self, reason: str) -> None:
        """End `serve`; the first reason counts."""
        self.reason = self.reason or reason
        self._ended.set()

    # --- the page ---

    async def _receive(self, page: ServerConnection) -> None:
        first = await self._admit(page)
        if first is None:
            return
        earlier, self._page = self._page, page
        self._was_here = True
        if earlier is not None:
            await earlier.close(OPENED_ELSEWHERE, "the game was opened in another window")
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a handler is one
        self._trials.add(task)
        try:
            await self._play(page, first)
        except (TrialFailed, TimeoutError) as error:
            log.error("%s", str(error) or "trial.py closed its connection, and did not end")
            await page.close(FAULT, "the game could not be played")
        finally:
            self._trials.discard(task)
            if self._page is page:
                self._page, self._since = None, self._now()

    async def _admit(self, page: ServerConnection) -> str | None:
        """Return the page's first text; close the connection if it may not play."""
        try:
            first = await asyncio.wait_for(page.recv(), HELLO_SECONDS)
            hello = protocol.read_hello(first)
        except (protocol.ProtocolError, TimeoutError, ConnectionClosed):
            await page.close(POLICY, "the first message must contain userId and projectId")
            return None
        if not admission.admits(self._settings, hello):
            await page.close(POLICY, admission.REFUSED)
            return None
        return _without_token(first)

    async def _play(self, page: ServerConnection, first: str) -> None:
        """Run one trial; send `done` for a trial.py that ended well without saying so."""
        async with self._trial() as (process, trial):
            with contextlib.suppress(ConnectionClosed):  # noticed below
                await trial.send(first)
            end = _End()
            copies = [asyncio.create_task(_copy(page, trial)), asyncio.create_task(_copy(trial, page, end))]
            heard = asyncio.create_task(end.heard.wait())
            try:
                await asyncio.wait((*copies, heard), return_when=asyncio.FIRST_COMPLETED)
                if end.heard.is_set():  # a page may answer with `save`
                    await asyncio.wait(copies, timeout=ENDING_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                elif page.close_code is None:  # trial.py has closed its connection
                    await self._finish(process, page)
                    end.heard.set()
            finally:
                for task in (*copies, heard):
                    task.cancel()
        await self._store()
        if end.heard.is_set():
            await page.close()
            self.finish("game over")

    async def _finish(self, process: Process, page: ServerConnection) -> None:
        """Send `done` for a trial.py that ended well."""
        status = await asyncio.wait_for(process.wait(), ENDING_SECONDS)
        if status != 0:
            raise TrialFailed(f"trial.py ended with status {status}: its error is above")
        with contextlib.suppress(ConnectionClosed):
            await page.send(_DONE)

    # --- the trial ---

    @contextlib.asynccontextmanager
    async def _trial(self) -> AsyncIterator[tuple[Process, ServerConnection]]:
        """Start trial.py and wait for its connection; end it afterwards."""
        path = f"/{next(self._numbers)}"
        awaited = self._awaited[path] = asyncio.get_running_loop().create_future()
        process = await self._start(self._inner + path)
        ends = asyncio.create_task(process.wait())
        try:
            await asyncio.wait((awaited, ends), timeout=STARTING_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not awaited.done():
                how = f"ended with status {ends.result()}" if ends.done() else f"took {STARTING_SECONDS:.0f} s"
                raise TrialFailed(f"trial.py {how} before it connected: see its output")
            yield process, awaited.result()
        finally:
            del self._awaited[path]
            if awaited.done():
                await awaited.result().close()
            for end in (process.terminate, process.kill):
                await asyncio.wait((ends,), timeout=ENDING_SECONDS)
                if not ends.done():
                    end()
            await ends

    async def _connected(self, trial: ServerConnection) -> None:
        """Keep a connection of trial.py open until it is closed."""
        awaited = self._awaited.get(trial.request.path if trial.request else "")
        if awaited is not None and not awaited.done():
            awaited.set_result(trial)
            await trial.wait_closed()

    async def _keep_watch(self) -> None:
        settings = self._settings
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            absent = timedelta() if self._page is not None else self._now() - self._since
            if settings.end is not None and self._now() >= settings.end:
                self.finish("deadline")
            elif absent >= (settings.away if self._was_here else settings.arrival):
                self.finish("participant gone" if self._was_here else "nobody came")


def _without_token(first: str | bytes) -> str:
    """Return the page's first text without the session's token, which Apps would store."""
    return json.dumps({key: value for key, value in json.loads(first).items() if key != "token"})


class _End:
    """Listens for the end of the game among the trial's texts."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()

    def listen(self, text: str | bytes) -> None:
        """Look at a text; only short ones may say it, and frames are long."""
        if len(text) > LONGEST_END or _DONE not in str(text):
            return
        with contextlib.suppress(ValueError):
            message = _DONE if text == _DONE else json.loads(text)
            if message == _DONE or (isinstance(message, dict) and message.get("message") == _DONE):
                self.heard.set()


async def _copy(source: ServerConnection, target: ServerConnection, end: _End | None = None) -> None:
    """Copy texts until one of the connections closes."""
    with contextlib.suppress(ConnectionClosed):
        async for text in source:
            await target.send(text)
            if end is not None:
                end.listen(text)
