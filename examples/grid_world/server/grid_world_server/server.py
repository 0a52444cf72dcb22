"""The WebSocket, the clock, and the reasons to exit.

    serve ── until one of: the game is over · the participant is gone · the deadline · SIGTERM
      ├── _receive    one connection's messages → game → recorder
      │   └── _check_browser  pauses the game while the browser does not answer
      ├── _run_clock  moves the robot while the game runs, sends frames
      └── _keep_watch writes events every few seconds, ends the game when the participant is gone

A container costs money as long as it runs, so this server always ends. It writes all events before
it sends `done` to the client: the participant's next step may stop this task.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from . import picture, protocol
from .game import Event, Game, Phase
from .recorder import Recorder
from .settings import Settings

log = logging.getLogger(__name__)

INSTRUCTIONS = (
    "Help the robot (blue) to reach the goal (orange).",
    "Press Start. The robot moves on its own.",
    "Press Good or Bad to judge the robot's last move.",
    "Press an arrow key or W A S D to choose its next move.",
    "Puddles cost points. Your help is limited: see the bar.",
)

HELLO_SECONDS = 20.0
FLUSH_SECONDS = 5.0
WATCH_SECONDS = 0.5
PING_SECONDS = 1.0
"""Pause between two pings; browsers answer them without the page."""
SILENCE_SECONDS = 2.0
"""Time without an answer to a ping after which the game pauses."""
LONGEST_MESSAGE = 16 * 1024
FASTEST = 10
"""Highest number of moves per second."""

# Close codes: RFC 6455, section 7.4.1; applications may define 4000 and above.
GOING_AWAY, POLICY, FAULT, OPENED_ELSEWHERE = 1001, 1008, 1011, 4000


class Ending(StrEnum):
    """Why the server exits."""

    GAME_OVER = "game over"
    PARTICIPANT_GONE = "participant gone"
    DEADLINE = "deadline"
    TERMINATED = "terminated"
    FAILED = "failed"


class GameServer:
    """Serves one game to one participant, over one or more connections."""

    def __init__(
        self,
        settings: Settings,
        game: Game,
        recorder: Recorder,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.settings = settings
        self.game = game
        self.recorder = recorder
        self.now = now
        self.port: int | None = None
        """The port that the server listens on; None before `serve`."""
        self._connection: ServerConnection | None = None
        self._last_seen: datetime | None = None
        self._frame_id = 0
        self._moves_per_second = settings.moves_per_second
        self._ending: asyncio.Future[Ending] | None = None

    async def serve(self) -> Ending:
        """Serve until there is a reason to exit; write all events, and return the reason.

        Raises:
            OSError: the port is in use.
            Exception: any error that stops the clock: a server without a clock would run without
                end.
        """
        self._ending = asyncio.get_running_loop().create_future()
        async with serve(
            self._receive,
            self.settings.address,
            self.settings.port,
            ssl=self.settings.tls,
            max_size=LONGEST_MESSAGE,
            # Close a silent connection within a minute; _check_browser pauses the game earlier. Not
            # sooner: clients before 2023 treat a closed socket as the end of the game.
            ping_interval=20,
            ping_timeout=20,
            logger=_logger(),
        ) as listener:
            self.port = next(iter(listener.sockets)).getsockname()[1]
            log.info("listening on %s:%d", self.settings.address, self.port)
            tasks = [asyncio.create_task(self._run_clock()), asyncio.create_task(self._keep_watch())]
            try:
                reasons: list[asyncio.Future[Any]] = [self._ending, *tasks]
                await asyncio.wait(reasons, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    if task.done():
                        task.result()
            finally:
                for task in tasks:
                    task.cancel()
                ending = self._ending.result() if self._ending.done() else Ending.FAILED
                await self._leave(ending)
        return ending

    def finish(self, ending: Ending) -> None:
        """End `serve`; the first reason wins."""
        if self._ending and not self._ending.done():
            self._ending.set_result(ending)

    async def _receive(self, connection: ServerConnection) -> None:
        """Serve one connection, from its hello to its close."""
        try:
            hello = protocol.read_hello(await asyncio.wait_for(connection.recv(), HELLO_SECONDS))
        except (TimeoutError, ConnectionClosed, protocol.ProtocolError) as error:
            log.info("a connection without a hello: %s", type(error).__name__)
            await connection.close(POLICY, "the first message must contain userId and projectId")
            return
        if not self._expects(hello):
            log.warning("refused a hello from another participant")
            await connection.close(POLICY, "this server is for another participant")
            return
        check = asyncio.create_task(self._check_browser(connection))
        try:
            await self._welcome(connection)
            async for text in connection:
                self._last_seen = self.now()
                await self._take(text)
        except ConnectionClosed:
            pass  # the participant closed the browser
        finally:
            check.cancel()
            self._disconnected(connection)

    async def _check_browser(self, connection: ServerConnection) -> None:
        """Pause the game while the browser does not answer to pings."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                pong = asyncio.ensure_future(await connection.ping())
                _, unanswered = await asyncio.wait([pong], timeout=SILENCE_SECONDS)
                if unanswered and connection is self._connection:
                    await self._process(self.game.pause())
                await pong
                await asyncio.sleep(PING_SECONDS)

    def _expects(self, hello: protocol.Hello) -> bool:
        """Return whether the participant may play here. Ids are compared in lower case."""
        user_id, project_id = self.settings.user_id, self.settings.project_id
        return hello.user_id.lower() == (user_id or hello.user_id.lower()) and hello.project_id == (
            project_id or hello.project_id
        )

    async def _welcome(self, connection: ServerConnection) -> None:
        earlier, self._connection = self._connection, connection
        self._last_seen = self.now()
        self.recorder.record({"event": "connected", "again": self._frame_id > 0})
        if earlier:
            await earlier.close(OPENED_ELSEWHERE, "the game was opened in another window")
        width, height = picture.size(self.game.grid)
        await self._send(protocol.welcome_message(INSTRUCTIONS, width=width, height=height))
        await self._show()

    def _disconnected(self, connection: ServerConnection) -> None:
        """Record that a connection ended. If it was the current one, pause the game."""
        if connection is not self._connection:
            return
        self._connection = None
        self._last_seen = self.now()
        self.recorder.record({"event": "disconnected"}, *self.game.pause())

    async def _take(self, text: str | bytes) -> None:
        try:
            inputs = protocol.read_inputs(text)
        except protocol.ProtocolError as error:
            self.recorder.record({"event": "unreadable_message", "reason": str(error)})
            return
        events = [event for what in inputs for event in self._apply(what)]
        await self._process(events)

    def _apply(self, what: protocol.Input) -> list[Event]:
        match what:
            case protocol.Press(direction):
                return self.game.press(direction)
            case protocol.Release(direction):
                return self.game.release(direction)
            case protocol.FrameRate(change):
                return self._change_speed(change)
            case protocol.Command(name):
                commands = {
                    "start": self.game.start,
                    "pause": self.game.pause,
                    "reset": self.game.reset,
                    "stop": self.game.stop,
                    "good": self.game.praise,
                    "bad": self.game.blame,
                }
                return commands[name]()

    def _change_speed(self, change: str | int) -> list[Event]:
        steps = {"faster": 1, "slower": -1}
        wanted = change if isinstance(change, int) else self._moves_per_second + steps[change]
        wanted = max(1, min(FASTEST, wanted))
        if wanted == self._moves_per_second:
            return []
        self._moves_per_second = wanted
        return [{"event": "speed_changed", "moves_per_second": self._moves_per_second}]

    async def _process(self, events: list[Event]) -> None:
        """Record events, show the new state, and finish if the game is over."""
        if not events:
            return
        # The frame that was on the screen during the event.
        self.recorder.record(*({**event, "frame_id": self._frame_id} for event in events))
        await self._show()
        if self.game.phase is Phase.OVER:
            self.finish(Ending.GAME_OVER)

    async def _show(self) -> None:
        self._frame_id += 1
        game = self.game
        display: dict[str, str | int] = {
            "Game": game.phase,
            "Round": f"{min(game.episode, game.rules.episodes)} of {game.rules.episodes}",
            "Steps": game.moves,
            "Score": game.score,
            "Robot at": f"row {game.cell.row + 1}, column {game.cell.column + 1}",
        }
        await self._send(
            protocol.frame_message(
                picture.draw(game.grid, game.cell),
                self._frame_id,
                display,
                input_budget=game.rules.help_budget,
                used_input_budget=game.help_used,
            )
        )

    async def _send(self, text: str) -> None:
        """Send to the participant, if connected."""
        if self._connection is None:
            return
        with contextlib.suppress(ConnectionClosed):  # `_receive` handles the closed connection
            await self._connection.send(text)

    async def _run_clock(self) -> None:
        while True:
            await asyncio.sleep(1 / self._moves_per_second)
            await self._process(self.game.advance())

    async def _keep_watch(self) -> None:
        next_flush = FLUSH_SECONDS
        waited = 0.0
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            waited += WATCH_SECONDS
            if waited >= next_flush:
                next_flush = waited + FLUSH_SECONDS
                await self._flush()
            if self.settings.deadline and self.now() >= self.settings.deadline:
                self.finish(Ending.DEADLINE)
            # Before the first connection, the participant reads the pages before the game.
            gone = self._connection is None and self._last_seen is not None
            if gone and self._last_seen and self.now() - self._last_seen >= self.settings.away:
                self.finish(Ending.PARTICIPANT_GONE)

    async def _flush(self) -> bool:
        return await asyncio.to_thread(self.recorder.flush)

    async def _leave(self, ending: Ending) -> None:
        """Write all events, then close the connection."""
        log.info("leaving: %s", ending)
        self.recorder.record({"event": "server_left", "reason": ending})
        for pause in (1, 2, 4):
            if await self._flush():
                break
            await asyncio.sleep(pause)
        else:
            log.error("the last events could not be written and are lost")
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if ending in (Ending.TERMINATED, Ending.FAILED):
            await connection.close(GOING_AWAY if ending is Ending.TERMINATED else FAULT, f"the server {ending}")
            return
        with contextlib.suppress(ConnectionClosed):
            await connection.send(protocol.DONE)
            await connection.close()


def _logger() -> logging.Logger:
    """Return the library's logger, without the tracebacks of HIPPO Gym's port checks.

    HIPPO Gym opens and closes a connection to check the port; the library logs a failed handshake.
    """
    logger = logging.getLogger("websockets.server")
    logger.addFilter(_is_no_port_check)
    return logger


def _is_no_port_check(record: logging.LogRecord) -> bool:
    return record.msg != "opening handshake failed"
