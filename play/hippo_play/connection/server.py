"""The WebSocket, the clock, and the reasons to exit.

    serve ── until one of: the game is over · the participant is gone, or never came · the deadline · SIGTERM
      ├── _receive    one connection: hello, then messages → play → events
      │   ├── Client.run      sends texts, and the newest frame
      │   └── _check_browser  pauses the game while the browser does not answer
      ├── _run_clock  steps the environment while the game runs
      ├── _keep_watch ends the game at the deadline, or when the participant is gone
      └── _keep_saving

A container costs money as long as it runs, so this server always ends. It listens only when the
game is ready: HIPPO Gym sends the participant as soon as the port answers. The server saves all
events before it sends `done` to the page, since the participant's next step may stop this task;
if the bucket does not answer, the server keeps trying, within limits.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from websockets.asyncio.server import Server, ServerConnection
from websockets.exceptions import ConnectionClosed

from .. import tls
from ..blocks import Table
from ..play import Event
from ..recording import Progress, Record
from ..settings import Settings
from . import admission, messages, path, protocol
from .client import Client, send_and_close
from .leaving import AFTER_DONE_SECONDS, TERMINATION_SECONDS, Ending, Leaving
from .listening import Receive, listen, port_of
from .seat import Seat
from .session import Session

log = logging.getLogger(__name__)

HELLO_SECONDS: Final = 20.0
WATCH_SECONDS: Final = 0.5
BEFORE_DONE_SECONDS: Final = 5.0
"""Longest delay of `done` while the bucket does not answer."""
PING_SECONDS: Final = 1.0
"""Pause between two pings; browsers answer them without the page."""
SILENCE_SECONDS: Final = 2.0
"""Time without an answer to a ping after which the game pauses."""
POLICY_SECONDS: Final = 2.0
"""Longest time for the policy's last learning, before the record is saved."""

GOING_AWAY, POLICY, FAULT = 1001, 1008, 1011
"""Close codes: RFC 6455, section 7.4.1."""
NO_HELLO: Final = "the first message must contain userId and projectId"
"""Reason of a close. At most 123 bytes: RFC 6455, section 5.5."""

HandOver = Callable[[Receive], AbstractAsyncContextManager[Server]]
"""Returns a listener whose connections a function serves."""

_MILESTONES: Final = frozenset({"episode_started", "episode_finished", "game_over", "block_started"})

_ENDINGS_OF_THE_GAME: Final = (Ending.GAME_OVER, Ending.DEADLINE)
"""The server sends `done`; after any other ending the participant may return."""


