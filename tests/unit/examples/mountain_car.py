"""A mountain car server in this process, on a free loopback port, with its record in memory; and a client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from mountain_car_server.agent import NoAgent
from mountain_car_server.game import Game
from mountain_car_server.mountain import Mountain
from mountain_car_server.server import Ending, GameServer
from mountain_car_server.settings import Settings
from mountain_car_server.trial import Trial

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WHO = {"userId": "U1", "projectId": "mountain_car"}
OLD_HELLO = {**WHO, "frameCount": 0, "frameId": 0}
NEW_HELLO = {"action": "start", **WHO, "sendTo": "backend"}
FAST = {"MOUNTAIN_CAR_FRAME_RATE": "60", "MOUNTAIN_CAR_EPISODES": "1", "MOUNTAIN_CAR_STEPS": "5"}

Message = dict[str, Any]


@dataclass
class Bucket:
    """A projects bucket in memory that can refuse."""

    parts: dict[str, bytes] = field(default_factory=dict)
    fails: bool = False

    def put(self, key: str, content: bytes) -> None:
        if self.fails:
            raise ConnectionError("the bucket does not answer")
        self.parts[key] = content

    @property
    def events(self) -> list[Message]:
        text = b"".join(self.parts[key] for key in sorted(self.parts)).decode()
        return [json.loads(line) for line in text.splitlines()]

    def named(self, name: str) -> list[Message]:
        return [event for event in self.events if event["event"] == name]


@dataclass
class Clock:
    """The server's clock."""

    now: datetime = NOON


@dataclass
class Served:
    """A server that listens."""

    server: GameServer
    game: Game
    bucket: Bucket
    clock: Clock
    ending: asyncio.Task[Ending]

    def connect(self) -> connect:
        return connect(f"ws://127.0.0.1:{self.server.port}", proxy=None)

    @asynccontextmanager
    async def player(self, hello: Message = OLD_HELLO) -> AsyncIterator[ClientConnection]:
        """Connect a client that has sent its hello and received the first frame."""
        async with self.connect() as connection:
            await send(connection, **hello)
            await receive(connection, is_frame)
            yield connection

    async def leaves(self) -> Ending:
        return await asyncio.wait_for(asyncio.shield(self.ending), 60)


@asynccontextmanager
async def serving(folder: Path, **environment: str) -> AsyncIterator[Served]:
    """Run a server with these variables until the block ends."""
    given = {"HIPPO_LISTEN_ADDRESS": "127.0.0.1", "PORT": "0", "HIPPO_PROJECT_ID": "mountain_car"}
    settings = Settings.from_environment(given | {"HIPPO_USER_ID": "u1"} | environment)
    bucket, mountain = Bucket(), Mountain(settings.rules.steps_per_episode)
    game = Game(settings.rules, 7, mountain, NoAgent())
    trial = Trial(folder, "mountain_car/Trials/u1/session", bucket)
    clock = Clock()
    server = GameServer(settings, mountain, game, trial, now=lambda: clock.now)
    served = Served(server, game, bucket, clock, asyncio.create_task(server.serve()))
    while server.port is None and not served.ending.done():
        await asyncio.sleep(0.01)
    try:
        yield served
    finally:
        bucket.fails = False
        server.finish(Ending.TERMINATED)
        if not served.ending.done():
            await served.leaves()
        mountain.close()


async def send(connection: ClientConnection, **message: Any) -> None:
    await connection.send(json.dumps(message))


async def receive(connection: ClientConnection, wanted: Callable[[Message], bool]) -> Message:
    """Return the next message that `wanted` accepts."""
    async with asyncio.timeout(15):
        while True:
            message: Message = json.loads(await connection.recv())
            if wanted(message):
                return message


async def receive_done(connection: ClientConnection, seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while await connection.recv() != "done":
            pass


def is_frame(message: Message) -> bool:
    return "frame" in message


def shows(label: str, part: str) -> Callable[[Message], bool]:
    """Return a check for a frame whose figure with this label starts with `part`."""
    return lambda message: str(message.get("display", {}).get(label, "")).startswith(part)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 120))
