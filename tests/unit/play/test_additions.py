"""What a page and this server say to each other where both know the additions."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy
import pytest
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect

from hippo_play import Game, Scale
from hippo_play.connection.leaving import Ending
from hippo_play.recording import progress
from hippo_play.steps import Phase
from tests.unit.play.rail import Rail, rail
from tests.unit.play.serving import (
    OLD_HELLO,
    SPEAKING_HELLO,
    Served,
    fast,
    is_frame,
    names,
    receive,
    receive_done,
    send,
    serving,
    shows,
)
from tests.unit.play.virtual_time import run

PROGRESS = "rail/Trials/u1/progress.json"


def test_a_page_that_speaks_everything_is_sent_keys_inputs_and_binary_frames(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, rail(feedback=Scale(-2, 2, 1))) as served, served.connect() as connection:
            await send(connection, **SPEAKING_HELLO)
            welcome = await receive(connection, lambda message: "UI" in message)
            assert welcome["speaks"] == ["keys", "inputs", "binary"]
            assert welcome["keys"] == [
                {"keys": ["ArrowLeft"], "action": "left", "label": "Left"},
                {"keys": ["ArrowRight"], "action": "right", "label": "Right"},
            ]
            (feedback,) = welcome["inputs"]
            assert {"name": "feedback", "kind": "scale", "least": -2, "most": 2, "step": 1}.items() <= feedback.items()
            assert not {"left", "right", "good", "bad"} & set(welcome["UI"])
            figures = await receive(connection, lambda message: "display" in message)
            assert not {"frame", "env"} & set(figures)
            frame = await receive(connection, is_frame)
            assert frame["frameId"] == 1
            assert Image.open(io.BytesIO(frame["frame"])).size == (48, 32)

    run(test)


def test_held_keys_act_and_the_record_has_the_frame_that_was_seen(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path) as served, served.player(SPEAKING_HELLO) as connection:
            await send(connection, command="start")
            await receive(connection, shows("Steps", "2 of"))
            await send(connection, keys=["ArrowLeft"], frameId=2)
            await receive(connection, shows("Steps", "5 of"))
            await send(connection, keys=["ArrowLeft", "ArrowRight"], frameId=5)
            await receive(connection, shows("Steps", "8 of"))
            await send(connection, keys=[], frameId=8)
            await send(connection, command="stop")
            await receive_done(connection)
            pressed = served.bucket.named("pressed")
            assert [(event["keys"], event["seen_frame_id"]) for event in pressed] == [
                (["ArrowLeft"], 2),
                (["ArrowRight"], 5),
            ]
            assert served.bucket.named("released")[0]["keys"] == ["ArrowLeft", "ArrowRight"]
            actions = [step["action"] for step in served.bucket.named("step")]
            assert actions[:2] == [1, 1]
            assert {2, 0} <= set(actions[2:])

    run(test)


@pytest.mark.parametrize(
    ("hello", "judgement", "value"),
    [
        (SPEAKING_HELLO, {"input": "feedback", "value": 1.5, "frameId": 2}, 1.5),
        (OLD_HELLO, {"command": "bad"}, -2),  # the two buttons of older pages are the ends of the scale
    ],
)
def test_a_judgement_on_a_scale_is_recorded(
    hello: dict[str, Any], judgement: dict[str, Any], value: float, tmp_path: Path
) -> None:
    async def test() -> None:
        game = rail(feedback=Scale(-2, 2, 0.5))
        async with serving(tmp_path, game) as served, served.player(hello) as connection:
            await send(connection, command="start")
            await receive(connection, shows("Steps", "2 of"))
            await send(connection, **judgement)
            await send(connection, command="stop")
            await receive_done(connection)
            (feedback,) = served.bucket.named("feedback")
            assert feedback["value"] == value

    run(test)


def test_a_click_on_the_picture_acts(tmp_path: Path) -> None:
    async def test() -> None:
        game = Game("MountainCarContinuous-v0", keys_to_action={}, pointer={"x": 0}, fps=20)
        async with serving(tmp_path, game) as served, served.connect() as page:
            await send(page, **SPEAKING_HELLO)
            welcome = await receive(page, lambda message: "UI" in message)
            assert welcome["inputs"] == [{"name": "pointer", "kind": "click", "label": ""}]
            await send(page, command="start")
            await send(page, input="pointer", value={"x": 2, "y": 0}, frameId=1)
            await receive(page, lambda message: "error" in message)
            await send(page, input="pointer", value={"x": 0.25, "y": 0.5}, frameId=1)
            await receive(page, shows("Steps", "4 of"))
            await send(page, command="stop")
            await receive_done(page)
            assert served.bucket.named("pointed")[0]["seen_frame_id"] == 1
            assert served.bucket.named("step")[-1]["action"] == [-0.5]

    run(test)


@pytest.mark.parametrize("answer", [{"input": "feedback", "value": 9}, {"input": "colour", "value": 1}])
def test_an_invalid_answer_is_answered(answer: dict[str, Any], tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path) as served, served.player(SPEAKING_HELLO) as connection:
            await send(connection, **answer)
            await receive(connection, lambda message: "error" in message)

    run(test)


def test_figures_are_sent_only_when_they_change(tmp_path: Path) -> None:
    async def test() -> None:
        game = rail(display=lambda state: {"Round": state.episode})
        async with serving(tmp_path, game) as served, served.player(SPEAKING_HELLO) as connection:
            await send(connection, command="start")
            await receive(connection, shows("Game", "running"))
            texts = 0
            for _ in range(10):
                texts += "display" in await receive(connection, lambda message: True)
            assert texts == 0

    run(test)


@pytest.mark.parametrize("hello", [OLD_HELLO, SPEAKING_HELLO], ids=["old page", "new page"])
@pytest.mark.parametrize("own", [True, False], ids=["own figures", "usual figures"])
def test_the_score_is_sent_only_if_the_study_shows_it(own: bool, hello: dict[str, Any], tmp_path: Path) -> None:
    async def test() -> None:
        game = rail(display=lambda state: {"Round": state.episode}) if own else rail()
        async with serving(tmp_path, game) as served, served.player(hello) as connection:
            await send(connection, command="start")
            message = await receive(connection, shows("Game", "running"))
            assert "Score" not in message  # the page would show it among the figures
            assert ("Score" in message["display"]) is not own

    run(test)


class Noise(Rail):
    """Pictures that no compression makes small."""

    def render(self) -> Any:
        return numpy.random.default_rng(self.steps).integers(0, 255, (120, 160, 3), numpy.uint8)


def noise(most_steps: int) -> Game:
    return Game(lambda: Noise(most_steps, 2000), keys_to_action={}, noop=1, fps=20)


@asynccontextmanager
async def narrow_page(served: Served) -> AsyncIterator[ClientConnection]:
    """Connect a page whose network takes little, and start the game."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.setblocking(False)
    await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", served.server.port))
    address = f"ws://127.0.0.1:{served.server.port}"
    options: dict[str, Any] = {"ping_interval": None, "max_queue": 1, "compression": None}
    async with connect(address, sock=narrow, proxy=None, **options) as page:
        await send(page, **SPEAKING_HELLO)
        await receive(page, is_frame)
        await send(page, command="start")
        await receive(page, shows("Steps", "2 of"))
        yield page


