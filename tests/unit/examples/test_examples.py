"""Every example: it can be submitted and played, is small, and teaches what it says it teaches."""

from __future__ import annotations

import re

import numpy
import pytest

from hippo_cli.study import read
from hippo_play import checking
from hippo_play.play import Play
from local import study as studies
from local.fargate.containers import image_command
from tests.unit.examples.playing import EXAMPLES, begin, block_of, played

NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/config.yml"))
WITH_SERVER = ("grid_world", "mountain_car")


def test_make_up_submits_every_example() -> None:
    assert sorted(folder.name for folder in studies.EXAMPLES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_example_can_be_submitted_and_played(name: str) -> None:
    study = read(EXAMPLES / name)
    assert study.findings == ()
    assert sorted(study.pages) == sorted(file.name for file in (EXAMPLES / name).glob("*.html"))
    report = checking.check([block_of(name)], {})
    assert (report.ok, list(report.problems)) == (True, [])


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_small(name: str) -> None:
    lines = sum(len(file.read_text("utf-8").splitlines()) for file in (EXAMPLES / name).rglob("*.py"))
    most = {"correct_the_driver": 60, **dict.fromkeys(WITH_SERVER, 149)}
    assert lines <= most.get(name, 40)


@pytest.mark.parametrize("name", WITH_SERVER)
def test_a_container_with_a_dockerfile_runs_the_game(name: str) -> None:
    server = EXAMPLES / name / "server"
    assert image_command(server) == ("python", "-m", "hippo_play", "game.py")
    dockerfile = (server / "Dockerfile").read_text("utf-8")
    assert re.search(r"^FROM python:3\.\d+-slim", dockerfile, re.MULTILINE)
    assert re.search(r"^USER participant$", dockerfile, re.MULTILINE)
    assert "EXPOSE 5000" in dockerfile
    assert all("==" in line for line in (server / "requirements.txt").read_text("utf-8").splitlines() if line[0] != "#")


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(WITH_SERVER)))
def test_a_container_without_one_runs_the_game_of_config_yml(name: str) -> None:
    assert image_command(EXAMPLES / name) == ("python", "-m", "hippo_play", "config.yml")


# --- what people do in them ---


def test_the_lake_waits_for_each_move() -> None:
    play = begin("frozen_lake")
    assert play.world.turns
    assert [binding.label for binding in play.world.keymap.bindings] == ["Go left", "Go down", "Go right", "Go up"]
    seeds = {first.seed for first in (begin("frozen_lake"), begin("frozen_lake"))}
    assert len(seeds) == 1


@pytest.mark.parametrize(("x", "power"), [(0, -1), (0.25, -0.5), (0.5, 0), (1, 1)])
def test_a_touch_sets_the_engines_power_until_the_next_one(x: float, power: float) -> None:
    play = begin("steer_by_touch")
    play.start(0)
    play.point(x, 0.9)
    rows = [*play.advance(0), *play.advance(0)]
    assert [row["action"] for row in rows] == [pytest.approx([power])] * 2
    assert {row["source"] for row in rows} == {"human"}


def _judge(play: Play, now: float) -> None:
    """Judge, about twice a second, whether the car pushes the way that it rolls."""
    step = play.last_step
    if step is not None and step.number % 12 == 0:
        play.judge(1 if step.action == (2 if step.observation[1] >= 0 else 0) else -1, now + 0.3)


def test_a_driver_that_is_judged_learns_to_reach_the_flag() -> None:
    numpy.random.seed(1)
    finished = played(begin("judge_the_driver"), _judge)
    assert [event["terminated"] for event in finished] == [True] * 4
    assert finished[-1]["step"] < 300


def test_a_driver_that_is_not_judged_does_not_reach_it_as_soon() -> None:
    numpy.random.seed(1)
    finished = played(begin("judge_the_driver"), lambda play, now: None)
    assert sum(event["step"] for event in finished[1:]) > 3 * 300


def _correct_two_rounds(play: Play, now: float) -> None:
    """Push the way that the car rolls, in two rounds; then let go."""
    play.hold(["ArrowRight" if play.observation[1] >= 0 else "ArrowLeft"] if play.episode <= 2 else [])


def test_a_driver_that_was_corrected_drives_alone() -> None:
    play = begin("correct_the_driver")
    finished = played(play, _correct_two_rounds)
    assert [event["terminated"] for event in finished] == [True] * 5
    assert play.last_step is not None
    assert play.last_step.source == "policy"


def test_a_driver_that_was_never_corrected_leaves_the_engine_off() -> None:
    finished = played(begin("correct_the_driver"), lambda play, now: None)
    assert [event["terminated"] for event in finished] == [False] * 5


def test_what_was_learned_goes_with_the_record(tmp_path: object) -> None:
    for name, file in (("judge_the_driver", "weights.npy"), ("correct_the_driver", "corrections.npz")):
        from hippo_play.policies import load

        block = block_of(name)
        policy, _ = load(block.game.policy, block.folder, None, {})
        policy.save(tmp_path)
        assert numpy.load(f"{tmp_path}/{file}") is not None