class GameServer:
    """Serves the blocks of one study to one participant, over one or more connections."""

    def __init__(
        self,
        settings: Settings,
        tables: Sequence[Table],
        record: Record,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        progress_key: str | None = None,
    ) -> None:
        """Make a server.

        now: the time of day. Everything shorter is measured by the event loop's clock.
        progress_key: under which the participant's progress is stored; None: it is not.
        """
        self.settings = settings
        self.port: int | None = None
        """The port that the server listens on; None before `serve`."""
        self._tables = tables
        self._record = record
        self._progress_key = progress_key
        self._now = now
        self._seat = Seat(now)
        self._ending: asyncio.Future[Ending] | None = None
        self._fault: BaseException | None = None
        self._left: Ending | None = None
        self._between = False
        """A block is over, and the next one has not begun."""
        self._step: str | None = None  # of the latest connection's page, if it names one
        self._finished_step: str | None = None  # of the block that ended last: a page there gets no other
        self._done_received = asyncio.Event()
        self._moved = asyncio.Event()
        """The participant did something that may start the clock."""
        self._leaving = Leaving(record, now)
        self._finishing: asyncio.Task[None] | None = None
        self.session = Session(tables, lambda: asyncio.get_running_loop().time())

    def resume(self, progress: Progress) -> str | None:
        """Go on where an earlier server was; return why not, if that is impossible."""
        reason = self.session.resume(progress)
        if reason is None:
            self._finished_step = progress.step
        return reason

    async def serve(
        self, ready: Callable[[int], None] = lambda port: None, hand_over: HandOver | None = None
    ) -> Ending:
        """Serve until there is a reason to exit; save what can be saved, and return the reason.

        ready: called with the port once the server listens. hand_over: a warm server's own listener.

        Raises:
            OSError: the port is in use.
            Exception: any error of the game or its policy: a server without a clock would run
                without end.
        """
        self._ending = asyncio.get_running_loop().create_future()
        self.session.table.world.picture()  # loads the drawing library before the port answers
        check = path.check(self.settings, self._now)
        async with (hand_over or partial(listen, self.settings, before=check))(self._receive) as listener:
            self.port = port_of(listener)
            log.info("listening on %s:%d", self.settings.address, self.port)
            ready(self.port)
            renewal = tls.keep_current(self.settings.tls, self.settings.tls_files)
            loops = (self._run_clock(), self._keep_watch(), self._keep_saving(), renewal)
            tasks = [asyncio.create_task(loop) for loop in loops]
            for task in tasks:
                task.add_done_callback(self._ended)
            try:
                await self._ending
            finally:
                for task in tasks:
                    task.cancel()
                self.finish(Ending.FAILED)  # unless there is another reason
                await self._leave(self._ending.result())
        if self._fault is not None:
            raise self._fault
        return self._ending.result()

    def finish(self, ending: Ending) -> None:
        """End `serve`; the first reason wins, but SIGTERM always shortens the time to save."""
        if ending is Ending.TERMINATED:
            self._leaving.hurry.set()
        if self._ending is not None and not self._ending.done():
            self._ending.set_result(ending)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        """A task ended; with an error, so does the server."""
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._fail(fault)

    def _fail(self, fault: BaseException) -> None:
        self._fault = self._fault or fault
        self.finish(Ending.FAILED)

    # --- one connection ---

    async def _receive(self, connection: ServerConnection) -> None:
        """Serve one connection, from its hello to its close."""
        hello = await self._admit(connection)
        if hello is None:
            return
        client = Client(connection, hello.speaks, self.session.frame)
        sender, check = asyncio.create_task(client.run()), asyncio.create_task(self._check_browser(client))
        sender.add_done_callback(self._ended)
        try:
            self._welcome(client, hello.step)
            async for text in connection:
                if self._seat.is_held_by(client):  # a return would close before the last text is sent
                    self._take(text)
        except ConnectionClosed:
            pass  # the participant closed the browser
        finally:
            sender.cancel()
            check.cancel()
            if self._seat.leave(client):
                self._add({"event": "disconnected"}, *self.session.release(), *self.session.pause())

    async def _check_browser(self, client: Client) -> None:
        """Pause the game while the browser does not answer.

        A stalled network closes no connection. The participant would not see the game, and a held
        key would continue to act.
        """
        with contextlib.suppress(ConnectionClosed):
            while True:
                pong = asyncio.ensure_future(await client.connection.ping())
                _, unanswered = await asyncio.wait([pong], timeout=SILENCE_SECONDS)
                if unanswered and self._seat.is_held_by(client):
                    self._add({"event": "silent"}, *self.session.pause())
                    self._seat.show()
                await pong
                await asyncio.sleep(PING_SECONDS)

    async def _admit(self, connection: ServerConnection) -> protocol.Hello | None:
        """Read the hello; close the connection, with the reason, if it may not play."""
        try:
            hello = protocol.read_hello(await asyncio.wait_for(connection.recv(), HELLO_SECONDS))
        except protocol.ProtocolError as error:
            await send_and_close(connection, messages.error_message(str(error)), POLICY, NO_HELLO)
            return None
        except (TimeoutError, ConnectionClosed):
            await connection.close(POLICY, NO_HELLO)
            return None
        if not admission.admits(self.settings, hello):
            log.warning("refused a hello from another participant")
            await send_and_close(connection, messages.error_message(admission.REFUSED), POLICY, admission.REFUSED)
        elif self._is_over_for(hello):
            if await send_and_close(connection, messages.DONE):
                self._done_received.set()
        elif self._left is not None:
            await connection.close(GOING_AWAY, f"the server leaves: {self._left}")
        else:
            return hello
        return None

    def _is_over_for(self, hello: protocol.Hello) -> bool:
        is_old = hello.step is not None and hello.step == self._finished_step
        return is_old or self._left in _ENDINGS_OF_THE_GAME or (self._between and not self._done_received.is_set())

    def _welcome(self, client: Client, step: str | None) -> None:
        """Show the current game, paused: a participant who returns presses Start."""
        if self._between:
            self._begin_next_block()
        self._step = step
        spoken = {"speaks": sorted(client.speaks)} if client.speaks else {}
        self._add({"event": "connected", "again": self._seat.was_taken, **spoken}, *self.session.pause())
        self._seat.take(client)
        client.say(self.session.welcome(client.speaks))
        client.show()
        self._end_if_over()  # an earlier server ended the game, and its `done` was not received

    def _take(self, text: str | bytes) -> None:
        try:
            events, faults = self.session.take(text)
        except Exception as fault:
            self._fail(fault)  # of the game: without it the server would serve nothing
            raise
        for found in faults:
            self._add({"event": "fault", "fault": found})
            self._seat.say(messages.error_message(found))
        if not events:
            return
        self._add(*events)
        self._moved.set()
        if not self.session.runs_by_clock:
            self._seat.show()  # otherwise the next frame follows soon
        self._end_if_over()

    # --- background tasks ---

    async def _run_clock(self) -> None:
        """Step the environment and show it, at the current pace; late steps are not caught up."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            if not self.session.runs_by_clock:
                self._moved.clear()
                await self._moved.wait()
                due = loop.time()
                continue
            due = max(due + 1 / self.session.frames_per_second, loop.time())
            await asyncio.sleep(due - loop.time())
            self._happened(self.session.advance())

    def _happened(self, events: list[Event]) -> None:
        if events:
            self._add(*events)
            self._seat.show()
            self._end_if_over()

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self._happened(self.session.check_time())
            if self.settings.end is not None and self._now() >= self.settings.end:
                self.finish(Ending.DEADLINE)
            elif self._seat.was_taken and self._seat.empty_for() >= self.settings.away:
                self.finish(Ending.PARTICIPANT_GONE)
            elif self._seat.empty_for() >= self.settings.arrival:
                self.finish(Ending.NO_PARTICIPANT)

    async def _keep_saving(self) -> None:
        while True:
            await asyncio.sleep(self.settings.save_every)
            await asyncio.to_thread(self._record.save)

    def _add(self, *events: Event) -> None:
        """Record events, each with the id of the current frame, and its block if there are several."""
        block = {"block": self.session.table.game.name} if len(self._tables) > 1 else {}
        self._record.record(*({**event, **block, "frame_id": self.session.frame_id} for event in events))
        happened = {event["event"]: event for event in events}
        if "episode_finished" in happened:
            self._checkpoint(f"episode-{happened['episode_finished']['episode']:05}")
        if self._progress_key and happened.keys() & _MILESTONES:
            step = self._step if self.session.is_over else self._finished_step
            self._record.note(self._progress_key, replace(self.session.progress(), step=step).as_json())

    def _checkpoint(self, name: str) -> None:
        """Store what the policy has learned, with the record."""
        actor = self.session.table.actor
        if actor is not None:
            folder = self._record.checkpoint(f"policy-{self.session.table.game.name}-{name}")
            actor.save(folder, lambda: self._record.keep(folder))

    # --- the end of a block, and of the server ---

    def _end_if_over(self) -> None:
        if not self.session.is_over or self._between:
            return
        if self.session.has_next_block:
            self._between = True
            self._finished_step = self._step
            self._done_received.clear()
            self._finishing = asyncio.create_task(self._finish_block())
            self._finishing.add_done_callback(self._ended)
        else:
            self.finish(Ending.GAME_OVER)

    async def _finish_block(self) -> None:
        """Save, send `done`, and wait for the participant's next game step."""
        await self._leaving.save_within(BEFORE_DONE_SECONDS)
        if await self._seat.close(messages.DONE):
            self._done_received.set()
        self._seat.wait_again()

    def _begin_next_block(self) -> None:
        self._between = False
        self._done_received.clear()
        self.session.next_block()
        self._add({"event": "block_started", "seed": self.session.table.seed})

    async def _leave(self, ending: Ending) -> None:
        """Save all events and close the connection."""
        log.info("leaving: %s", ending)
        self._left = ending
        await self._finish_policy()
        if ending in _ENDINGS_OF_THE_GAME:
            self._add(*self.session.stop(ending), {"event": "server_left", "reason": ending})
            await self._leaving.save_within(BEFORE_DONE_SECONDS)
            if await self._seat.close(messages.DONE) or not self._seat.was_taken:
                self._done_received.set()
            saved, _ = await asyncio.gather(
                self._leaving.save_within(AFTER_DONE_SECONDS),
                self._leaving.wait_until(self._done_received, self.settings.away, WATCH_SECONDS),
            )
        else:
            code = FAULT if ending is Ending.FAILED else GOING_AWAY
            await self._seat.close(None, code, f"the server leaves: {ending}")
            self._add({"event": "server_left", "reason": ending})
            hurried = ending in (Ending.TERMINATED, Ending.FAILED)
            saved = await self._leaving.save_within(TERMINATION_SECONDS if hurried else AFTER_DONE_SECONDS)
        if not saved:
            log.error("the last events could not be stored; they are in %s", self.settings.trials)

    async def _finish_policy(self) -> None:
        """Give the policy a moment to learn from the last steps, and store what it has learned."""
        actor = self.session.table.actor
        if actor is not None:
            self._checkpoint("last")
            await asyncio.to_thread(actor.wait, POLICY_SECONDS)
