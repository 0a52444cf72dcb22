"""What the record and the display say about a play."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import numpy
import pytest

from hippo_play import Step
from hippo_play.blocks import Block, prepare
from hippo_play.display import figures
from tests.unit.play.rail import LEFT, RIGHT, rail
from tests.unit.play.test_play import new_play, running


def test_a_step_records_observations_action_reward_and_source() -> None:
    play = running()
    before = [float(str(number)) for number in play.observation]
    play.press("ArrowLeft")
    (event,) = play.advance(0)
    assert event == {
        "event": "step",
        "observation": before,
        "next_observation": [float(str(number)) for number in play.observation],
        "action": LEFT,
        "source": "human",
        "reward": -1.0,
        "terminated": False,
        "truncated": False,
        "feedback": 0,
        "episode": 1,
        "step": 1,
        "score": -1,
    }


def test_the_browser_that_starts_the_game_is_recorded() -> None:
    events = new_play().start(0, {"browser": "Firefox"})
    assert events[-1]["client"] == {"browser": "Firefox"}


@pytest.mark.parametrize(
    ("record", "keys"),
    [
        (None, {"observation", "next_observation"}),
        ([], set()),
        (["info"], {"info"}),
        (lambda step: {"speed": step.action - 1}, {"observation", "next_observation", "speed"}),
    ],
)
def test_a_row_has_what_the_researcher_asks_for(record: Any, keys: set[str]) -> None:
    (row,) = running(rail(record=record)).advance(0)
    always = {"event", "action", "source", "reward", "terminated", "truncated", "feedback", "episode", "step", "score"}
    assert set(row) - always == keys


def test_a_large_observation_is_recorded_only_where_it_is_asked_for() -> None:
    class Camera(gymnasium.ObservationWrapper[Any, Any, Any]):
        def observation(self, observation: Any) -> Any:
            return numpy.zeros((8, 9), numpy.uint8)

    game = rail()
    make = game.env
    assert callable(make)
    large = replace(game, env=lambda: Camera(make()))
    assert running(large).advance(0)[0]["observation"] is None
    assert running(replace(large, record=["observation"])).advance(0)[0]["observation"] == [[0] * 9] * 8


def test_callbacks_are_given_each_step() -> None:
    seen: list[Step] = []
    play = running(rail(on_step=seen.append))
    play.press("ArrowRight")
    play.advance(2.5)
    assert [(step.number, step.action, step.at, step.done) for step in seen] == [(1, RIGHT, 2.5, False)]


def test_the_display_shows_what_to_do() -> None:
    play = new_play(rail(2))

    def shown(display: Any = None) -> dict[str, Any]:
        return figures(play.state(0, 20), display)

    assert (shown()["Game"], shown()["Round"], shown()["Steps"]) == ("press Start to begin", "1 of 5", "0 of 2")
    play.start(0)
    play.advance(0)
    assert (shown()["Game"], shown()["Score"]) == ("running", -1)
    own = shown(lambda state: {"Metres": state.environment.position / 10, "Left": state.most_steps - state.step})
    assert own == {"Game": "running", "Metres": 0, "Left": 1}
    play.pause(0)
    assert "paused" in shown()["Game"]
    play.start(0)
    play.advance(0)
    assert "press Start for the next round" in shown()["Game"]


def test_the_seed_says_who_plays_the_same(tmp_path: Path) -> None:
    def seed(kind: Any, participant: str, name: str = "game") -> int:
        (table,) = prepare([Block(rail(seed=kind, name=name), tmp_path)], {}, project_id="p", participant=participant)
        return table.seed

    assert seed("participant", "a") == seed("participant", "a") != seed("participant", "b")
    assert seed("same", "a") == seed("same", "b") != seed("same", "b", "practice")
    assert seed(12, "a") == 12
