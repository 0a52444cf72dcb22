"""The grid world server over a real loopback socket, with its record in memory."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as connect_now

import grid_world_server
from grid_world_server import server as server_module
from grid_world_server.game import Game, Phase
from grid_world_server.recorder import Recorder
from grid_world_server.server import Ending, GameServer
from grid_world_server.settings import Settings

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HELLO = {"userId": "U1", "projectId": "grid_world", "frameCount": 0, "frameId": 0}
FAST = {"GRID_WORLD_MOVES_PER_SECOND": "10", "GRID_WORLD_EPISODES": "1", "GRID_WORLD_MOVES_PER_EPISODE": "3"}


@dataclass
class MemoryStore:
    parts: dict[str, bytes] = field(default_factory=dict)
    refusals: int = 0

    def write(self, key: str, content: bytes) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ConnectionError("the bucket does not answer")
        assert key not in self.parts
        self.parts[key] = content

    @property
    def events(self) -> list[dict[str, Any]]:
        text = b"".join(self.parts[key] for key in sorted(self.parts)).decode()
        return [json.loads(line) for line in text.splitlines()]

    def names(self) -> list[str]:
        return [event["event"] for event in self.events]


@dataclass
class Served:
    server: GameServer
    store: MemoryStore
    ending: asyncio.Task[Ending]
    now: datetime = NOON

    def connect(self) -> connect:
        return connect(f"ws://127.0.0.1:{self.server.port}", proxy=None)

    async def leaves(self) -> Ending:
        return await asyncio.wait_for(self.ending, 5)


@asynccontextmanager
async def serving(**environment: str) -> AsyncIterator[Served]:
    given = {
        "HIPPO_LISTEN_ADDRESS": "127.0.0.1",
        "PORT": "0",
        "HIPPO_PROJECT_ID": "grid_world",
        "HIPPO_USER_ID": "u1",
    }
    settings = Settings.from_environment(given | environment)
    store = MemoryStore()
    recorder = Recorder(store, "grid_world/Trials/u1/session")
    server = GameServer(settings, Game(settings.rules, "a seed"), recorder, now=lambda: served.now)
    served = Served(server, store, asyncio.create_task(server.serve()))
    while server.port is None:
        await asyncio.sleep(0.01)
    try:
        yield served
    finally:
        server.finish(Ending.TERMINATED)
        await served.leaves()


async def send(connection: ClientConnection, **message: Any) -> None:
    await connection.send(json.dumps(message))


async def receive(connection: ClientConnection, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the next message that `wanted` accepts."""
    async with asyncio.timeout(5):
        while True:
            message: dict[str, Any] = json.loads(await connection.recv())
            if wanted(message):
                return message


async def receive_done(connection: ClientConnection) -> None:
    async with asyncio.timeout(5):
        while await connection.recv() != "done":
            pass


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


@pytest.mark.parametrize(
    "hello", [HELLO, {"action": "start", "userId": "u1", "projectId": "grid_world", "sendTo": "backend"}]
)
def test_either_first_message_is_answered_with_controls_and_a_frame(hello: dict[str, Any]) -> None:
    async def test() -> None:
        async with serving() as served, served.connect() as connection:
            await send(connection, **hello)
            welcome = await receive(connection, lambda message: "UI" in message)
            assert {"start", "good", "left"} <= set(welcome["UI"])
            frame = await receive(connection, lambda message: "frame" in message)
            assert frame["frameId"] >= 1
            assert frame["display"]["Steps"] == 0

    run(test)


def test_a_game_is_played_and_recorded_before_done_is_sent() -> None:
    async def test() -> None:
        async with serving(**FAST) as served, served.connect() as connection:
            await send(connection, **HELLO)
            await send(connection, command="start")
            await receive(connection, lambda message: message.get("display", {}).get("Steps") == 1)
            await send(connection, action="command", command="good", sendTo="backend")
            await receive_done(connection)
            recorded = served.store.names()
            assert [name for name in recorded if name == "moved"] == ["moved"] * 3
            assert recorded[0] == "connected"
            assert {"started", "judged", "episode_finished", "game_over"} <= set(recorded)
            assert recorded[-1] == "server_left"
            assert await served.leaves() is Ending.GAME_OVER

    run(test)


