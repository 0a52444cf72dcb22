"""Tries out gymnasium's environments: `python -m bench.environments` writes the table of docs/games.md.

Each is made from its id alone, played at random with its keys, and the same actions are made again. A
test compares the table with the environments; the times are those of the machine of the last run.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy

from hippo_common import console
from hippo_play import Game
from hippo_play.connection.pictures import Encoder
from hippo_play.environments import World
from hippo_play.keys import shown
from hippo_play.play import Play
from hippo_play.steps import Step

TRIED: Final = (
    "CartPole-v1",
    "MountainCar-v0",
    "MountainCarContinuous-v0",
    "Pendulum-v1",
    "Acrobot-v1",
    "FrozenLake-v1",
    "CliffWalking-v1",
    "Taxi-v4",
    "Blackjack-v1",
    "LunarLander-v3",
    "LunarLanderContinuous-v3",
    "BipedalWalker-v3",
    "CarRacing-v3",
)
"""Ids, as `game: {env: …}` names them."""

DOCUMENT: Final = Path(__file__).resolve().parent.parent / "docs" / "games.md"
BEGIN: Final = "<!-- written by python -m bench.environments -->"
END: Final = "<!-- end -->"
_STEPS: Final = 40
_SEED: Final = 11
_HEADER: Final = ("Environment", "Keys", "Pace", "Picture", "ms a frame", "Same again")


@dataclass(frozen=True)
class Tried:
    """What was found about an environment.

    Attributes:
        env: its id.
        keys: what each key does, in words.
        pace: frames per second, or turns.
        picture: width and height.
        ms: of one core for a step, its drawing and its encoding; median.
        is_deterministic: the same seed and actions give the same observations again.
    """

    env: str
    keys: str
    pace: str
    picture: str
    ms: float
    is_deterministic: bool

    def row(self) -> tuple[str, ...]:
        """Return the row of the table."""
        same = "yes" if self.is_deterministic else "no"
        return (f"`{self.env}`", self.keys, self.pace, self.picture, f"{self.ms:.1f}", same)


def try_out(env: str, steps: int = _STEPS) -> Tried:
    """Play an environment at random with its keys, measure its frames, and repeat its actions."""
    made: list[Step] = []
    game = Game(env, episodes=1000, start_each_episode=False, on_step=made.append)
    world = World(game)
    play, draw, encoder = Play(game, world, None, _SEED), numpy.random.default_rng(3), Encoder()
    bindings = world.keymap.bindings
    seconds: list[float] = []
    play.start(0)
    while len(made) < steps:
        play.hold(bindings[int(draw.integers(len(bindings)))].keys)
        began = time.thread_time()
        play.advance(len(made))
        encoder.encode(world.picture())
        seconds.append(time.thread_time() - began)
    height, width = world.picture().shape[:2]
    keys = ", ".join(f"{shown(each.keys)} {each.label}" for each in bindings)
    pace = "turns" if world.turns else f"{world.fps} a second"
    world.close()
    again = World(game)
    same = all(_repeats(again, step) for step in made)
    again.close()
    return Tried(env, keys, pace, f"{width} by {height}", 1000 * statistics.median(seconds), same)


def _repeats(world: World, step: Step) -> bool:
    """Make the same step in another instance; return whether it gives the same observation."""
    if step.number == 1:
        first, _ = world.reset(_SEED + step.episode - 1)
        if not numpy.array_equal(first, step.observation):
            return False
    return numpy.array_equal(world.step(step.action).observation, step.next_observation)


def table(rows: list[tuple[str, ...]]) -> str:
    """Return rows as a table in Markdown."""
    lines = [_HEADER, tuple("---" for _ in _HEADER), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def section(text: str) -> str:
    """Return what is between the marks of the document.

    Raises:
        ValueError: it has no such part.
    """
    found = re.search(f"{re.escape(BEGIN)}\n(.*?)\n{re.escape(END)}", text, re.DOTALL)
    if found is None:
        raise ValueError(f"{DOCUMENT} has no part between {BEGIN} and {END}")
    return found[1]


def main() -> int:
    """Write the table; return 1 if an environment is not deterministic."""
    found = [try_out(env) for env in TRIED]
    text = DOCUMENT.read_text("utf-8")
    before, after = text.split(f"{BEGIN}\n{section(text)}\n{END}")
    DOCUMENT.write_text(f"{before}{BEGIN}\n{table([each.row() for each in found])}\n{END}{after}", "utf-8")
    for each in found:
        console.say(f"{each.env}: {each.ms:.1f} ms, {'the same' if each.is_deterministic else 'NOT the same'} again")
    return int(not all(each.is_deterministic for each in found))


if __name__ == "__main__":
    sys.exit(main())
