"""The bridge for Apps whose trial.py connects to an address, with trials in this process, and with a real one."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hippo_bridge.bridge import Bridge
from hippo_bridge.trial import problems, store_files
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as connect_now

import hippo_play
from hippo_play.recording import FolderStore
from hippo_play.settings import Settings
from tests.unit.play.serving import NEW_HELLO, Day
from tests.unit.play.virtual_time import run

HELLO = json.dumps(NEW_HELLO)
LIBRARY = Path(hippo_play.__file__).parent.parent
BRIDGE = LIBRARY.parent / "examples" / "bridge"

Script = Callable[[ClientConnection], Awaitable[int]]


@dataclass
class Trial:
    """A trial.py in this process."""

    task: asyncio.Task[int]
    ended: list[str] = field(default_factory=list)

    async def wait(self) -> int:
        await asyncio.wait((self.task,))
        return -15 if self.task.cancelled() else self.task.result()

    def terminate(self) -> None:
        self.ended.append("terminated")
        self.task.cancel()

    def kill(self) -> None:
        raise AssertionError("it ends when asked to")


@dataclass
class Bridged:
    bridge: Bridge
    serves: asyncio.Task[None]
    day: Day
    trials: list[Trial] = field(default_factory=list)
    stored: int = 0

    def page(self) -> connect:
        return connect(f"ws://127.0.0.1:{self.bridge.port}", proxy=None)

    async def reason(self) -> str:
        await asyncio.wait_for(asyncio.shield(self.serves), 3000)
        return self.bridge.reason


@asynccontextmanager
async def bridged(script: Script | None, **variables: str) -> AsyncIterator[Bridged]:
    """Run a bridge whose trials run this script; None: they never connect."""
    given = {"HIPPO_LISTEN_ADDRESS": "127.0.0.1", "PORT": "0", "HIPPO_PROJECT_ID": "rail", "HIPPO_USER_ID": "u1"}
    found: list[Bridged] = []

    async def start(url: str) -> Trial:
        async def trial() -> int:
            if script is None:
                await asyncio.Event().wait()
                return 0
            async with connect(url, proxy=None) as connection:
                return await script(connection)

        made = Trial(asyncio.create_task(trial()))
        found[0].trials.append(made)
        return made

    async def store() -> bool:
        found[0].stored += 1
        return found[0].stored > 1

    day = Day()
    bridge = Bridge(Settings.from_environment(given | variables), start, store, now=day.now)
    listens = asyncio.Event()
    serves = asyncio.create_task(bridge.serve(lambda port: listens.set()))
    found.append(Bridged(bridge, serves, day))
    await listens.wait()
    yield found[0]
    bridge.finish("terminated")
    await found[0].reason()


async def echo(trial: ClientConnection) -> int:
    """Answer each text, until the page says that the game is over."""
    async for text in trial:
        if "save" in text:
            return 0
        over = "stop" in text
        await trial.send(json.dumps({"action": "DONE", "message": "done"} if over else {"heard": text}))
    return 0


def test_texts_are_copied_both_ways_until_the_trial_says_done() -> None:
    async def test() -> None:
        async with bridged(echo) as served, served.page() as page:
            for text in (HELLO, '{"action": "command", "command": "start"}'):
                await page.send(text)
                assert json.loads(await page.recv()) == {"heard": text}
            await page.send('{"command": "stop"}')
            assert json.loads(await page.recv())["message"] == "done"
            await page.send('{"save": [1, 2]}')  # pages of 2023 send their data after `done`
            assert await served.reason() == "game over"
            assert served.trials[0].ended == []
            assert served.stored == 2  # the first time, the store was away

    run(test)


def test_a_trial_that_ends_well_without_done_is_over() -> None:
    async def ends(trial: ClientConnection) -> int:
        await trial.recv()
        return 0

    async def test() -> None:
        async with bridged(ends) as served, served.page() as page:
            await page.send(HELLO)
            assert await page.recv() == "done"
            assert await served.reason() == "game over"

    run(test)


def test_a_trial_that_fails_closes_the_page_and_the_next_connection_gets_a_new_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fails(trial: ClientConnection) -> int:
        await trial.recv()
        return 1

    async def test() -> None:
        async with bridged(fails) as served:
            for _ in range(2):
                async with served.page() as page:
                    await page.send(HELLO)
                    await page.wait_closed()
                    assert page.close_code == 1011
            assert len(served.trials) == 2

    run(test)
    assert "trial.py ended with status 1" in caplog.text


def test_a_trial_that_closes_and_does_not_end_is_ended(caplog: pytest.LogCaptureFixture) -> None:
    async def hangs(trial: ClientConnection) -> int:
        await trial.close()
        await asyncio.Event().wait()
        return 0

    async def test() -> None:
        async with bridged(hangs) as served, served.page() as page:
            await page.send(HELLO)
            await page.wait_closed()
            assert page.close_code == 1011
            assert served.trials[0].ended == ["terminated"]

    run(test)
    assert "trial.py closed its connection, and did not end" in caplog.text


def test_a_trial_that_never_connects_is_ended(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with bridged(None) as served, served.page() as page:
            await page.send(HELLO)
            await page.wait_closed()
            assert page.close_code == 1011
            assert served.trials[0].ended == ["terminated"]

    run(test)
    assert "trial.py took 60 s before it connected" in caplog.text


def test_a_second_window_gets_a_trial_of_its_own_and_the_first_is_ended() -> None:
    async def test() -> None:
        async with bridged(echo) as served, served.page() as first:
            await first.send(HELLO)
            await first.recv()
            async with served.page() as second:
                await second.send(HELLO)
                await second.recv()
                await first.wait_closed()
                assert first.close_code == 4000
                await second.send("{}")
                assert json.loads(await second.recv()) == {"heard": "{}"}
            await asyncio.sleep(1)
            assert not any(trial.task.cancelled() for trial in served.trials)  # a closed connection ends them
            assert all(trial.task.done() for trial in served.trials)

    run(test)


@pytest.mark.parametrize(("text", "reason"), [("{}", "userId"), (HELLO.replace("U1", "U2"), "another participant")])
def test_strangers_start_no_trial(text: str, reason: str) -> None:
    async def test() -> None:
        async with bridged(echo) as served, served.page() as page:
            await page.send(text)
            with pytest.raises(ConnectionClosed):
                await page.recv()
            assert (page.close_code, reason in (page.close_reason or "")) == (1008, True)
            assert served.trials == []

    run(test)


def test_a_page_needs_the_session_s_token_and_the_trial_never_sees_it() -> None:
    async def test() -> None:
        async with bridged(echo, HIPPO_SESSION_TOKEN="right", HIPPO_ACCESS="bound") as served:
            for token in ({}, {"token": "wrong"}):
                async with served.page() as page:
                    await page.send(json.dumps(json.loads(HELLO) | token))
                    with pytest.raises(ConnectionClosed):
                        await page.recv()
                    assert page.close_code == 1008
            assert served.trials == []
            async with served.page() as page:
                await page.send(json.dumps(json.loads(HELLO) | {"token": "right"}))
                assert "right" not in str(await page.recv())

    run(test)


def test_the_bridge_ends_without_a_participant_and_at_the_deadline() -> None:
    async def test() -> None:
        async with bridged(echo, HIPPO_ARRIVAL_MINUTES="1") as served:
            assert await served.reason() == "nobody came"
            assert 60 <= asyncio.get_running_loop().time() < 62
        async with bridged(echo, HIPPO_AWAY_MINUTES="1") as served:
            async with served.page() as page:
                await page.send(HELLO)
                await page.recv()
            assert await served.reason() == "participant gone"
        async with bridged(echo, HIPPO_DEADLINE="2026-11-22T12:05:00") as served, served.page() as page:
            await page.send(HELLO)
            assert await served.reason() == "deadline"
            assert served.day.now().minute < 5  # in time to store

    run(test)


OPENS_FILES = "import yaml, json\nopen('.trialConfig.yml')\nopen('./data/trialData.json')\n"


def newest_app(folder: Path, **files: str) -> Path:
    """Write an App; names of files with `_` for `/`."""
    for name, text in files.items():
        file = folder / {"trial": "trial.py", "config": ".trialConfig.yml", "data": "data/trialData.json"}[name]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({}, "trial.py does not exist: name the App folder in HIPPO_APP"),
        ({"trial": OPENS_FILES, "data": "{}"}, ".trialConfig.yml does not exist"),
        ({"trial": OPENS_FILES, "config": "trial: {}"}, "trialData.json does not exist"),
        ({"trial": OPENS_FILES, "data": "{}", "config": "trial: {ui: {left: True, up: False}}"}, "write ui: [left]"),
        ({"trial": OPENS_FILES, "data": "{}", "config": "a: {"}, "is no YAML"),
        ({"trial": OPENS_FILES, "data": "{}", "config": "ui: [left]"}, "has no mapping trial"),
    ],
)
def test_files_that_an_app_lacks_are_named_before_it_starts(files: dict[str, str], fault: str, tmp_path: Path) -> None:
    (problem,) = problems(newest_app(tmp_path, **files))
    assert fault in problem


def test_an_app_that_opens_no_files_needs_none(tmp_path: Path) -> None:
    assert problems(newest_app(tmp_path, trial="print(1)")) == []


def test_what_trial_wrote_is_stored_or_stays(tmp_path: Path) -> None:
    (tmp_path / "App/Trials/more").mkdir(parents=True)
    (tmp_path / "App/Trials/more/a.json").write_text("{}")
    assert store_files(tmp_path / "App", FolderStore(tmp_path / "kept"), "p/Trials/u/s")
    assert (tmp_path / "kept/p/Trials/u/s/more/a.json").read_text() == "{}"
    (tmp_path / "file").write_text("")
    assert not store_files(tmp_path / "App", FolderStore(tmp_path / "file"), "p")


WEBSOCKET = """
import json
import websockets

