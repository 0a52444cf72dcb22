"""The WebSocket, the clock, and when to leave.

    serve ── until one of: the game is over · the participant is gone, or never came · the deadline · SIGTERM
      ├── _receive    one connection: hello, then messages → game → record
      │   └── _keep_touch  does the browser still answer?
      ├── _run_clock  moves the car while the game runs, sends frames
      ├── _keep_watch is anybody still there, is there still time?
      └── _keep_saving

A container bills for as long as it runs, so this one always has a reason to end. It listens only once everything is
made that the game needs: HIPPO Gym sends the participant here as soon as the port answers. The record is saved before
the client is told `done`, since the participant's next step may stop this task; and if the bucket does not answer then,
the server stays until it does, within limits.
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
from .seat import Seat, part
from .settings import Settings
from .trial import Trial

log = logging.getLogger(__name__)

HELLO_SECONDS: Final = 20.0
WATCH_SECONDS: Final = 0.5
LONGEST_MESSAGE: Final = 16 * 1024
BEFORE_DONE_SECONDS: Final = 5.0
"""How long the participant is kept from going on while the bucket does not answer."""
AFTER_DONE_SECONDS: Final = 600.0
"""How long the server then stays, trying."""
TERMINATION_SECONDS: Final = 20.0
"""The same after SIGTERM: ECS kills a task 30 seconds after it (the default stopTimeout)."""
TOUCH_SECONDS: Final = 1.0
"""How often the browser is asked whether it is there, which it answers by itself."""
SILENCE_SECONDS: Final = 2.0
"""How long it may leave that unanswered before the game pauses."""

GOING_AWAY, POLICY, FAULT = 1001, 1008, 1011
"""Close codes: RFC 6455, section 7.4.1."""


class Ending(StrEnum):
    """Why the server leaves."""

    GAME_OVER = "game over"
    PARTICIPANT_GONE = "participant gone"
    NOBODY_CAME = "nobody came"
    DEADLINE = "deadline"
    TERMINATED = "terminated"
    FAILED = "failed"


_ENDINGS_OF_THE_GAME: Final = (Ending.GAME_OVER, Ending.DEADLINE)
"""The participant is told `done`, and goes on to the study's next step; in any other case they may come back."""