def test_a_slow_network_is_sent_the_newest_frames_and_no_queue(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, noise(2000)) as served, narrow_page(served) as page:
            page.transport.pause_reading()
            await asyncio.sleep(1.5)  # 30 steps, each with a picture of 20 kB
            at = served.play.steps
            assert at >= 25
            page.transport.resume_reading()
            shown = [2]
            while shown[-1] < at:
                message = await receive(page, lambda message: "display" in message)
                shown.append(int(message["display"]["Steps"].split()[0]))
            assert len(shown) <= 10  # of 25 and more

    run(test)


def test_a_message_that_crosses_the_end_on_a_slow_network_does_not_lose_done(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, noise(20)) as served, narrow_page(served) as page:
            page.transport.pause_reading()
            await asyncio.sleep(1.5)
            assert served.play.phase is Phase.OVER
            await send(page, command="start")
            await asyncio.sleep(0.2)
            page.transport.resume_reading()
            await receive_done(page)
            assert await served.leaves() is Ending.GAME_OVER

    run(test)


def test_in_a_game_of_turns_each_press_makes_one_step(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, rail(wait_on_player=True)) as served, served.player(SPEAKING_HELLO) as connection:
            await send(connection, command="start")
            await asyncio.sleep(60)
            assert served.play.steps == 0
            await send(connection, keys=["ArrowRight"], frameId=1)
            await receive(connection, shows("Steps", "1 of"))
            await asyncio.sleep(60)  # a key that is held makes no further step
            await send(connection, keys=[], frameId=2)
            await send(connection, keys=["ArrowRight"], frameId=2)
            await receive(connection, shows("Steps", "2 of"))
            await send(connection, command="stop")
            await receive_done(connection)
            assert [(step["action"], step["seen_frame_id"]) for step in served.bucket.named("step")] == [(2, 1), (2, 2)]

    run(test)


def test_seconds_end_a_game_of_turns(tmp_path: Path) -> None:
    async def test() -> None:
        game = rail(wait_on_player=True, seconds=90, episodes=None)
        async with serving(tmp_path, game) as served, served.player(SPEAKING_HELLO) as connection:
            await send(connection, command="start")
            await receive_done(connection, 100)
            assert served.bucket.named("game_over")[0]["how"] == "time"

    run(test)