class Websocket:
    def __init__(self, url='wss://example.invalid/production?connection_type=backend'):
        self.url = url

    async def connectClient(self):
        self.websocket = await websockets.connect(self.url)

    async def sendData(self, route, data):
        await self.websocket.send(json.dumps({'action': route, 'sendTo': 'frontend', **data}))

    async def recieveData(self):
        return json.loads(await self.websocket.recv())
"""

TRIAL = """
import asyncio, json, os
import yaml
from websocket import Websocket

async def main():
    with open('.trialConfig.yml') as file:
        config = yaml.safe_load(file)['trial']
    socket = Websocket()
    await socket.connectClient()
    message = await socket.recieveData()
    with open('./data/trialData.json') as file:
        json.load(file)
    await socket.sendData('UI', {'UI': config['ui']})
    message = await socket.recieveData()
    os.makedirs('Trials', exist_ok=True)
    with open('Trials/u1.json', 'w') as file:
        json.dump(message, file)
    await socket.sendData('DONE', {'message': 'done'})

if __name__ == '__main__':
    asyncio.run(main())
"""


def test_an_app_with_an_address_of_its_own_is_played_unchanged(tmp_path: Path) -> None:
    app = newest_app(tmp_path / "App", trial=TRIAL, config="trial: {ui: [left, start]}", data="{}")
    (app / "websocket.py").write_text(WEBSOCKET)
    environment: dict[str, Any] = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join((str(LIBRARY), str(BRIDGE))),
        "HIPPO_LISTEN_ADDRESS": "127.0.0.1",
        "PORT": "0",
        "HIPPO_USER_ID": "u1",
        "HIPPO_PROJECT_ID": "rail",
        "HIPPO_SESSION_ID": "s",
        "HIPPO_TRIALS": str(tmp_path / "kept"),
    }
    command = [sys.executable, "-m", "hippo_bridge"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            port = next(line for line in process.stderr if "ready on port" in line).split()[-1]
            with connect_now(f"ws://127.0.0.1:{port}", proxy=None) as page:
                page.send(HELLO)
                assert json.loads(page.recv(timeout=300))["UI"] == ["left", "start"]
                page.send('{"action": "command", "command": "start"}')
                assert json.loads(page.recv(timeout=300))["message"] == "done"
            assert process.wait(timeout=300) == 0
        finally:
            process.kill()
    stored = json.loads((tmp_path / "kept/rail/Trials/u1/s/u1.json").read_text())
    assert stored["command"] == "start"