class GameServer:
    """Serves one game to one participant, over as many connections as their browser needs."""

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
        """The port that is listened on, once it is."""
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
        self._told_done = asyncio.Event()

    async def serve(self) -> Ending:
        """Serve until there is a reason to leave; returns it, with everything saved that can be.

        Raises:
            OSError: the port is taken.
            Exception: whatever fault of ours stops the clock: a server without one would stay for ever.
        """
        self._ending = asyncio.get_running_loop().create_future()
        self._mountain.picture()  # the first picture makes the drawing library load; then it can be played
        async with serve(
            self._receive,
            self.settings.address,
            self.settings.port,
            ssl=self.settings.tls,
            max_size=LONGEST_MESSAGE,
            compression=None,  # the library's own has a window too small to see what two frames have in common
            extensions=[ServerPerMessageDeflateFactory(server_max_window_bits=15)],
            # A silent connection is given up within a minute, when the game has long paused (_keep_touch). Not sooner:
            # for clients to 2023 a closed socket is the end of the game.
            ping_interval=20,
            ping_timeout=20,
            close_timeout=3,
            logger=_logger(),
        ) as listener:
            self.port = next(iter(listener.sockets)).getsockname()[1]
            log.info("listening on %s:%d", self.settings.address, self.port)
            duties = (self._run_clock(), self._keep_watch(), self._keep_saving())
            tasks = [asyncio.create_task(duty) for duty in duties]
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
        """Ask `serve` to end; the first reason stands, but SIGTERM always hurries."""
        if ending is Ending.TERMINATED:
            self._hurry.set()
        if self._ending is not None and not self._ending.done():
            self._ending.set_result(ending)

    # --- one connection ---

    async def _receive(self, connection: ServerConnection) -> None:
        """Serve one connection, from its hello to its close."""
        if not await self._admit(connection):
            return
        touch = asyncio.create_task(self._keep_touch(connection))
        try:
            await self._welcome(connection)
            async for text in connection:
                if not self._seat.is_held_by(connection):
                    break
                await self._take(text)
        except ConnectionClosed:
            pass  # a closed browser is an ordinary way to go
        finally:
            touch.cancel()
            if self._seat.leave(connection):
                self._record({"event": "disconnected"}, *self._game.release(), *self._game.pause())

    async def _keep_touch(self, connection: ServerConnection) -> None:
        """Pause the game while the browser does not answer.

        A network that stalls closes nothing. What the game does meanwhile nobody sees, and a key that was held when it
        began would go on driving.
        """
        with contextlib.suppress(ConnectionClosed):
            while True:
                pong = asyncio.ensure_future(await connection.ping())
                _, unanswered = await asyncio.wait([pong], timeout=SILENCE_SECONDS)
                if unanswered and self._seat.is_held_by(connection):
                    self._record({"event": "silent"}, *self._game.pause())
                    await self._show()
                await pong
                await asyncio.sleep(TOUCH_SECONDS)

    async def _admit(self, connection: ServerConnection) -> bool:
        """Hear who is there; whoever cannot play here is told so, and the connection is closed."""
        try:
            hello = protocol.read_hello(await asyncio.wait_for(connection.recv(), HELLO_SECONDS))
        except protocol.ProtocolError as error:
            await part(connection, protocol.error_message(str(error)), POLICY, "say who you are first")
        except (TimeoutError, ConnectionClosed):
            await connection.close(POLICY, "say who you are first")
        else:
            if self._expects(hello) and self._leaving is None:
                return True
            await self._turn_away(connection, hello)
        return False

    async def _turn_away(self, connection: ServerConnection, hello: protocol.Hello) -> None:
        if not self._expects(hello):
            log.warning("somebody else was turned away")
            fault = "this game server is another participant's"
            await part(connection, protocol.error_message(fault), POLICY, fault)
        elif self._leaving in _ENDINGS_OF_THE_GAME:
            if await part(connection, protocol.DONE):
                self._told_done.set()
        else:
            await connection.close(GOING_AWAY, f"the server leaves: {self._leaving}")

    def _expects(self, hello: protocol.Hello) -> bool:
        """Whether this server is for that participant. Ids are compared in lower case, as HIPPO Gym does."""
        user_id, project_id = self.settings.user_id, self.settings.project_id
        return user_id in (None, hello.user_id.lower()) and project_id in (None, hello.project_id)

    async def _welcome(self, connection: ServerConnection) -> None:
        """Show the game as it stands. Whoever comes back finds it paused, and presses Start."""
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
        if self._game.phase is not Phase.RUNNING:  # while it runs, the next frame comes at once anyway
            await self._show()
        self._end_if_over()

    # --- what goes on beside ---

    async def _run_clock(self) -> None:
        """Move the car and show it, at the pace that is set; a step that comes late is not made up for."""
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
                self.finish(Ending.NOBODY_CAME)

    async def _keep_saving(self) -> None:
        while True:
            await asyncio.sleep(self.settings.save_every)
            await asyncio.to_thread(self._trial.save)

    def _record(self, *events: Event) -> None:
        """Record events, each with the frame that was on the screen when it happened."""
        self._trial.record(*({**event, "frame_id": self._frame_id} for event in events))

    async def _show(self) -> None:
        """Send the game as it stands, as the next frame, if anybody is there."""
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
        """Save the record and say goodbye."""
        log.info("leaving: %s", ending)
        self._leaving = ending
        if ending in _ENDINGS_OF_THE_GAME:
            self._record(*self._game.stop(ending), {"event": "server_left", "reason": ending})
            await self._save_within(BEFORE_DONE_SECONDS)
            if await self._seat.say_goodbye(protocol.DONE) or not self._seat.was_taken:
                self._told_done.set()
            saved, _ = await asyncio.gather(self._save_within(AFTER_DONE_SECONDS), self._wait_for_return())
        else:
            code = FAULT if ending is Ending.FAILED else GOING_AWAY
            await self._seat.say_goodbye(None, code, f"the server leaves: {ending}")
            self._record({"event": "server_left", "reason": ending})
            hurried = ending in (Ending.TERMINATED, Ending.FAILED)
            saved = await self._save_within(TERMINATION_SECONDS if hurried else AFTER_DONE_SECONDS)
        if not saved:
            log.error("what was recorded last could not be stored; it is left in %s", self.settings.trials)

    async def _wait_for_return(self) -> None:
        """Stay a while for whoever has not heard `done`: another server would have them play all of it again."""
        since = self._now()
        while not (self._told_done.is_set() or self._hurry.is_set()) and self._now() - since < self.settings.away:
            await self._wait(WATCH_SECONDS, self._told_done)

    async def _save_within(self, seconds: float) -> bool:
        """Save, again and again until all is stored or time is up; after SIGTERM there is less of it."""
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
        """Wait for so long, or until one of these events or SIGTERM comes."""
        waits = [asyncio.create_task(event.wait()) for event in (self._hurry, *events)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


def _logger() -> logging.Logger:
    """The library's logger, without the tracebacks of HIPPO Gym's knocks.

    It opens and closes the port to see whether it answers; the library takes that for a broken handshake.
    """
    logger = logging.getLogger("websockets.server")
    logger.addFilter(_is_no_knock)
    return logger


def _is_no_knock(record: logging.LogRecord) -> bool:
    return record.msg != "opening handshake failed"
