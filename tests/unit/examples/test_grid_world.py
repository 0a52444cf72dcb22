"""The grid world study: its garden, its robot, and the game that they make with hippo_play."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from garden import GOAL_REWARD, MAP, MOST_MOVES, MOVE_REWARD, MOVES, PUDDLE_REWARD, Garden
from hippo_cli.study import read
from hippo_play import Step
from hippo_play.play import Play
from hippo_play.steps import Phase
from robot import LIKING_LIMIT, Robot
from tests.unit.examples.playing import EXAMPLES, begin

LEFT, RIGHT, UP, DOWN = range(4)
START, GOAL = (0, 0), (5, 5)
WAY = [DOWN, DOWN, RIGHT, RIGHT, DOWN, DOWN, RIGHT, RIGHT, DOWN, RIGHT]
KEYS = {LEFT: "ArrowLeft", RIGHT: "ArrowRight", UP: "ArrowUp", DOWN: "ArrowDown"}


def at(row: int, column: int) -> Garden:
    garden = Garden()
    garden.cell = (row, column)
    return garden


def is_open(row: int, column: int) -> bool:
    return 0 <= row < len(MAP) and 0 <= column < len(MAP[0]) and MAP[row][column] != "#"


def step(cell: tuple[int, int], action: int, source: str = "policy") -> Step:
    return cast(Step, SimpleNamespace(observation=numpy.array(cell), action=action, source=source))


def running() -> Play:
    play = begin("grid_world")
    play.start(0)
    return play


def walk(play: Play, action: int, now: float = 0.5) -> list[dict[str, Any]]:
    play.hold([KEYS[action]])
    return play.advance(now)


def robot_of(play: Play) -> Robot:
    found = play.game.policy
    return cast(Robot, found)


def named(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


def test_the_study_has_no_faults_and_no_warnings() -> None:
    assert read(EXAMPLES / "grid_world").findings == ()


def test_the_map_is_a_rectangle_with_one_start_and_one_goal() -> None:
    text = "".join(MAP)
    assert {len(line) for line in MAP} == {len(MAP[0])}
    assert MAP[START[0]][START[1]] == "S"
    assert MAP[GOAL[0]][GOAL[1]] == "G"
    assert (text.count("S"), text.count("G"), set(text) - set("SG#~.")) == (1, 1, set())


def test_the_garden_can_be_walked_from_start_to_goal() -> None:
    reached, border = {START}, [START]
    while border:
        cell = border.pop()
        for action in range(4):
            garden = at(*cell)
            garden.step(action)
            if garden.cell not in reached:
                reached.add(garden.cell)
                border.append(garden.cell)
    assert GOAL in reached


@given(row=st.integers(0, 5), column=st.integers(0, 5), action=st.integers(0, 3))
def test_a_move_never_ends_in_a_wall_or_off_the_map(row: int, column: int, action: int) -> None:
    if is_open(row, column):
        garden = at(row, column)
        observation, reward, at_goal, _, info = garden.step(action)
        wanted = (row + MOVES[action][0], column + MOVES[action][1])
        assert info["bumped"] == (not is_open(*wanted))
        assert garden.cell == ((row, column) if info["bumped"] else wanted)
        assert garden.observation_space.contains(observation)
        kind = MAP[garden.cell[0]][garden.cell[1]]
        assert reward == MOVE_REWARD + {"~": PUDDLE_REWARD, "G": GOAL_REWARD}.get(kind, 0)
        assert at_goal == (kind == "G")


def test_the_picture_changes_with_the_robots_cell() -> None:
    garden = Garden()
    before = garden.render()
    garden.step(DOWN)
    assert (before.shape, before.dtype) == ((384, 384, 3), numpy.uint8)
    assert (before != garden.render()).any()


def test_the_robot_repeats_a_praised_move() -> None:
    robot = Robot("a seed")
    robot.learn(step(START, UP, source="human"))
    chosen = [robot.choose(numpy.array(START), 1) for _ in range(200)]
    assert chosen.count(UP) > 150


def test_the_robot_does_not_learn_from_its_own_moves() -> None:
    robot = Robot("a seed")
    robot.learn(step(START, UP))
    assert (robot.likings, robot.helped) == ({}, 0)


@pytest.mark.parametrize(("value", "limit"), [(1, LIKING_LIMIT), (-1, -LIKING_LIMIT)])
def test_a_preference_stays_within_its_limit(value: float, limit: float) -> None:
    robot = Robot("a seed")
    for _ in range(10):
        robot.feedback((step(START, UP),), value)
    assert robot.likings == {(*START, UP): limit}


def test_the_preferences_go_with_the_record(tmp_path: Path) -> None:
    robot = Robot("a seed")
    robot.feedback((step((2, 1), RIGHT),), -1)
    robot.save(tmp_path)
    assert json.loads((tmp_path / "likings.json").read_text()) == [[2, 1, RIGHT, -1]]


def test_the_same_seed_replays_the_same_moves() -> None:
    first, second = Robot("a seed"), Robot("a seed")
    moves = [first.choose(numpy.array(START), number) for number in range(50)]
    assert moves == [second.choose(numpy.array(START), number) for number in range(50)]


def test_the_participants_key_determines_the_next_move_and_the_robot_learns_it() -> None:
    play = running()
    (row,) = walk(play, DOWN)
    assert (row["source"], row["next_observation"], row["info"]) == ("human", [1, 0], {"bumped": False})
    assert robot_of(play).likings == {(*START, DOWN): 1.0}


@pytest.mark.parametrize(("key", "action"), [("a", LEFT), ("d", RIGHT), ("w", UP), ("s", DOWN)])
def test_letters_are_arrows(key: str, action: int) -> None:
    play = running()
    play.hold([key])
    assert play.advance(0.5)[0]["action"] == action


def test_the_goal_ends_a_round_and_the_next_one_begins_by_itself() -> None:
    play = running()
    events = [event for action in WAY for event in walk(play, action)]
    assert named(events)[-3:] == ["episode_finished", "episode_started", "started"]
    score = len(WAY) * MOVE_REWARD + GOAL_REWARD
    assert (play.phase, play.episode, play.steps, play.score) == (Phase.RUNNING, 2, 0, score)
    last = [event for action in 2 * WAY for event in walk(play, action)]
    assert (play.phase, play.score, last[-1]["how"]) == (Phase.OVER, 3 * score, "completed")


def test_a_round_ends_after_its_moves_even_without_the_goal() -> None:
    play = running()
    events = [event for _ in range(MOST_MOVES) for event in walk(play, UP)]
    finished = next(event for event in events if event["event"] == "episode_finished")
    assert (finished["terminated"], finished["truncated"]) == (False, True)


def test_good_and_bad_judge_the_last_move_and_cost_help() -> None:
    play = running()
    assert play.judge(1, 0.1) == []  # no move to judge yet
    walk(play, DOWN)
    (judged,) = play.judge(-1, 0.6)
    assert (judged["value"], judged["observation"], judged["action"]) == (-1, [0, 0], DOWN)
    assert robot_of(play).likings == {(*START, DOWN): 0.0}
    display = play.game.display
    assert display is not None
    assert display(play.state(1, 2))["Help left"] == 58
    assert play.used == robot_of(play).helped == 2


def test_without_help_left_the_robot_chooses_every_move() -> None:
    play = running()
    for _ in range(60):
        walk(play, UP)
    assert play.used == 60
    (row, *_) = walk(play, UP)  # the key is still held
    assert row["source"] == "policy"
    assert play.judge(1, 0.6) == []


def test_reset_keeps_the_preferences_and_the_score() -> None:
    play = running()
    walk(play, DOWN)
    play.reset(1)
    assert (list(play.observation), play.steps, play.score) == ([0, 0], 0, MOVE_REWARD)
    assert robot_of(play).likings == {(*START, DOWN): 1.0}


@given(
    st.lists(
        st.sampled_from(["start", "pause", "reset", "good", "bad", "advance", "right", "left", "none"]), max_size=60
    )
)
def test_any_sequence_of_inputs_keeps_the_help_within_its_budget(inputs: list[str]) -> None:
    play = begin("grid_world")
    object.__setattr__(play.game, "budget", 3)
    for what in inputs:
        match what:
            case "good" | "bad":
                play.judge(1 if what == "good" else -1, 1)
            case "right" | "left":
                play.hold([f"Arrow{what.capitalize()}"])
            case "none":
                play.hold([])
            case _:
                getattr(play, what)(1)
        assert 0 <= play.used == robot_of(play).helped <= 3
