"""Environments of gymnasium and of old gym play with nothing but their id, and can be played again."""

from __future__ import annotations

import importlib.util
import itertools
from typing import Any

import gymnasium
import numpy
import pytest

from hippo_play import Game, GameError
from hippo_play.environments import World
from hippo_play.play import Event, Play
from hippo_play.recording import replay
from hippo_play.steps import Phase
from tests.unit.play.rail import Rail, rail

PLAIN = [
    "CartPole-v1",
    "MountainCar-v0",
    "MountainCarContinuous-v0",
    "Pendulum-v1",
    "Acrobot-v1",
    "FrozenLake-v1",
    "CliffWalking-v1",
    "Taxi-v4",
    "Blackjack-v1",
]
BOX2D = ["LunarLander-v3", "LunarLanderContinuous-v3", "BipedalWalker-v3", "CarRacing-v3"]
HAS_BOX2D = importlib.util.find_spec("Box2D") is not None
ALL = [*PLAIN, *(pytest.param(each, marks=pytest.mark.skipif(not HAS_BOX2D, reason="no Box2D")) for each in BOX2D)]


def played(game: Game, most: int = 40) -> tuple[list[Event], World]:
    """Play at random, as a person could: with the keys of the game."""
    world = World(game)
    play, draw = Play(game, world, None, 11), numpy.random.default_rng(3)
    bound = [binding.keys for binding in world.keymap.bindings]
    events: list[Event] = []
    for now in range(most):
        events += play.start(now)
        play.release()
        for key in bound[int(draw.integers(len(bound)))] if draw.random() < 0.8 else ():
            play.press(key)
        events += play.advance(now)
        if play.phase is Phase.OVER:
            break
    return events, world


@pytest.mark.parametrize("env_id", ALL)
def test_an_environment_plays_with_its_id_alone_and_its_record_plays_again(env_id: str) -> None:
    events, world = played(Game(env_id, episodes=3), 5 if env_id == "CarRacing-v3" else 40)  # it draws each observation
    picture = world.picture()
    assert (picture.dtype, picture.ndim, picture.shape[2]) == (numpy.uint8, 3, 3)
    steps = [event for event in events if event["event"] == "step"]
    assert len(steps) >= 3
    assert {step["source"] for step in steps} >= {"human"}
    if env_id != "CarRacing-v3":  # its observations are pictures
        assert all(step["observation"] is not None for step in steps)
        for before, after in itertools.pairwise(steps):
            if before["episode"] == after["episode"]:
                assert before["next_observation"] == after["observation"]
    world.close()
    again = World(Game(env_id))
    result = replay.replay(events, again)
    again.close()
    assert (result.steps, result.differences) == (len(steps), [])


def test_the_limit_of_steps_is_that_of_the_environment_as_it_is_made() -> None:
    assert World(Game("CartPole-v1")).most_steps == 500
    assert World(Game("CartPole-v1", env_args={"max_episode_steps": 9})).most_steps == 9
    assert World(Game("CliffWalking-v1")).most_steps is None


def test_a_changed_record_is_found_out() -> None:
    events, world = played(Game("CartPole-v1", episodes=3))
    changed = [{**event, "action": 1 - event["action"]} if event["event"] == "step" else event for event in events]
    result = replay.replay(changed, world)
    assert result.differences
    assert result.differences[0].startswith("episode 1, step 1: next_observation[1] is ")


class Older:
    """An environment of gym 0.21: four values of step, seed() and render(mode)."""

    def __init__(self) -> None:
        self.rail = Rail(4)
        self.action_space, self.metadata = self.rail.action_space, {"video.frames_per_second": 12}
        self.seeded: int | None = None

    def seed(self, seed: int) -> None:
        self.seeded = seed

    def reset(self) -> Any:
        return self.rail.reset(seed=self.seeded)[0]

    def step(self, action: Any) -> Any:
        observation, reward, terminated, truncated, info = self.rail.step(action)
        return observation, reward, terminated or truncated, {**info, "TimeLimit.truncated": truncated}

    def render(self, mode: str) -> Any:
        assert mode == "rgb_array"
        return self.rail.render()

    def close(self) -> None:
        pass


def test_an_environment_of_old_gym_plays_as_a_new_one_does() -> None:
    keys = {"ArrowLeft": 0, "ArrowRight": 2}
    old, world = played(Game(Older, keys_to_action=keys, noop=1))
    new, _ = played(rail(4, episodes=1))
    assert old == new
    assert old[-2]["truncated"]
    assert world.fps == 12
    assert world.picture().shape == (32, 48, 3)


