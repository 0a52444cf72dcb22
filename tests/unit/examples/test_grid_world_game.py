"""The grid world's rules: the world, the robot and the game, without a clock or a socket."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grid_world_server.environment import GARDEN, GOAL_REWARD, MOVE_REWARD, Cell, Direction, Grid
from grid_world_server.game import Event, Game, Phase, Rules
from grid_world_server.robot import LIKING_LIMIT, Robot

CORRIDOR = Grid.from_text("S.G")


def running(rules: Rules | None = None, grid: Grid = CORRIDOR) -> Game:
    game = Game(rules or Rules(), seed="a seed", grid=grid)
    game.start()
    return game


def names(events: list[Event]) -> list[str]:
    return [event["event"] for event in events]


def walk_right(game: Game) -> list[Event]:
    game.release()
    game.press(Direction.RIGHT)
    return game.advance()


def test_the_garden_can_be_walked_from_start_to_goal() -> None:
    reached, border = {GARDEN.start}, [GARDEN.start]
    while border:
        cell = border.pop()
        new = {GARDEN.move(cell, direction).cell for direction in Direction} - reached
        reached |= new
        border += new
    assert GARDEN.goal in reached


@given(row=st.integers(0, 5), column=st.integers(0, 5), direction=st.sampled_from(Direction))
def test_a_move_never_ends_in_a_wall_or_off_the_map(row: int, column: int, direction: Direction) -> None:
    if GARDEN.is_open(Cell(row, column)):
        assert GARDEN.is_open(GARDEN.move(Cell(row, column), direction).cell)


def test_a_move_into_a_wall_keeps_the_robot_in_its_cell_and_costs_a_move() -> None:
    outcome = CORRIDOR.move(Cell(0, 0), Direction.UP)
    assert (outcome.cell, outcome.bumped, outcome.reward) == (Cell(0, 0), True, MOVE_REWARD)


@pytest.mark.parametrize("text", ["S.\nG", "S.X\n..G", "S..", "SSG"])
def test_an_invalid_map_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="map"):
        Grid.from_text(text)


def test_the_robot_repeats_a_praised_move() -> None:
    robot = Robot(random.Random(1))  # noqa: S311
    robot.learn(Cell(0, 0), Direction.UP, 1.0)
    chosen = [robot.choose(Cell(0, 0)) for _ in range(200)]
    assert chosen.count(Direction.UP) > 150


def test_a_preference_stays_within_its_limit() -> None:
    robot = Robot(random.Random(1))  # noqa: S311
    likings = [robot.learn(Cell(0, 0), Direction.UP, 1.0) for _ in range(10)]
    assert likings[-1] == LIKING_LIMIT


def test_the_same_seed_and_inputs_replay_the_same_game() -> None:
    first, second = running(grid=GARDEN), running(grid=GARDEN)
    assert [first.advance() for _ in range(30)] == [second.advance() for _ in range(30)]


def test_nothing_moves_before_start_or_while_paused() -> None:
    game = Game(Rules(), seed="a seed")
    assert game.advance() == []
    game.start()
    game.pause()
    assert game.advance() == []


def test_the_participants_key_determines_the_next_move() -> None:
    game = running()
    game.press(Direction.RIGHT)
    (moved,) = game.advance()
    assert (moved["by"], moved["cell"]) == ("participant", [0, 1])


def test_a_short_press_between_two_ticks_still_makes_its_move() -> None:
    game = running()
    game.press(Direction.RIGHT)
    game.release(Direction.RIGHT)
    assert game.advance()[0]["by"] == "participant"


def test_a_held_key_that_the_browser_repeats_is_one_press() -> None:
    game = running()
    assert names(game.press(Direction.RIGHT) + game.press(Direction.RIGHT)) == ["pressed"]


def test_releasing_another_key_changes_nothing() -> None:
    game = running()
    game.press(Direction.RIGHT)
    assert game.release(Direction.LEFT) == []


def test_the_goal_ends_the_episode_and_the_last_episode_ends_the_game() -> None:
    game = running(Rules(episodes=2))
    walk_right(game)
    assert names(walk_right(game)) == ["moved", "episode_finished"]
    assert (game.episode, game.moves, game.cell) == (2, 0, CORRIDOR.start)
    walk_right(game)
    assert names(walk_right(game)) == ["moved", "episode_finished", "game_over"]
    assert (game.phase, game.score) == (Phase.OVER, 2 * (2 * MOVE_REWARD + GOAL_REWARD))


def test_an_episode_ends_after_its_moves_even_without_the_goal() -> None:
    game = running(Rules(episodes=1, moves_per_episode=1))
    (moved, finished, over) = walk_right(game)
    assert (moved["event"], finished["reached_goal"], over["how"]) == ("moved", False, "completed")


def test_stop_ends_the_game_once() -> None:
    game = running()
    assert names(game.stop()) == ["game_over"]
    assert game.stop() == game.start() == game.pause() == game.reset() == game.praise() == []


def test_good_and_bad_judge_the_last_move_and_cost_help() -> None:
    game = running()
    assert game.praise() == []  # no move to judge yet
    game.press(Direction.RIGHT)
    game.release()
    game.advance()
    (judged,) = game.blame()
    assert (judged["word"], judged["judged_cell"], judged["direction"]) == ("bad", [0, 0], "right")
    assert game.help_used == 2


def test_without_help_left_the_robot_chooses_every_move() -> None:
    game = running(Rules(help_budget=1), grid=GARDEN)
    game.press(Direction.RIGHT)
    game.advance()
    (moved,) = game.advance()  # the key is still held
    assert (moved["by"], game.help_left) == ("robot", 0)
    assert game.praise() == []


def test_reset_keeps_the_preferences_and_the_score() -> None:
    game = running()
    walk_right(game)
    game.reset()
    assert (game.cell, game.moves, game.score) == (CORRIDOR.start, 0, MOVE_REWARD)
    assert game.robot.likings == {(CORRIDOR.start, Direction.RIGHT): 1.0}


@given(
    st.lists(
        st.sampled_from(["start", "pause", "reset", "praise", "blame", "advance", "right", "left", "release"]),
        max_size=60,
    )
)
def test_any_sequence_of_actions_keeps_the_help_within_its_budget(actions: list[str]) -> None:
    game = Game(Rules(episodes=2, moves_per_episode=5, help_budget=3), seed="a seed")
    for action in actions:
        if action in tuple(Direction):
            game.press(Direction(action))
        else:
            getattr(game, action)()
        assert 0 <= game.help_used <= 3
