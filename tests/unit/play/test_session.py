"""What a page is shown, besides the protocol: pictures, pace, budget."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy
import pytest
from PIL import Image

from hippo_play import Game
from hippo_play.blocks import Block, prepare
from hippo_play.connection.pictures import LARGEST, Encoder
from hippo_play.connection.session import Session
from tests.unit.play.rail import rail
from tests.unit.play.serving import receive, receive_done, send, serving
from tests.unit.play.virtual_time import run


def session(game: Game) -> Session:
    return Session(prepare([Block(game, Path())], {}, project_id="p", participant="u"), lambda: 0.0)


def test_the_picture_is_a_small_jpeg() -> None:
    pixels = session(Game("MountainCar-v0")).table.world.picture()
    picture = Encoder().encode(pixels)
    assert len(picture) < 30_000
    image = Image.open(io.BytesIO(picture))
    assert (image.format, image.size) == ("JPEG", (600, 400))


def test_the_same_pixels_are_encoded_once_and_others_again() -> None:
    encoder, pixels = Encoder(), numpy.zeros((20, 30, 3), numpy.uint8)
    first = encoder.encode(pixels)
    assert encoder.encode(pixels.copy()) is first
    pixels[5:15] = 255  # an environment that draws into the same array
    assert encoder.encode(pixels) != first


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 1), (20, 30, 3), (20, 30, 4)])
def test_grey_and_transparent_pictures_are_encoded_too(shape: tuple[int, ...]) -> None:
    image = Image.open(io.BytesIO(Encoder().encode(numpy.full(shape, 99, numpy.uint8))))
    assert image.size == (30, 20)


def test_a_huge_picture_is_shrunk() -> None:
    image = Image.open(io.BytesIO(Encoder().encode(numpy.zeros((900, 3200, 3), numpy.uint8))))
    assert image.size == (LARGEST, 450)


@pytest.mark.parametrize(
    ("before", "wish", "after"),
    [(20, "faster", 25), (20, "slower", 15), (3, "slower", 1), (1, "faster", 5), (60, "faster", 60), (20, 90, 60)],
)
def test_the_pace_stays_within_bounds(before: int, wish: str | int, after: int) -> None:
    played = session(rail(fps=before))
    events, _ = played.take(json.dumps({"changeFrameRate": wish}))
    assert played.frames_per_second == after
    assert bool(events) == (before != after)


def test_participants_change_no_pace_where_they_have_no_control_of_it() -> None:
    played = session(rail(controls=["pause"]))
    assert played.take('{"changeFrameRate": "faster"}') == ([], ())
    assert json.loads(played.welcome(frozenset()))["UI"] == ["left", "right", "start", "pause", "good", "bad"]
    _, (fault,) = played.take('{"command": "reset"}')
    assert "command must be one of start, pause, good, bad" in fault


def test_a_game_without_feedback_shows_no_judgements_and_takes_none() -> None:
    played = session(rail(feedback=None))
    assert not {"good", "bad"} & set(json.loads(played.welcome(frozenset()))["UI"])
    assert played.take('{"command": "good"}')[1]
    assert played.take('{"input": "feedback", "value": 1}')[1]


def test_the_budget_and_its_use_are_shown(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, rail(budget=3, length=99)) as served, served.player() as page:
            await send(page, command="start")
            await send(page, action="right", actionType="rightArrow", frameCount=1, frameId=1)
            await receive(page, lambda message: message.get("usedInputBudget", 0) >= 1)
            frame = await receive(page, lambda message: message.get("usedInputBudget") == 3)
            assert frame["inputBudget"] == 3
            await send(page, command="stop")
            await receive_done(page)
            assert [step["source"] for step in served.bucket.named("step")].count("human") == 3

    run(test)