def test_blocks_are_played_one_after_the_other_on_one_server(tmp_path: Path) -> None:
    async def test() -> None:
        blocks = [fast(name="practice"), fast(name="test", seed=99)]
        async with serving(tmp_path, *blocks, HIPPO_ARRIVAL_MINUTES="30") as served:
            async with served.player() as connection:
                await send(connection, command="start")
                await receive_done(connection)
            served.day.ahead = timedelta(minutes=20)  # of reading the next pages: longer than an absence may last
            await asyncio.sleep(2)
            assert not served.ending.done()
            async with served.player() as connection:
                await send(connection, command="start")
                await receive_done(connection)
            assert await served.leaves() is Ending.GAME_OVER
            blocks_of = [event["block"] for event in served.bucket.named("step")]
            assert blocks_of == ["practice"] * 5 + ["test"] * 5
            assert [event["seed"] for event in served.bucket.named("episode_started")] == [7, 99]
            assert [event["how"] for event in served.bucket.named("game_over")] == ["completed"] * 2

    run(test)


def test_a_page_that_did_not_receive_done_gets_it_again_before_the_next_block(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, fast(name="practice"), fast(name="test")) as served:
            async with served.player() as connection:
                await send(connection, command="stop")
                connection.transport.abort()
            await asyncio.sleep(10)
            async with served.connect() as connection:
                await send(connection, **OLD_HELLO)
                await receive_done(connection)
            assert served.server.session.table.game.name == "practice"
            async with served.player():
                assert served.server.session.table.game.name == "test"

    run(test)


def test_a_page_at_the_step_of_a_finished_block_gets_done_and_never_the_next_block(tmp_path: Path) -> None:
    async def test() -> None:
        blocks = [fast(name="practice"), fast(name="test", seed=99)]
        async with serving(tmp_path, *blocks, progress=PROGRESS) as first:
            async with first.connect() as connection:
                await send(connection, **OLD_HELLO, step="2")
                await send(connection, command="start")
                await receive_done(connection)
            async with first.connect() as reloaded:
                await send(reloaded, **OLD_HELLO, step="2")
                await receive_done(reloaded)
            assert first.server.session.table.game.name == "practice"
        stored = first.bucket.get(PROGRESS)
        assert stored is not None
        async with serving(tmp_path, *blocks, bucket=first.bucket, progress=PROGRESS) as second:
            assert second.server.resume(progress.read(stored)) is None
            async with second.connect() as reloaded:
                await send(reloaded, **OLD_HELLO, step="2")
                await receive_done(reloaded)
            async with second.connect() as connection:
                await send(connection, **OLD_HELLO, step="4")
                await send(connection, command="start")
                await receive_done(connection)
            assert second.bucket.named("step")[-1]["block"] == "test"

    run(test)


def test_progress_of_a_release_without_steps_is_read(tmp_path: Path) -> None:
    content = b'{"block": "practice", "seed": 7, "episode": 1, "score": 0, "over": false}'
    assert progress.read(content).step is None


def test_a_second_server_goes_on_where_the_first_was(tmp_path: Path) -> None:
    async def test() -> None:
        game = fast(episodes=3)
        async with serving(tmp_path, game, progress=PROGRESS) as first, first.player() as connection:
            await send(connection, command="start")
            await receive(connection, shows("Game", "this round"))
            await send(connection, command="start")
            await receive(connection, shows("Steps", "2 of"))
        await asyncio.sleep(1)
        async with serving(tmp_path, game, bucket=first.bucket, progress=PROGRESS) as second:
            stored = first.bucket.get(PROGRESS)
            assert stored is not None
            assert second.server.session.resume(progress.read(stored)) is None
            async with second.player() as connection:
                await send(connection, command="start")
                await receive(connection, shows("Round", "2 of 3"))
                assert second.play.episode_seed == 8
                assert second.play.score - second.play.episode_score == -5

    run(test)


def test_a_second_server_after_the_end_sends_done(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, fast(), progress=PROGRESS) as first, first.player() as connection:
            await send(connection, command="stop")
            await receive_done(connection)
        await asyncio.sleep(1)
        async with serving(tmp_path, fast(), bucket=first.bucket, progress=PROGRESS) as second:
            assert second.server.session.resume(progress.read(first.bucket.parts[PROGRESS])) is None
            async with second.connect() as connection:
                await send(connection, **OLD_HELLO)
                await receive_done(connection)
            assert await second.leaves() is Ending.GAME_OVER
            assert names(second.bucket.events).count("game_over") == 1

    run(test)
