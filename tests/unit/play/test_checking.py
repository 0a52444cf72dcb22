"""`--check` and `--replay`: what a researcher sees before a participant does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import pytest

from hippo_play import Game
from hippo_play.__main__ import main
from hippo_play.blocks import Block
from hippo_play.checking import Report, check
from hippo_play.steps import Source
from tests.unit.play.rail import LEFT, Rail, rail
from tests.unit.play.test_environments import played


def checked(game: Game, seconds: float = 0.001) -> Report:
    """Check a game on a machine that needs so many seconds for each frame."""
    now = [0.0]

    def clock() -> float:
        now[0] += seconds
        return now[0]

    return check([Block(game, Path())], {}, clock)


def test_a_game_that_can_be_played_is_described() -> None:
    report = checked(rail())
    assert report.ok
    assert report.facts["picture"] == "48 x 32"
    assert report.facts["keys"] == "ArrowLeft: Left, ArrowRight: Right"
    assert report.facts["frames per second reached"] == 1000
    assert report.facts["random episode"] == "30 steps, score -30"
    assert report.lines()[-1] == "the game can be played"


def test_a_machine_that_is_too_slow_is_named() -> None:
    (problem,) = checked(rail(fps=50), 0.04).problems
    assert "50 frames per second are asked for, and 25 are reached" in problem.problem
    assert "set fps to at most 25" in problem.fix
    assert checked(rail(fps=50, wait_on_player=True), 0.04).ok  # turns have no speed


class Grey(Rail):
    def render(self) -> Any:
        return numpy.zeros((4, 4))


class Broken(Rail):
    def step(self, action: Any) -> Any:
        raise RuntimeError("the wagon fell off")


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (Grey, "which is no picture"),
        (Broken, "RuntimeError: the wagon fell off"),
        (lambda: 1 // 0, "ZeroDivisionError"),
    ],
)
def test_a_game_that_cannot_be_played_is_explained(make: Any, part: str) -> None:
    report = checked(Game(make, keys_to_action={"a": LEFT}, noop=1))
    assert part in " ".join(map(str, report.problems))
    assert not report.as_json()["ok"]


def test_the_policy_of_each_condition_must_load(tmp_path: Path) -> None:
    (tmp_path / "novice.py").write_text("choose = lambda observation, step: 1\n")
    game = rail(policy={"novice": "novice.py", "expert": "expert.py"})
    report = check([Block(game, tmp_path)], {}, lambda: 0.0)
    assert "expert.py does not exist" in " ".join(map(str, report.problems))


def test_the_policy_of_each_condition_plays_an_episode(tmp_path: Path) -> None:
    (tmp_path / "right.py").write_text("def policy(observation):\n    return 2\n")
    game = rail(policy={"alone": None, "expert": "right.py"})
    report = check([Block(game, tmp_path)], {}, lambda: 0.0)
    assert report.ok
    assert report.facts["policy"] == f"alone: {Source.NONE.value}, expert: right.py"
    assert report.facts["without keys, expert: right.py"] == "10 steps, score -10"
    assert not any(name.startswith("without keys, alone") for name in report.facts)


@pytest.mark.parametrize(
    ("code", "problem", "fix"),
    [
        ("return 17", "expert: own.py chose 17, which is not in Discrete(3)", "a number from 0 to 2"),
        ("return observation", "chose array([", "a number from 0 to 2"),
        ("return 1 // 0", "expert: own.py raised ZeroDivisionError", "fix it there"),
    ],
)
def test_what_a_policy_does_wrong_is_named(code: str, problem: str, fix: str, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(f"def policy(observation):\n    {code}\n")
    report = check([Block(rail(policy={"alone": None, "expert": "own.py"}), tmp_path)], {}, lambda: 0.0)
    (found,) = report.problems
    assert problem in found.problem
    assert fix in found.fix
    assert report.facts["picture"] == "48 x 32"  # the game itself is described all the same


def test_actions_out_of_bounds_are_left_to_the_environment() -> None:
    assert checked(Game("Pendulum-v1", policy=lambda observation: numpy.array([9.0]))).ok
    (problem,) = checked(Game("Pendulum-v1", policy=lambda observation: numpy.zeros(2))).problems
    assert "Box" in problem.problem


def test_check_prints_one_json_object_and_exits_with_0_or_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text("project: {game: {env: Blackjack-v1}}")
    assert main([str(config), "--check", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["ok"], shown["problems"], shown["facts"]["mode"]) == (True, [], "turns")
    config.write_text("project: {game: {env: Blackjack-v1, fps: 0}}")
    assert main([str(config), "--check", "--json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert shown["problems"][0]["problem"].startswith("fps must be")
    assert shown["problems"][0]["fix"]
    assert main([str(config)]) == 2
    assert "fps must be" in capsys.readouterr().err


def test_a_record_is_played_again(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    events, _ = played(Game("CartPole-v1", episodes=2))
    part = tmp_path / "20261122T120000.000Z-00000.jsonl"
    part.write_text("".join(json.dumps(event) + "\n" for event in events))
    assert main(["CartPole-v1", "--replay", str(tmp_path)]) == 0
    assert "the same as in the record" in capsys.readouterr().out
    changed = [{**event, "reward": 9} if event["event"] == "step" else event for event in events]
    part.write_text("".join(json.dumps(event) + "\n" for event in changed))
    assert main(["CartPole-v1", "--replay", str(part), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["game"]["differences"]
    assert main(["Taxi-v4", "--replay", str(part)]) == 1


@pytest.mark.parametrize("text", ["not json\n", "[]\n", None])
def test_what_is_no_record_is_explained(text: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if text is not None:
        (tmp_path / "part.jsonl").write_text(text)
    assert main(["CartPole-v1", "--replay", str(tmp_path)]) == 1
    assert "record" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["CartPole-v1", "--classic", "App"]])
def test_one_target_must_be_named(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(argv)
    assert "name a game.py" in capsys.readouterr().err