def test_key_messages_of_both_generations_move_the_robot() -> None:
    async def test() -> None:
        async with (
            serving(**FAST | {"GRID_WORLD_MOVES_PER_EPISODE": "40"}) as served,
            served.connect() as connection,
        ):
            await send(connection, **HELLO)
            await send(connection, command="start")
            await send(connection, action="right", actionType="rightArrow", frameCount=1, frameId=1)
            await receive(connection, lambda message: message.get("usedInputBudget", 0) >= 1)
            await send(connection, action="noop", actionType="rightArrow")
            await send(connection, action="command", KeyboardEvent={"KEYDOWN": ["ArrowDown", 65]})
            await send(connection, action="command", KeyboardEvent={"KEYUP": ["ArrowDown"]})
            await asyncio.sleep(0.3)
            await send(connection, command="stop")
            await receive_done(connection)
            helped = {event["direction"] for event in served.store.events if event.get("by") == "participant"}
            assert helped == {"right", "down"}

    run(test)


def test_another_participant_is_refused() -> None:
    async def test() -> None:
        async with serving() as served, served.connect() as connection:
            await send(connection, **HELLO | {"userId": "u2"})
            with pytest.raises(ConnectionClosed) as closed:
                await connection.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008

    run(test)


def test_a_message_that_is_not_json_is_recorded_and_the_game_continues() -> None:
    async def test() -> None:
        async with serving(**FAST) as served, served.connect() as connection:
            await send(connection, **HELLO)
            await connection.send("not json")
            await send(connection, command="stop")
            await receive_done(connection)
            assert "unreadable_message" in served.store.names()

    run(test)


def test_a_participant_who_returns_finds_a_paused_game() -> None:
    async def test() -> None:
        async with serving() as served:
            async with served.connect() as connection:
                await send(connection, **HELLO)
                await send(connection, command="start")
                await receive(connection, lambda message: message.get("display", {}).get("Steps") == 1)
            async with served.connect() as connection:
                await send(connection, **HELLO)
                frame = await receive(connection, lambda message: "frame" in message)
                assert frame["display"]["Game"] == "paused"
                assert frame["display"]["Steps"] >= 1

    run(test)


def test_a_second_window_takes_over_the_game() -> None:
    async def test() -> None:
        async with serving() as served, served.connect() as first, served.connect() as second:
            await send(first, **HELLO)
            await receive(first, lambda message: "frame" in message)
            await send(second, **HELLO)
            await receive(second, lambda message: "frame" in message)
            with pytest.raises(ConnectionClosed):
                await receive(first, lambda message: False)
            await send(second, command="start")
            await receive(second, lambda message: message.get("display", {}).get("Game") == "running")

    run(test)


def test_the_server_exits_some_minutes_after_its_participant_left() -> None:
    async def test() -> None:
        async with serving() as served:
            async with served.connect() as connection:
                await send(connection, **HELLO)
                await receive(connection, lambda message: "frame" in message)
            served.now = NOON + timedelta(minutes=4)
            await asyncio.sleep(0.7)
            assert not served.ending.done()
            served.now = NOON + timedelta(minutes=10)
            assert await served.leaves() is Ending.PARTICIPANT_GONE

    run(test)


def test_the_server_waits_for_a_participant_who_reads_the_instructions() -> None:
    async def test() -> None:
        async with serving() as served:
            served.now = NOON + timedelta(minutes=20)
            await asyncio.sleep(0.7)
            assert not served.ending.done()

    run(test)


