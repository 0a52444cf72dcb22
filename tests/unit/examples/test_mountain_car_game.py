"""The mountain car study's rules, on gymnasium's own MountainCar-v0; without a clock or a socket."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass, field

import gymnasium
import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mountain_car_server import controls
from mountain_car_server.agent import NoAgent, Source, Step
from mountain_car_server.game import Event, Game, Phase, Rules
from mountain_car_server.mountain import HEIGHT, WIDTH, Action, Mountain, Observation
from mountain_car_server.protocol import Command, FrameRate, Input, Press, Release


@dataclass
class Listener:
    """An agent with scripted choices, which stores the steps and feedback that it receives."""

    choice: Action | None = None
    steps: list[Step] = field(default_factory=list)
    judged: list[tuple[Step, int]] = field(default_factory=list)

    def choose(self, observation: Observation) -> Action | None:
        return self.choice

    def take_step(self, step: Step) -> None:
        self.steps.append(step)

    def take_feedback(self, step: Step, value: int) -> None:
        self.judged.append((step, value))


def new_game(episodes: int = 2, steps: int = 200, agent: Listener | None = None, seed: int = 7) -> Game:
    return Game(Rules(episodes, steps), seed, Mountain(steps), agent or NoAgent())


def running(episodes: int = 2, steps: int = 200, agent: Listener | None = None) -> Game:
    game = new_game(episodes, steps, agent)
    game.start()
    return game


def names(events: list[Event]) -> list[str]:
    return [event["event"] for event in events]


def swing(game: Game) -> list[Event]:
    """Play the round as a good driver: push in the direction in which the car rolls."""
    events: list[Event] = []
    while game.phase is Phase.RUNNING:
        game.release()
        game.press(Action.RIGHT if game.observation[1] >= 0 else Action.LEFT)
        events += game.advance()
    return events


def test_nothing_moves_before_start() -> None:
    game = new_game()
    game.press(Action.RIGHT)
    assert game.advance() == []
    assert (game.phase, game.steps) == (Phase.READY, 0)


def test_a_step_is_gymnasiums_step() -> None:
    environment = gymnasium.make("MountainCar-v0")
    expected, _ = environment.reset(seed=7)
    game = running()
    assert numpy.float32(game.observation[0]) == expected[0]
    for action in (Action.LEFT, Action.LEFT, Action.RIGHT, Action.COAST):
        game.release()
        if action is not Action.COAST:
            game.press(action)
        (event,) = (event for event in game.advance() if event["event"] == "step")
        assert event["action"] == action
        expected, *_ = environment.step(int(action))
        assert [numpy.float32(number) for number in game.observation] == list(expected)


def test_a_step_records_observation_action_reward_and_source() -> None:
    game = running()
    before = game.observation
    game.press(Action.LEFT)
    (event,) = game.advance()
    assert event == {
        "event": "step",
        "observation": list(before),
        "action": 0,
        "source": "human",
        "reward": -1.0,
        "done": False,
        "feedback": 0,
        "episode": 1,
        "step": 1,
        "score": -1,
    }


@pytest.mark.parametrize(
    ("keys", "choice", "action", "source"),
    [
        ("", None, Action.COAST, Source.NONE),
        ("", Action.LEFT, Action.LEFT, Source.AGENT),
        ("left", Action.RIGHT, Action.LEFT, Source.HUMAN),
        ("left right", None, Action.RIGHT, Source.HUMAN),
    ],
)
def test_the_participants_key_wins_over_the_agent(
    keys: str, choice: Action | None, action: Action, source: Source
) -> None:
    agent = Listener(choice)
    game = running(agent=agent)
    for key in keys.split():
        game.press(Action[key.upper()])
    game.advance()
    (step,) = agent.steps
    assert (step.action, step.source, step.number) == (action, source, 1)


def test_of_two_held_keys_the_later_wins_and_after_its_release_the_other() -> None:
    agent = Listener()
    game = running(agent=agent)
    for change, key in (
        (game.press, Action.LEFT),
        (game.press, Action.RIGHT),
        (game.release, Action.RIGHT),
        (game.release, Action.LEFT),
    ):
        change(key)
        game.advance()
    assert [step.action for step in agent.steps] == [Action.LEFT, Action.RIGHT, Action.LEFT, Action.COAST]


def test_a_short_tap_between_two_steps_drives_one_step() -> None:
    agent = Listener()
    game = running(agent=agent)
    game.press(Action.RIGHT)
    game.release(Action.RIGHT)
    game.advance()
    game.advance()
    assert [step.source for step in agent.steps] == [Source.HUMAN, Source.NONE]


def test_the_key_repeat_of_a_held_key_is_ignored() -> None:
    game = running()
    assert names(game.press(Action.RIGHT)) == ["pressed"]
    assert game.press(Action.RIGHT) == []
    assert names(game.release()) == ["released"]
    assert game.release() == []


def test_a_key_that_is_held_at_start_drives_the_car() -> None:
    agent = Listener()
    game = new_game(agent=agent)
    game.press(Action.RIGHT)
    game.start()
    game.advance()
    assert agent.steps[0].source is Source.HUMAN


def test_feedback_reaches_the_record_the_agent_and_the_next_step() -> None:
    agent = Listener()
    game = running(agent=agent)
    assert game.judge(1) == []  # no step to judge yet
    game.press(Action.LEFT)
    game.advance()
    (event,) = game.judge(1, seen_frame_id=9)
    assert (event["value"], event["seen_frame_id"], event["action"], event["source"]) == (1, 9, 0, "human")
    assert agent.judged == [(agent.steps[0], 1)]
    game.judge(1)
    game.judge(-1)
    (step,) = game.advance()
    assert step["feedback"] == 1
    (step,) = game.advance()
    assert step["feedback"] == 0


def test_a_good_driver_reaches_the_flag_and_the_next_round_waits_for_start() -> None:
    game = running()
    events = swing(game)
    assert names(events)[-1] == "episode_finished"
    assert events[-1]["at_flag"]
    assert (game.phase, game.flags, game.episode, game.is_between_rounds) == (Phase.READY, 1, 1, True)
    assert names(game.start()) == ["episode_started", "started"]
    assert (game.phase, game.episode, game.steps) == (Phase.RUNNING, 2, 0)
    assert game.score == -len([event for event in events if event["event"] == "step"])


def test_after_the_last_round_the_game_is_over_and_nothing_changes_it() -> None:
    game = running(episodes=1, steps=3)
    events = [event for _ in range(3) for event in game.advance()]
    assert names(events) == ["step", "step", "step", "episode_finished", "game_over"]
    assert (events[-2]["at_flag"], events[-1]["how"]) == (False, "completed")
    calls: list[Callable[[], list[Event]]] = [
        game.start,
        game.pause,
        game.reset,
        game.stop,
        game.advance,
        lambda: game.press(Action.LEFT),
        lambda: game.judge(1),
    ]
    assert [call() for call in calls] == [[]] * len(calls)


def test_feedback_on_a_rounds_last_step_is_accepted() -> None:
    game = running(steps=2)
    game.advance()
    game.advance()
    assert names(game.judge(-1)) == ["feedback"]


def test_pause_stops_the_car_and_start_resumes() -> None:
    game = running()
    game.advance()
    where = game.observation
    assert names(game.pause()) == ["paused"]
    assert game.advance() == []
    assert game.observation == where
    assert names(game.start()) == ["started"]
    assert names(game.advance()) == ["step"]
    assert game.steps == 2


def test_reset_restarts_the_round_from_the_same_position() -> None:
    game = running()
    first = game.observation
    assert game.reset() == []  # nothing to reset
    for _ in range(5):
        game.advance()
    events = game.reset()
    assert names(events) == ["reset", "episode_started"]
    assert (events[1]["attempt"], events[1]["episode"]) == (2, 1)
    assert (game.observation, game.steps, game.score) == (first, 0, -5)


def test_stop_ends_the_game_at_any_time() -> None:
    game = running()
    assert names(game.stop()) == ["game_over"]
    assert game.phase is Phase.OVER


def test_rounds_start_at_different_positions_determined_by_the_seed() -> None:
    def beginnings() -> list[Observation]:
        game, seen = running(episodes=3, steps=1), []
        while True:
            seen.append(game.observation)
            game.advance()
            if not game.start():
                return seen

    assert beginnings() == beginnings()
    assert len(set(beginnings())) == 3


def test_the_browser_that_starts_the_game_is_recorded() -> None:
    events = new_game().start({"browser": "Firefox"})
    assert events[-1]["client"] == {"browser": "Firefox"}


@given(st.lists(st.sampled_from(["start", "pause", "reset", "stop", "good", "bad", "left", "up", "tick", "fast"])))
def test_any_sequence_of_presses_keeps_the_game_consistent(pressed: list[str]) -> None:
    game, pace = new_game(episodes=2, steps=4), controls.Pace(20)
    inputs: dict[str, Input] = {"left": Press("left"), "up": Release(None), "fast": FrameRate("faster")}
    steps = 0
    for what in pressed:
        events = game.advance() if what == "tick" else controls.apply(inputs.get(what, Command(what)), game, pace)
        steps += names(events).count("step")
        assert game.score == -steps
        assert 0 <= game.steps <= 4
        assert 1 <= game.episode <= 2
        assert all(isinstance(value, str | int) for value in controls.display(game, pace).values())


def test_the_display_shows_what_to_do_and_the_cars_position() -> None:
    game, pace = new_game(steps=2), controls.Pace(20)
    shown = controls.display(game, pace)
    assert (shown["Game"], shown["Round"], shown["Steps"]) == ("press Start to begin", "1 of 2", "0 of 2")
    game.start()
    game.press(Action.LEFT)
    game.advance()
    shown = controls.display(game, pace)
    assert (shown["Game"], shown["Score"]) == ("running", -1)
    assert "rolling left" in str(shown["Car"]) or "hardly moving" in str(shown["Car"])
    game.pause()
    assert "paused" in str(controls.display(game, pace)["Game"])
    game.start()
    game.advance()
    assert "press Start for the next round" in str(controls.display(game, pace)["Game"])


@pytest.mark.parametrize(
    ("before", "wish", "after"),
    [(20, "faster", 25), (20, "slower", 15), (3, "slower", 1), (1, "faster", 5), (60, "faster", 60), (20, 90, 60)],
)
def test_the_pace_stays_within_bounds(before: int, wish: str | int, after: int) -> None:
    pace = controls.Pace(before)
    events = pace.change(FrameRate(wish))  # type: ignore[arg-type]
    assert pace.frames_per_second == after
    assert bool(events) == (before != after)


def test_the_picture_is_a_small_base64_jpeg_without_prefix() -> None:
    mountain = Mountain(200)
    mountain.reset(1)
    picture = mountain.picture()
    assert len(picture) < 40_000
    image = Image.open(io.BytesIO(base64.b64decode(picture)))
    assert (image.format, image.size) == ("JPEG", (WIDTH, HEIGHT))
    for _ in range(10):  # one step moves the car by less than a pixel
        mountain.step(Action.RIGHT)
    assert mountain.picture() != picture
    mountain.close()