def test_an_environments_own_keys_are_taken() -> None:
    class Keyed(Rail):
        def get_keys_to_action(self) -> dict[Any, int]:
            return {(): 1, (276,): 0, (ord("d"),): 2, ("a", "d"): 1}

    world = World(Game(Keyed))
    found = [(binding.keys, binding.action, binding.name) for binding in world.keymap.bindings]
    assert found == [(("ArrowLeft",), 0, "left"), (("d",), 2, "right"), (("a", "d"), 1, "a+d")]
    assert world.noop == 1


def test_keys_of_continuous_actions_add_up_within_the_space() -> None:
    keys = {"a": [0.7], "d": [0.6], "s": [-0.2]}
    world = World(Game("MountainCarContinuous-v0", keys_to_action=keys))
    assert world.keymap.resolve(["a", "s"]) == pytest.approx([0.5])
    assert world.keymap.resolve(["a", "d"]) == pytest.approx([1.0])


@pytest.mark.parametrize(
    ("space", "action"),
    [(gymnasium.spaces.MultiBinary(3), [1, 0, 1]), (gymnasium.spaces.MultiDiscrete([3, 2]), [2, 1])],
)
def test_keys_held_together_stand_for_one_action_of_several_parts(space: Any, action: list[int]) -> None:
    class Buttons(Rail):
        def __init__(self) -> None:
            super().__init__()
            self.action_space = space

        def step(self, action: Any) -> Any:
            assert space.contains(action)
            self.action_space = gymnasium.spaces.Discrete(3)
            return super().step(1)

    game = Game(Buttons, keys_to_action={"a": [1, 0, 0][: len(action)], ("a", "b"): action})
    play = Play(game, World(game), None, 1)
    play.start(0)
    play.hold(["a", "b"])
    (step,) = play.advance(0)
    assert step["action"] == action


def test_a_place_in_the_picture_sets_a_part_of_a_continuous_action_until_the_next_one() -> None:
    continuous = World(Game("MountainCarContinuous-v0", keys_to_action={"a": [-1.0]}, pointer={"x": 0}))
    play = Play(Game("MountainCarContinuous-v0"), continuous, None, 1)
    play.start(0)
    play.point(0.75, 0.1)
    actions = [play.advance(0)[0]["action"], play.advance(0)[0]["action"]]
    play.press("a")
    actions.append(play.advance(0)[0]["action"])
    assert actions == [[0.5], [0.5], [-1.0]]


def faults(game: Game) -> list[str]:
    with pytest.raises(GameError) as raised:
        World(game)
    return [str(problem) for problem in raised.value.problems]


def test_an_environment_without_keys_is_refused_with_what_to_write() -> None:
    (fault,) = faults(Game(Rail))
    assert "the environment names no keys; its actions are Discrete(3)" in fault
    assert 'keys_to_action={"ArrowLeft": a number from 0 to 2, …}' in fault


def test_a_gamepad_presses_only_keys_of_the_game() -> None:
    found = faults(Game("CartPole-v1", gamepad={"button0": "left", "button1": "x"}))
    assert [each.startswith("gamepad: button1 presses 'x', which the game does not have") for each in found] == [True]


def test_a_pointer_that_does_not_fit_the_actions_is_refused() -> None:
    assert "does not fit Discrete(2)" in faults(Game("CartPole-v1", pointer={"x": 0}))[0]
    assert "does not fit Box" in faults(Game("Pendulum-v1", pointer={"x": 1}))[0]


def test_every_fault_is_named_with_its_fix() -> None:
    found = faults(
        Game("CartPole-v1", env_args={"render_mode": "human"} | {"render_mode": None}, keys_to_action={"a": 5}, noop=2)
    )
    assert len(found) == 3
    assert "render_mode" in found[0]
    assert "the action 5 of A is not in Discrete(2): use a number from 0 to 1" in found[1]
    assert "the action 2 of noop is not in Discrete(2)" in found[2]


@pytest.mark.parametrize(
    ("game", "part"),
    [
        (Game("CartPole-v99"), "write an id such as CartPole-v1"),
        (Game("Nothing-v0"), "Environment `Nothing` doesn't exist"),
        (Game("no_such_module:Env-v0"), "pip install no_such_module"),
        (Game("CartPole-v1", env_args={"speed": 3}), "env_args: "),
        (Game(lambda: 1 // 0), "making the environment raised ZeroDivisionError"),
        (Game(lambda: gymnasium.make("Nothing-v0")), "Environment `Nothing` doesn't exist"),
        (Game(lambda: None), "env returned None, which has no reset, step, render"),
    ],
)
def test_an_environment_that_cannot_be_made_is_explained(game: Game, part: str) -> None:
    assert part in " ".join(faults(game))