def test_the_game_pauses_while_the_browser_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "SILENCE_SECONDS", 0.5)

    async def test() -> None:
        async with serving(GRID_WORLD_MOVES_PER_SECOND="10") as served, served.connect() as connection:
            await send(connection, **HELLO)
            await send(connection, command="start")
            await receive(connection, lambda message: message.get("display", {}).get("Steps") == 1)
            connection.transport.pause_reading()  # a stalled network: no close
            await asyncio.sleep(2.5)
            assert served.server.game.phase is Phase.PAUSED
            connection.transport.resume_reading()
            await receive(connection, lambda message: message.get("display", {}).get("Game") == "paused")

    run(test)


def test_a_failed_welcome_leaves_no_connection_in_the_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with serving() as served:
            with monkeypatch.context() as broken:
                broken.setattr("grid_world_server.protocol.welcome_message", lambda *_, **__: 1 // 0)
                async with served.connect() as connection:
                    await send(connection, **HELLO)
                    with pytest.raises(ConnectionClosed):
                        await connection.recv()
            served.now = NOON + timedelta(minutes=6)
            assert await served.leaves() is Ending.PARTICIPANT_GONE

    run(test)


def test_at_the_deadline_the_game_ends_with_done() -> None:
    async def test() -> None:
        async with (
            serving(HIPPO_DEADLINE="2026-11-22T12:30:00Z") as served,
            served.connect() as connection,
        ):
            await send(connection, **HELLO)
            await receive(connection, lambda message: "frame" in message)
            served.now = NOON + timedelta(minutes=30)
            await receive_done(connection)
            assert await served.leaves() is Ending.DEADLINE

    run(test)


def test_an_error_in_the_clock_ends_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test() -> None:
        async with serving() as served:
            monkeypatch.setattr(served.server.game, "advance", lambda: 1 // 0)
            with pytest.raises(ZeroDivisionError):
                await served.leaves()
            served.ending = asyncio.create_task(asyncio.sleep(0, Ending.FAILED))
            assert served.store.events[-1]["reason"] == "failed"

    run(test)


def test_events_whose_write_failed_are_written_later() -> None:
    store = MemoryStore(refusals=1)
    recorder = Recorder(store, "p/Trials/u/s", clock=lambda: NOON)
    recorder.record({"event": "one"})
    assert not recorder.flush()
    recorder.record({"event": "two"})
    assert recorder.flush()
    assert store.names() == ["one", "two"]
    assert list(store.parts) == ["p/Trials/u/s/20261122T120000Z-0000.jsonl"]


def test_each_part_of_a_record_has_its_own_key() -> None:
    store = MemoryStore()
    recorder = Recorder(store, "p/Trials/u/s", clock=lambda: NOON)
    for name in ("one", "two"):
        recorder.record({"event": name})
        recorder.flush()
    assert [key[-10:] for key in store.parts] == ["0000.jsonl", "0001.jsonl"]
    recorder.flush()
    assert len(store.parts) == 2


@pytest.mark.skipif(os.name == "nt", reason="SIGTERM is a POSIX signal")
def test_sigterm_saves_and_ends_with_zero(tmp_path: Path) -> None:
    folder = Path(grid_world_server.__file__).parent.parent
    environment = {
        "PATH": os.defpath,
        "HIPPO_LISTEN_ADDRESS": "127.0.0.1",
        "PORT": "0",
        "PYTHONPATH": str(folder),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "grid_world_server"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            line = next(line for line in process.stderr if "grid_world_server.server: listening" in line)
            with connect_now(f"ws://127.0.0.1:{line.rsplit(':', 1)[1].strip()}", proxy=None) as connection:
                connection.send(json.dumps(HELLO))
                connection.recv(timeout=5)
                process.send_signal(signal.SIGTERM)
                process.stderr.read()
                assert process.wait(timeout=10) == 0
        finally:
            process.kill()
    (record,) = (tmp_path / "trials" / "grid_world" / "Trials").glob("participant/*/*.jsonl")
    assert [json.loads(line)["event"] for line in record.read_text().splitlines()][-1] == "server_left"
