"""A server in this process, on a free loopback port, with its record in memory; and its pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from hippo_play import Game
from hippo_play.blocks import Block, prepare
from hippo_play.connection.leaving import Ending
from hippo_play.connection.server import GameServer
from hippo_play.play import Play
from hippo_play.policies import ThreadActor
from hippo_play.recording import Record
from hippo_play.settings import Settings
from tests.unit.play.rail import rail
from tests.unit.play.virtual_time import VirtualLoop

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WHO = {"userId": "U1", "projectId": "rail"}
OLD_HELLO = {**WHO, "frameCount": 0, "frameId": 0}
NEW_HELLO = {"action": "start", **WHO, "sendTo": "backend"}
SPEAKING_HELLO = {**NEW_HELLO, "speaks": ["keys", "inputs", "binary"]}

Message = dict[str, Any]


def fast(**given: Any) -> Game:
    """Return a game of one episode with five steps."""
    return rail(5, **{"fps": 60, "episodes": 1} | given)


@dataclass
class Bucket:
    """A projects bucket in memory that can refuse."""

    parts: dict[str, bytes] = field(default_factory=dict)
    fails: bool = False

    def put(self, key: str, content: bytes) -> None:
        if self.fails:
            raise ConnectionError("the bucket does not answer")
        self.parts[key] = content

    def get(self, key: str) -> bytes | None:
        if self.fails:
            raise ConnectionError("the bucket does not answer")
        return self.parts.get(key)

    @property
    def events(self) -> list[Message]:
        text = b"".join(self.parts[key] for key in sorted(self.parts) if key.endswith(".jsonl")).decode()
        return [json.loads(line) for line in text.splitlines()]

    def named(self, name: str) -> list[Message]:
        return [event for event in self.events if event["event"] == name]


@dataclass
class Day:
    """The time of day: the loop's time, and what a test adds to it."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return NOON + self.ahead + timedelta(seconds=asyncio.get_running_loop().time())


@dataclass
class Served:
    """A server that listens."""

    server: GameServer
    bucket: Bucket
    day: Day
    ending: asyncio.Task[Ending]

    @property
    def play(self) -> Play:
        return self.server.session.play

    def connect(self) -> connect:
        return connect(f"ws://127.0.0.1:{self.server.port}", proxy=None, ping_interval=None)

    @asynccontextmanager
    async def player(self, hello: Message = OLD_HELLO) -> AsyncIterator[ClientConnection]:
        """Connect a page that has sent its hello and received the first frame."""
        async with self.connect() as connection:
            await send(connection, **hello)
            await receive(connection, is_frame)
            yield connection

    async def leaves(self) -> Ending:
        return await asyncio.wait_for(asyncio.shield(self.ending), 1200)


@asynccontextmanager
async def serving(
    folder: Path,
    *games: Game,
    bucket: Bucket | None = None,
    progress: str | None = None,
    variables: Mapping[str, str] = MappingProxyType({}),
    **environment: str,
) -> AsyncIterator[Served]:
    """Run a server with these games and variables until the block ends."""
    given = {"HIPPO_LISTEN_ADDRESS": "127.0.0.1", "PORT": "0", "HIPPO_PROJECT_ID": "rail", "HIPPO_USER_ID": "u1"}
    settings = Settings.from_environment(given | dict(variables) | environment)
    blocks = [Block(game, folder) for game in games or [rail()]]
    tables = prepare(blocks, settings.conditions, project_id="rail", participant="u1")
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.workers += [partial(_works, table.actor) for table in tables if table.actor is not None]
    bucket, day = bucket or Bucket(), Day()
    record = Record(folder, "rail/Trials/u1/session", bucket, clock=day.now)
    server = GameServer(settings, tables, record, now=day.now, progress_key=progress)
    listens = asyncio.Event()
    ending = asyncio.create_task(server.serve(lambda port: listens.set()))
    await asyncio.wait([asyncio.create_task(listens.wait()), ending], return_when=asyncio.FIRST_COMPLETED)
    served = Served(server, bucket, day, ending)
    try:
        yield served
    finally:
        bucket.fails = False
        server.finish(Ending.TERMINATED)
        if not served.ending.done():
            await served.leaves()
        for table in tables:
            table.close()


def _works(actor: ThreadActor) -> bool:
    return not actor.wait(0)


async def send(connection: ClientConnection, **message: Any) -> None:
    await connection.send(json.dumps(message))


def decoded(message: str | bytes) -> Message:
    """Return a message; a binary frame as its id and picture."""
    if isinstance(message, bytes):
        return {"frame": message[4:], "frameId": int.from_bytes(message[:4], "big")}
    found: Message = json.loads(message)
    return found


async def receive(connection: ClientConnection, wanted: Callable[[Message], bool]) -> Message:
    """Return the next message that `wanted` accepts."""
    async with asyncio.timeout(60):
        while True:
            message = decoded(await connection.recv())
            if wanted(message):
                return message


async def receive_done(connection: ClientConnection, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while await connection.recv() != "done":
            pass


def is_frame(message: Message) -> bool:
    return "frame" in message


def shows(label: str, part: str) -> Callable[[Message], bool]:
    """Return a check for a frame whose figure with this label starts with `part`."""
    return lambda message: str(message.get("display", {}).get(label, "")).startswith(part)


def names(events: Sequence[Message]) -> list[str]:
    return [event["event"] for event in events]
