"""Measures what a game server costs: `python -m bench.play`.

Two figures, at the picture of MountainCar-v0, 600 by 400 pixels:

    a frame   ms of one core from pixels to the socket: encode, write the message, compress, send;
              median over frames that differ. Frames per second on half a vCPU follow from it, with
              the environment's own drawing and step beside it.
    an input  ms from a key that a page sends to the changed frame that it receives, over loopback,
              95th percentile; at most one frame and 15 ms.

The run fails if a figure exceeds its limit. The limits hold for an idle machine; others that work on
the same cores disturb the second figure, not the first, which counts CPU time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

from websockets.asyncio.client import ClientConnection, connect

from hippo_common import console
from hippo_play import Game
from hippo_play.blocks import Block, prepare
from hippo_play.connection.client import Client
from hippo_play.connection.leaving import Ending
from hippo_play.connection.server import GameServer
from hippo_play.recording import Record
from hippo_play.settings import Settings

_FRAME_LIMIT_MS: Final = 2.5
_INPUT_LIMIT_MS: Final = 15.0
_FPS: Final = 60
_GAME: Final = Game(
    "MountainCar-v0",
    fps=_FPS,
    episodes=1000,
    start_each_episode=False,
    display=lambda state: {"Steps": state.step, "Action": 1 if state.last_step is None else state.last_step.action},
)
_VARIABLES: Final = {"HIPPO_LISTEN_ADDRESS": "127.0.0.1", "PORT": "0"}


async def _serve(folder: Path) -> tuple[GameServer, asyncio.Task[Ending]]:
    settings = Settings.from_environment(_VARIABLES | {"HIPPO_TRIALS": str(folder)})
    tables = prepare([Block(_GAME, folder)], {}, project_id="bench", participant="bench")
    server = GameServer(settings, tables, Record(folder, "bench", None))
    listens = asyncio.Event()
    ending = asyncio.create_task(server.serve(lambda port: listens.set()))
    await listens.wait()
    return server, ending


async def _page(server: GameServer, *speaks: str) -> ClientConnection:
    page = await connect(f"ws://127.0.0.1:{server.port}", proxy=None, max_size=None)
    await page.send(json.dumps({"action": "start", "userId": "u", "projectId": "p", "speaks": list(speaks)}))
    await page.recv()
    return page


async def measure_frames(folder: Path, count: int, *speaks: str) -> tuple[float, float]:
    """Return the median CPU time of a frame's way to the socket, and of its drawing with one step. ms."""
    server, ending = await _serve(folder)
    page = await _page(server, *speaks)
    session = server.session
    sent: list[float] = []
    drawn: list[float] = []
    client = cast(Client, server._seat.client)
    session.play.start(0.0)
    draw = session.table.world.picture
    for number in range(count):
        began = time.thread_time()
        session.play.advance(float(number))
        pixels = draw()
        drawn.append(time.thread_time() - began)
        session.table.world.picture = lambda pixels=pixels: pixels  # type: ignore[method-assign, misc]
        began = time.thread_time()
        for message in session.frame(client):
            await client.connection.send(message)
        sent.append(time.thread_time() - began)
        while session.frame_id > await _newest(page):
            pass
    session.play.stop(0.0)
    server.finish(Ending.TERMINATED)
    await asyncio.gather(page.close(), ending)
    return 1000 * statistics.median(sent), 1000 * statistics.median(drawn)


async def _newest(page: ClientConnection) -> int:
    """Return the id of the next frame that the page receives."""
    while True:
        message = await page.recv()
        if isinstance(message, bytes):
            return int.from_bytes(message[:4], "big")
        found = json.loads(message)
        if "frameId" in found:
            return int(found["frameId"])


async def _shown_action(page: ClientConnection) -> int:
    """Return the action of the step that the next figures belong to; their frame follows them."""
    while True:
        message = await page.recv()
        if isinstance(message, str) and "display" in (found := json.loads(message)):
            return int(found["display"]["Action"])


async def measure_inputs(folder: Path, count: int) -> float:
    """Return the 95th percentile from a key to the frame of the step that it changed. ms."""
    server, ending = await _serve(folder)
    page = await _page(server, "keys", "binary")
    await page.send(json.dumps({"command": "start"}))
    waited: list[float] = []
    for number in range(count):
        await _newest(page)
        await asyncio.sleep((number % 7) / 7 / _FPS)  # at any moment between two frames
        held, action = (["ArrowLeft"], 0) if number % 2 else ([], 1)
        began = time.perf_counter()
        await page.send(json.dumps({"keys": held, "frameId": number}))
        while await _shown_action(page) != action:
            pass
        await _newest(page)
        waited.append(time.perf_counter() - began)
    server.finish(Ending.TERMINATED)
    await asyncio.gather(page.close(), ending)
    return 1000 * statistics.quantiles(waited, n=20)[-1]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--inputs", type=int, default=100)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        binary, drawn = asyncio.run(measure_frames(folder, args.frames, "binary"))
        older, _ = asyncio.run(measure_frames(folder, args.frames))
        answered = asyncio.run(measure_inputs(folder, args.inputs))
    limit = 1000 / _FPS + _INPUT_LIMIT_MS
    half = 500 / (binary + drawn)
    console.say(f"a frame, binary:      {binary:6.2f} ms of one core, median (limit {_FRAME_LIMIT_MS})")
    console.say(f"a frame, older pages: {older:6.2f} ms of one core, median")
    console.say(f"a step with drawing:  {drawn:6.2f} ms of one core, median: MountainCar-v0's own")
    console.say(f"on half a vCPU:       {half:6.0f} frames per second of this game, by calculation")
    console.say(f"input to its frame:   {answered:6.2f} ms, 95th percentile (limit {limit:.2f}: one frame and 15 ms)")
    return int(binary > _FRAME_LIMIT_MS or answered > limit)


if __name__ == "__main__":
    sys.exit(main())
