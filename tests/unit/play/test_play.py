"""The rules of play, on gymnasium's MountainCar-v0 and on the rail; without a clock or a socket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gymnasium
import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_play import Episode, Game, Step
from hippo_play.display import figures
from hippo_play.environments import World
from hippo_play.play import Event, Play
from hippo_play.policies import InlineActor
from hippo_play.steps import Phase, Source
from tests.unit.play.rail import LEFT, RIGHT, STAY, rail
from tests.unit.play.serving import names


@dataclass
class Listener:
    """A policy with one choice, which stores the steps and feedback that it receives."""

    choice: int | None = None
    steps: list[Step] = field(default_factory=list)
    judged: list[tuple[tuple[int, ...], float]] = field(default_factory=list)

    def choose(self, observation: Any, step: int) -> int | None:
        return self.choice

    def learn(self, step: Step) -> None:
        self.steps.append(step)

    def feedback(self, steps: tuple[Step, ...], value: float) -> None:
        self.judged.append((tuple(step.number for step in steps), value))


def new_play(game: Game | None = None, policy: Any = None, seed: int = 7) -> Play:
    game = game or rail(episodes=2)
    return Play(game, World(game), None if policy is None else InlineActor(policy), seed)


def running(game: Game | None = None, policy: Any = None) -> Play:
    play = new_play(game, policy)
    play.start(0)
    return play


def test_nothing_moves_before_start() -> None:
    play = new_play()
    play.press("ArrowRight")
    assert play.advance(0) == []
    assert (play.phase, play.steps) == (Phase.READY, 0)


def test_a_step_is_gymnasiums_step() -> None:
    environment = gymnasium.make("MountainCar-v0")
    expected, _ = environment.reset(seed=7)
    play = running(Game("MountainCar-v0"))
    assert list(play.observation) == list(expected)
    for action, key in ((0, "ArrowLeft"), (0, "ArrowLeft"), (2, "ArrowRight"), (1, None)):
        play.release()
        if key:
            play.press(key)
        (event,) = (event for event in play.advance(0) if event["event"] == "step")
        assert event["action"] == action
        expected, *_ = environment.step(action)
        assert [numpy.float32(number) for number in event["next_observation"]] == list(expected)


@pytest.mark.parametrize(
    ("keys", "choice", "action", "source"),
    [
        ("", None, STAY, Source.NONE),
        ("", LEFT, LEFT, Source.POLICY),
        ("ArrowLeft", RIGHT, LEFT, Source.HUMAN),
        ("ArrowLeft ArrowRight", None, RIGHT, Source.HUMAN),
    ],
)
def test_the_participants_key_wins_over_the_policy(keys: str, choice: int | None, action: int, source: Source) -> None:
    policy = Listener(choice)
    play = running(policy=policy)
    for key in keys.split():
        play.press(key)
    play.advance(0)
    (step,) = policy.steps
    assert (step.action, step.source, step.number) == (action, source, 1)


@pytest.mark.parametrize("by_list", [False, True], ids=["one by one", "all that are held"])
def test_of_two_held_keys_the_later_wins_and_after_its_release_the_other(by_list: bool) -> None:
    policy = Listener()
    play = running(policy=policy)
    for change, key, held in (
        (play.press, "ArrowLeft", ["ArrowLeft"]),
        (play.press, "ArrowRight", ["ArrowLeft", "ArrowRight"]),
        (play.release, "ArrowRight", ["ArrowLeft"]),
        (play.release, "ArrowLeft", []),
    ):
        play.hold(held) if by_list else change(key)
        play.advance(0)
    assert [step.action for step in policy.steps] == [LEFT, RIGHT, LEFT, STAY]


def test_a_short_tap_between_two_steps_drives_one_step() -> None:
    policy = Listener()
    play = running(policy=policy)
    play.press("ArrowRight")
    play.release("ArrowRight")
    play.advance(0)
    play.advance(0)
    assert [step.source for step in policy.steps] == [Source.HUMAN, Source.NONE]


def test_the_key_repeat_of_a_held_key_is_ignored() -> None:
    play = running()
    assert names(play.press("ArrowRight")) == ["pressed"]
    assert play.press("ArrowRight") == []
    assert play.press("right") == []  # the same press in the older form
    assert play.hold(["ArrowRight"]) == []
    assert names(play.release()) == ["released"]
    assert play.release() == []


def test_keys_of_other_games_are_ignored() -> None:
    play = running()
    assert play.press("fire") == play.press("Tab") == play.press("\x00") == play.hold(["q", ""]) == []


def test_a_key_that_is_held_at_start_acts() -> None:
    policy = Listener()
    play = new_play(policy=policy)
    play.press("ArrowRight")
    play.start(0)
    play.advance(0)
    assert policy.steps[0].source is Source.HUMAN


def test_a_last_action_can_stand_until_the_next_key() -> None:
    policy = Listener()
    play = running(rail(noop="last"), policy)
    play.press("ArrowRight")
    play.advance(0)
    play.release()
    play.advance(0)
    assert [(step.action, step.source) for step in policy.steps] == [(RIGHT, Source.HUMAN), (RIGHT, Source.NONE)]


def test_feedback_reaches_the_record_the_policy_and_the_next_step() -> None:
    policy = Listener()
    play = running(policy=policy)
    assert play.judge(1, 0) == []  # no step to judge yet
    play.press("ArrowLeft")
    play.advance(0)
    (event,) = play.judge(1, 0, seen_frame_id=9)
    assert (event["value"], event["seen_frame_id"], event["action"], event["source"]) == (1, 9, 0, "human")
    assert policy.judged == [((1,), 1)]
    play.judge(1, 0)
    play.judge(-1, 0)
    (step,) = play.advance(0)
    assert step["feedback"] == 1
    (step,) = play.advance(0)
    assert step["feedback"] == 0


@pytest.mark.parametrize(("now", "about"), [(2.05, (14, 15, 16, 17, 18, 19)), (9.0, (20,))])
def test_feedback_is_about_the_steps_that_people_can_have_seen(now: float, about: tuple[int, ...]) -> None:
    policy = Listener()
    play = running(rail(length=99), policy)
    for step in range(20):  # number n at (n - 1) / 10 s
        play.advance(step / 10)
    play.judge(1, now)
    assert policy.judged == [(about, 1)]


def test_the_flag_ends_an_episode_and_the_next_one_waits_for_start() -> None:
    ended: list[Episode] = []
    play = running(rail(length=3, episodes=2, on_episode=ended.append))
    play.press("ArrowRight")
    events = [event for now in range(3) for event in play.advance(now)]
    assert names(events) == ["step", "step", "step", "episode_finished"]
    assert events[-1]["terminated"]
    assert ended == [Episode(1, 3, -3.0, 7, True, False)]
    assert (play.phase, play.episode, play.is_between_episodes) == (Phase.READY, 1, True)
    assert names(play.start(3)) == ["episode_started", "started"]
    assert (play.phase, play.episode, play.steps, play.score) == (Phase.RUNNING, 2, 0, -3)


def test_an_episode_can_begin_by_itself() -> None:
    play = running(rail(2, episodes=2, start_each_episode=False))
    play.advance(0)
    assert names(play.advance(0)) == ["step", "episode_finished", "episode_started", "started"]
    assert (play.phase, play.episode) == (Phase.RUNNING, 2)


def test_after_the_last_episode_the_game_is_over_and_nothing_changes_it() -> None:
    play = running(rail(3, episodes=1))
    events = [event for _ in range(3) for event in play.advance(0)]
    assert names(events) == ["step", "step", "step", "episode_finished", "game_over"]
    assert (events[-2]["terminated"], events[-1]["how"]) == (False, "completed")
    calls: list[Callable[[], list[Event]]] = [
        lambda: play.start(1),
        lambda: play.pause(1),
        lambda: play.reset(1),
        lambda: play.stop(1),
        lambda: play.advance(1),
        lambda: play.press("ArrowLeft"),
        lambda: play.hold(["ArrowLeft"]),
        lambda: play.judge(1, 1),
        lambda: play.check_time(1),
    ]
    assert [call() for call in calls] == [[]] * len(calls)


def test_feedback_on_an_episodes_last_step_is_accepted() -> None:
    play = running(rail(2))
    play.advance(0)
    play.advance(0)
    assert names(play.judge(-1, 0)) == ["feedback"]


def test_pause_stops_the_game_and_start_resumes() -> None:
    play = running()
    play.advance(0)
    where = play.observation
    assert names(play.pause(1)) == ["paused"]
    assert play.advance(2) == []
    assert play.observation is where
    assert names(play.start(3)) == ["started"]
    assert names(play.advance(4)) == ["step"]
    assert play.steps == 2


def test_seconds_of_play_end_the_game_and_pauses_do_not_count() -> None:
    play = running(rail(seconds=10, episodes=None))
    assert play.game.last_episode is None
    play.pause(4)
    play.start(100)
    assert names(play.advance(105.9)) == ["step"]
    assert play.check_time(105.99) == []
    (over,) = play.advance(106)
    assert (over["event"], over["how"], over["seconds"]) == ("game_over", "time", 10)


def test_reset_restarts_the_episode_from_the_same_position() -> None:
    play = running()
    first = list(play.observation)
    assert play.reset(0) == []  # nothing to reset
    for _ in range(5):
        play.advance(0)
    events = play.reset(0)
    assert names(events) == ["reset", "episode_started"]
    assert (events[1]["attempt"], events[1]["episode"]) == (2, 1)
    assert (list(play.observation), play.steps, play.score) == (first, 0, -5)


def test_stop_ends_the_game_at_any_time() -> None:
    play = running()
    assert names(play.stop(0)) == ["game_over"]
    assert play.phase is Phase.OVER


def test_episodes_start_at_different_positions_determined_by_the_seed() -> None:
    def beginnings() -> list[float]:
        play, seen = running(rail(1, episodes=3)), []
        while True:
            seen.append(float(play.observation[0]) - play.world.environment.position)
            play.advance(0)
            if not play.start(0):
                return [round(each, 3) for each in seen]

    assert len(set(beginnings())) == 3
    assert beginnings() == beginnings()


def test_a_budget_limits_steps_and_judgements() -> None:
    play = running(rail(budget=2))
    play.press("ArrowLeft")
    assert play.advance(0)[0]["source"] == "human"
    assert names(play.judge(1, 0)) == ["feedback"]
    assert play.advance(0)[0]["source"] == "nobody"  # the key is still held
    assert (play.judge(1, 0), play.used, play.help_left) == ([], 2, False)


def test_a_play_can_go_on_where_an_earlier_one_was() -> None:
    first = running(rail(1, episodes=3))
    first.advance(0)
    first.start(0)
    second = Play(first.game, first.world, None, 7, episode=2, score=-1)
    second.start(0)
    assert second.episode_seed == first.episode_seed == 8
    assert (second.episode, second.score) == (2, -1)


@given(st.lists(st.sampled_from(["start", "pause", "reset", "stop", "good", "left", "up", "hold", "tick", "time"])))
def test_any_sequence_of_inputs_keeps_the_play_consistent(pressed: list[str]) -> None:
    play, steps = new_play(rail(4, episodes=2)), 0
    for now, what in enumerate(pressed):
        calls: dict[str, Callable[[], list[Event]]] = {
            "start": lambda: play.start(now),  # noqa: B023 - called at once
            "pause": lambda: play.pause(now),  # noqa: B023
            "reset": lambda: play.reset(now),  # noqa: B023
            "stop": lambda: play.stop(now),  # noqa: B023
            "good": lambda: play.judge(1, now),  # noqa: B023
            "left": lambda: play.press("left"),
            "up": play.release,
            "hold": lambda: play.hold(["ArrowRight"]),
            "tick": lambda: play.advance(now),  # noqa: B023
            "time": lambda: play.check_time(now),  # noqa: B023
        }
        steps += names(calls[what]()).count("step")
        assert play.score == -steps
        assert 0 <= play.steps <= 4
        assert 1 <= play.episode <= 2
        shown = figures(play.state(now, 20), None)
        assert all(isinstance(value, str | int | float) for value in shown.values())
