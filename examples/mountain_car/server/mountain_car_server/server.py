"""The WebSocket, the clock, and the reasons to exit.

    serve ── until one of: the game is over · the participant is gone, or never came · the deadline · SIGTERM
      ├── _receive    one connection: hello, then messages → game → events
      │   └── _check_browser  pauses the game while the browser does not answer
      ├── _run_clock  moves the car while the game runs, sends frames
      ├── _keep_watch ends the game at the deadline, or when the participant is gone
      └── _keep_saving

A container costs money as long as it runs, so this server always ends. It listens only when the
game is ready: HIPPO Gym sends the participant as soon as the port answers. The server saves all
events before it sends `done` to the client, since the participant's next step may stop this task;
if the bucket does not answer, the server keeps trying, within limits.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

from . import controls, protocol
from .game import Event, Game, Phase
from .mountain import HEIGHT, WIDTH, Mountain
from .seat import Seat, send_and_close
from .settings import Settings
from .trial import Trial

log = logging.getLogger(__name__)

HELLO_SECONDS: Final = 20.0
WATCH_SECONDS: Final = 0.5
LONGEST_MESSAGE: Final = 16 * 1024
BEFORE_DONE_SECONDS: Final = 5.0
"""Longest delay of `done` while the bucket does not answer."""
AFTER_DONE_SECONDS: Final = 600.0
"""Longest time after `done` in which the server retries to save."""
TERMINATION_SECONDS: Final = 20.0
"""The same after SIGTERM: ECS kills a task 30 seconds after it (the default stopTimeout)."""
PING_SECONDS: Final = 1.0
"""Pause between two pings; browsers answer them without the page."""
SILENCE_SECONDS: Final = 2.0
"""Time without an answer to a ping after which the game pauses."""

GOING_AWAY, POLICY, FAULT = 1001, 1008, 1011
"""Close codes: RFC 6455, section 7.4.1."""
NO_HELLO: Final = "the first message must contain userId and projectId"
"""Reason of a close. At most 123 bytes: RFC 6455, section 5.5."""


class Ending(StrEnum):
    """Why the server exits."""

    GAME_OVER = "game over"
    PARTICIPANT_GONE = "participant gone"
    NO_PARTICIPANT = "nobody came"  # as records have it
    DEADLINE = "deadline"
    TERMINATED = "terminated"
    FAILED = "failed"


_ENDINGS_OF_THE_GAME: Final = (Ending.GAME_OVER, Ending.DEADLINE)
"""The server sends `done`; after any other ending the participant may return."""


class GameServer:
    """Serves one game to one participant, over one or more connections."""

    def __init__(
        self,
        settings: Settings,
        mountain: Mountain,
        game: Game,
        trial: Trial,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.settings = settings
        self.port: int | None = None
        """The port that the server listens on; None before `serve`."""
        self._mountain = mountain
        self._game = game
        self._trial = trial
        self._now = now
        self._seat = Seat(now)
        self._pace = controls.Pace(settings.frames_per_second)
        self._frame_id = 0
        self._ending: asyncio.Future[Ending] | None = None
        self._leaving: Ending | None = None
        self._hurry = asyncio.Event()
        self._done_received = asyncio.Event()

    async def serve(self) -> Ending:
        """Serve until there is a reason to exit; save what can be saved, and return the reason.

        Raises:
            OSError: the port is in use.
            Exception: any error that stops the clock: a server without a clock would run without
                end.
        """
        self._ending = asyncio.get_running_loop().create_future()
        self._mountain.picture()  # loads the drawing library before the port answers
        async with serve(
            self._receive,
            self.settings.address,
            self.settings.port,
            ssl=self.settings.tls,
            max_size=LONGEST_MESSAGE,
            compression=None,  # the library's window is too small to find what two frames share
            extensions=[ServerPerMessageDeflateFactory(server_max_window_bits=15)],
            # Close a silent connection within a minute; _check_browser pauses the game earlier. Not
            # sooner: clients before 2023 treat a closed socket as the end of the game.
            ping_interval=20,
            ping_timeout=20,
            close_timeout=3,
            logger=_logger(),
        ) as listener:
            self.port = next(iter(listener.sockets)).getsockname()[1]
            log.info("listening on %s:%d", self.settings.address, self.port)
            loops = (self._run_clock(), self._keep_watch(), self._keep_saving())
            tasks = [asyncio.create_task(loop) for loop in loops]
            try:
                reasons: list[asyncio.Future[Any]] = [self._ending, *tasks]
                await asyncio.wait(reasons, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    if task.done():
                        task.result()
            finally:
                for task in tasks:
                    task.cancel()
                self.finish(Ending.FAILED)  # unless there is another reason
                await self._leave(self._ending.result())
        return self._ending.result()

    def finish(self, ending: Ending) -> None:
        """End `serve`; the first reason wins, but SIGTERM always shortens the time to save."""
        if ending is Ending.TERMINATED:
            self._hurry.set()
        if self._ending is not None and not self._ending.done():
            self._ending.set_result(ending)

    # --- one connection ---

    async def _receive(self, connection: ServerConnection) -> None:
        """Serve one connection, from its hello to its close."""
        if not await self._admit(connection):
            return
        check = asyncio.create_task(self._check_browser(connection))
        try:
            await self._welcome(connection)
            async for text in connection:
                if not self._seat.is_held_by(connection):
                    break
                await self._take(text)
        except ConnectionClosed:
            pass  # the participant closed the browser
        finally:
            check.cancel()
            if self._seat.leave(connection):
                self._record({"event": "disconnected"}, *self._game.release(), *self._game.pause())

    async def _check_browser(self, connection: ServerConnection) -> None:
        """Pause the game while the browser does not answer.

        A stalled network closes no connection. The participant would not see the game, and a held
        key would continue to drive.
        """
        with contextlib.suppress(ConnectionClosed):
            while True:
                pong = asyncio.ensure_future(await connection.ping())
                _, unanswered = await asyncio.wait([pong], timeout=SILENCE_SECONDS)
                if unanswered and self._seat.is_held_by(connection):
                    self._record({"event": "silent"}, *self._game.pause())
                    await self._show()
                await pong
                await asyncio.sleep(PING_SECONDS)

    async def _admit(self, connection: ServerConnection) -> bool:
        """Read the hello; close the connection, with the reason, if it may not play."""
        try:
            hello = protocol.read_hello(await asyncio.wait_for(connection.recv(), HELLO_SECONDS))
        except protocol.ProtocolError as error:
            await send_and_close(connection, protocol.error_message(str(error)), POLICY, NO_HELLO)
        except (TimeoutError, ConnectionClosed):
            await connection.close(POLICY, NO_HELLO)
        else:
            if self._expects(hello) and self._leaving is None:
                return True
            await self._refuse(connection, hello)
        return False

    async def _refuse(self, connection: ServerConnection, hello: protocol.Hello) -> None:
        if not self._expects(hello):
            log.warning("refused a hello from another participant")
            fault = "this game server is for another participant"
            await send_and_close(connection, protocol.error_message(fault), POLICY, fault)
        elif self._leaving in _ENDINGS_OF_THE_GAME:
            if await send_and_close(connection, protocol.DONE):
                self._done_received.set()
        else:
            await connection.close(GOING_AWAY, f"the server leaves: {self._leaving}")

    def _expects(self, hello: protocol.Hello) -> bool:
        """Return whether the participant may play here. Ids are compared in lower case."""
        user_id, project_id = self.settings.user_id, self.settings.project_id
        return user_id in (None, hello.user_id.lower()) and project_id in (None, hello.project_id)

    async def _welcome(self, connection: ServerConnection) -> None:
        """Show the current game, paused: a participant who returns presses Start."""
        self._record({"event": "connected", "again": self._seat.was_taken}, *self._game.pause())
        self._seat.take(connection)
        await self._seat.send(protocol.welcome_message(controls.INSTRUCTIONS, width=WIDTH, height=HEIGHT))
        await self._show()

    async def _take(self, text: str | bytes) -> None:
        reading = protocol.read(text)
        for fault in reading.faults:
            self._record({"event": "fault", "fault": fault})
            await self._seat.send(protocol.error_message(fault))
        events: list[Event] = []
        for what in reading.inputs:
            events += controls.apply(what, self._game, self._pace, reading.frame_id)
        if not events:
            return
        self._record(*events)
        if self._game.phase is not Phase.RUNNING:  # a running game sends the next frame soon
            await self._show()
        self._end_if_over()

    # --- background tasks ---

    async def _run_clock(self) -> None:
        """Move the car and show it, at the current pace; late steps are not caught up."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + 1 / self._pace.frames_per_second, loop.time())
            await asyncio.sleep(due - loop.time())
            events = self._game.advance()
            if events:
                self._record(*events)
                await self._show()
                self._end_if_over()

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self.settings.end is not None and self._now() >= self.settings.end:
                self.finish(Ending.DEADLINE)
            elif self._seat.was_taken and self._seat.empty_for() >= self.settings.away:
                self.finish(Ending.PARTICIPANT_GONE)
            elif self._seat.empty_for() >= self.settings.arrival:
                self.finish(Ending.NO_PARTICIPANT)

    async def _keep_saving(self) -> None:
        while True:
            await asyncio.sleep(self.settings.save_every)
            await asyncio.to_thread(self._trial.save)

    def _record(self, *events: Event) -> None:
        """Record events, each with the id of the current frame."""
        self._trial.record(*({**event, "frame_id": self._frame_id} for event in events))

    async def _show(self) -> None:
        """Send the current state as the next frame, if the participant is connected."""
        if self._seat.is_taken:
            self._frame_id += 1
            figures = controls.display(self._game, self._pace)
            picture = self._mountain.picture()
            await self._seat.send(protocol.frame_message(picture, self._frame_id, figures, self._game.score))

    def _end_if_over(self) -> None:
        if self._game.phase is Phase.OVER:
            self.finish(Ending.GAME_OVER)

    # --- leaving ---

    async def _leave(self, ending: Ending) -> None:
        """Save all events and close the connection."""
        log.info("leaving: %s", ending)
        self._leaving = ending
        if ending in _ENDINGS_OF_THE_GAME:
            self._record(*self._game.stop(ending), {"event": "server_left", "reason": ending})
            await self._save_within(BEFORE_DONE_SECONDS)
            if await self._seat.close(protocol.DONE) or not self._seat.was_taken:
                self._done_received.set()
            saved, _ = await asyncio.gather(self._save_within(AFTER_DONE_SECONDS), self._wait_for_return())
        else:
            code = FAULT if ending is Ending.FAILED else GOING_AWAY
            await self._seat.close(None, code, f"the server leaves: {ending}")
            self._record({"event": "server_left", "reason": ending})
            hurried = ending in (Ending.TERMINATED, Ending.FAILED)
            saved = await self._save_within(TERMINATION_SECONDS if hurried else AFTER_DONE_SECONDS)
        if not saved:
            log.error("the last events could not be stored; they are in %s", self.settings.trials)

    async def _wait_for_return(self) -> None:
        """Wait for a participant without `done`: a new server would start the game again."""
        since = self._now()
        while not (self._done_received.is_set() or self._hurry.is_set()) and self._now() - since < self.settings.away:
            await self._wait(WATCH_SECONDS, self._done_received)

    async def _save_within(self, seconds: float) -> bool:
        """Retry until all events are stored or the time is up; SIGTERM shortens the time."""
        loop = asyncio.get_running_loop()
        give_up, pause, hurried = loop.time() + seconds, 0.5, False
        while not await asyncio.to_thread(self._trial.save):
            if self._hurry.is_set() and not hurried:
                hurried, give_up = True, min(give_up, loop.time() + TERMINATION_SECONDS)
            left = give_up - loop.time()
            if left <= 0:
                return False
            await (asyncio.sleep(min(pause, left)) if hurried else self._wait(min(pause, left)))
            pause = min(2 * pause, 10.0)
        return True

    async def _wait(self, seconds: float, *events: asyncio.Event) -> None:
        """Wait until the time is up, one of these events is set, or SIGTERM arrives."""
        waits = [asyncio.create_task(event.wait()) for event in (self._hurry, *events)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


def _logger() -> logging.Logger:
    """Return the library's logger, without the tracebacks of HIPPO Gym's port checks.

    HIPPO Gym opens and closes a connection to check the port; the library logs a failed handshake.
    """
    logger = logging.getLogger("websockets.server")
    logger.addFilter(_is_no_port_check)
    return logger


def _is_no_port_check(record: logging.LogRecord) -> bool:
    return record.msg != "opening handshake failed"
