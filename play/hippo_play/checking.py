"""Tries a game out before people do, and says what is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy

from .blocks import Block, Table, prepare
from .connection.pictures import LARGEST, Encoder
from .environments import World
from .faults import explained
from .game import GameError, Problem
from .plain import count, number
from .play import LARGEST_OBSERVATION, Event, Play
from .policies import InlineActor
from .steps import Phase

_FRAMES: Final = 40
"""Frames whose time is measured."""
_MOST_STEPS: Final = 2000
"""Of the episode of random play."""
_MOST_WITHOUT_KEYS: Final = 1000
"""Of the episode of each policy, which may be slow."""


@dataclass
class Report:
    """What was found.

    Attributes:
        problems: what keeps people from playing, each with its fix.
        facts: what was measured, by block where there are several.
    """

    problems: list[Problem] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """The game can be played."""
        return not self.problems

    def add(self, error: Exception, what: str) -> None:
        """Add what was raised, unless the policy of another condition met the same."""
        problems: Sequence[Problem] = (
            error.problems
            if isinstance(error, GameError)
            else [Problem(f"{what} raised {type(error).__name__}: {error}", "fix it in the environment or policy")]
        )
        self.problems += [each for each in problems if each not in self.problems]

    def as_json(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        problems = [{"problem": each.problem, "fix": each.fix} for each in self.problems]
        return {"ok": self.ok, "problems": problems, "facts": self.facts}

    def lines(self) -> list[str]:
        """Return one line for each finding."""
        return [
            *(f"problem: {each}" for each in self.problems),
            *(f"{name}: {value}" for name, value in self.facts.items()),
            "the game can be played" if self.ok else "the game cannot be played yet",
        ]


def check(
    blocks: Sequence[Block], conditions: Mapping[str, str], clock: Callable[[], float] = time.thread_time
) -> Report:
    """Build each block, look at its pictures, play one whole episode at random, and one with each policy.

    clock: seconds of one core, for the frames per second.
    """
    report = Report()
    for block in blocks:
        found = _check_block(block, conditions, clock)
        report.problems += found.problems
        report.facts |= (
            {f"{block.game.name}: {name}": value for name, value in found.facts.items()}
            if len(blocks) > 1
            else found.facts
        )
    return report


def _check_block(block: Block, conditions: Mapping[str, str], clock: Callable[[], float]) -> Report:
    report = Report()
    policies: list[str] = []
    for each in _every_condition(block, conditions):
        table = _prepared(block, each, report)
        if table is None:
            continue
        policies.append(table.policy)
        try:
            if len(policies) == 1:
                _try_out(table, clock, report)
            report.facts["policy"] = ", ".join(policies)
            if table.actor is not None and not table.world.turns:  # in turns people act in each step
                report.facts[f"without keys, {table.policy}"] = _play_without_keys(table)
        except Exception as error:  # noqa: BLE001 - of any kind
            report.add(error, "the game")
        finally:
            table.close()
    return report


def _prepared(block: Block, conditions: Mapping[str, str], report: Report) -> Table | None:
    try:
        (table,) = prepare([block], conditions, project_id="check", participant="check")
    except Exception as error:  # noqa: BLE001 - the researcher's own code
        report.add(error, "making the game")
        return None
    return table


def _every_condition(block: Block, conditions: Mapping[str, str]) -> list[Mapping[str, str]]:
    policies = block.game.policy
    if not isinstance(policies, Mapping) or set(conditions.values()) & set(map(str, policies)):
        return [conditions]
    return [
        {"policy": {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)} for value in policies
    ]


def _try_out(table: Table, clock: Callable[[], float], report: Report) -> None:
    world = table.world
    report.facts |= {
        "environment": world.name,
        "actions": str(world.space),
        "keys": ", ".join(f"{'+'.join(each.keys)}: {each.label}" for each in world.keymap.bindings)
        or "none: people watch",
        "mode": "turns" if world.turns else f"{world.fps} frames per second",
    }
    play = Play(table.game, world, None, table.seed)
    if not _picture_problems(world.picture(), report):
        _measure(table, play, clock, report)
    _random_episode(table, report)


def _picture_problems(pixels: Any, report: Report) -> bool:
    if not isinstance(pixels, numpy.ndarray) or pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != numpy.uint8:
        what = f"{pixels.dtype} of shape {pixels.shape}" if isinstance(pixels, numpy.ndarray) else repr(pixels)
        fix = 'make the environment with render_mode="rgb_array", and return height by width by 3 numbers from 0 to 255'
        report.problems.append(Problem(f"render() returned {what}, which is no picture", fix))
        return True
    height, width = pixels.shape[:2]
    report.facts["picture"] = f"{width} x {height}"
    if max(width, height) > LARGEST:
        report.facts["picture"] += f", shrunk to {LARGEST} pixels"
    return False


def _measure(table: Table, play: Play, clock: Callable[[], float], report: Report) -> None:
    """Measure the frames per second that this machine can reach."""
    encoder, seconds, size = Encoder(), [], 0
    play.start(0.0)
    for frame in range(_FRAMES):
        began = clock()
        play.advance(float(frame))
        size = max(size, len(encoder.encode(table.world.picture())))
        seconds.append(clock() - began)
        if play.phase is not Phase.RUNNING:
            play = Play(table.game, table.world, None, table.seed)
            play.start(0.0)
    median = sorted(seconds)[len(seconds) // 2]
    reached = round(1 / median) if median else 1000
    report.facts |= {
        "ms of one core per frame": round(1000 * median, 2),
        "frames per second reached": reached,
        "largest frame": f"{size} bytes",
    }
    if not table.world.turns and reached < table.world.fps:
        fix = f"set fps to at most {max(1, reached)}, draw smaller pictures, or take more vCPU"
        report.problems.append(
            Problem(f"{table.world.fps} frames per second are asked for, and {reached} are reached", fix)
        )


def _random_episode(table: Table, report: Report) -> None:
    """Play one whole episode, at random among what people can press; a policy acts and learns beside them."""
    world = table.world
    generator = numpy.random.default_rng(0)
    play = Play(table.game, world, _watched(table), table.seed)
    play.start(0.0)
    pressed = [binding.keys for binding in world.keymap.bindings]
    events: list[Event] = []
    steps = 0
    while steps < _MOST_STEPS and _in_first_episode(play):
        play.release()
        if pressed:
            for key in pressed[int(generator.integers(len(pressed)))]:
                play.press(key)
        events = play.advance(steps / world.fps)
        steps += 1
    report.facts["random episode"] = _outcome(steps, play, events)
    if count(play.observation) > LARGEST_OBSERVATION:
        report.facts["observations"] = f"{count(play.observation)} numbers: rebuilt by replay, not in the record"


class _Watched(InlineActor):
    """Refuses what the environment does not take: with a participant, it would end the game."""

    def __init__(self, policy: Any, name: str, world: World) -> None:
        super().__init__(policy)
        self._name, self._world = name, world

    def take(self, number: int) -> tuple[Any, int]:
        """Choose now.

        Raises:
            GameError: the policy failed, or what it chose is no action.
        """
        try:
            chosen, behind = super().take(number)
        except Exception as error:
            raise explained(error, f"the policy {self._name}") from error
        problem = None if chosen is None else self._world.misfit(chosen, f"the policy {self._name}")
        if problem is not None:
            raise GameError(problem)
        return chosen, behind


def _watched(table: Table) -> _Watched | None:
    return None if table.actor is None else _Watched(table.actor.policy, table.policy, table.world)


def _play_without_keys(table: Table) -> str:
    """Play one episode in which the policy chooses each action; return how it went."""
    play = Play(table.game, table.world, _watched(table), table.seed)
    play.start(0.0)
    events: list[Event] = []
    steps = 0
    while steps < _MOST_WITHOUT_KEYS and _in_first_episode(play):
        events = play.advance(steps / table.world.fps)
        steps += 1
    return _outcome(steps, play, events)


def _in_first_episode(play: Play) -> bool:
    return play.phase is Phase.RUNNING and play.episode == 1


def _outcome(steps: int, play: Play, events: Sequence[Event]) -> str:
    ended = any(event["event"] in ("episode_finished", "game_over") for event in events)
    return f"{steps} steps, score {number(round(play.score, 2))}" + ("" if ended else ", not over yet")
