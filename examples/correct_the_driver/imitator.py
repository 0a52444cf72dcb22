"""A driver that learns from corrections, in the manner of DAgger (Ross, Gordon and Bagnell, 2011).

It drives, so that people correct it in the states to which its own errors lead. All corrections of
all rounds are kept; after each round it learns from them again. As in HG-DAgger (Kelly and others,
2019), people decide when to take over, and only then is their action a label.
"""

from pathlib import Path
from typing import Any

import numpy

from hippo_play import Step

NEAREST = 5
SCALE = numpy.array([1.8, 0.14])  # ranges of position and velocity


class Imitator:
    """Keeps the participant's actions, and does what they did most often in similar states."""

    def __init__(self) -> None:
        self.seen: list[Any] = []  # states in which the participant acted, in all rounds
        self.done: list[int] = []  # what they did
        self.states, self.actions = numpy.empty((0, 2)), numpy.empty(0, dtype=int)

    def choose(self, observation: Any, step: int) -> int | None:
        if len(self.actions) == 0:
            return None  # nothing learned: the engine is off
        distance = (((self.states - observation) / SCALE) ** 2).sum(axis=1)
        return int(numpy.bincount(self.actions[numpy.argsort(distance)[:NEAREST]]).argmax())

    def learn(self, step: Step) -> None:
        if step.source == "human":
            self.seen.append(step.observation)
            self.done.append(step.action)
        if step.done and self.seen:
            self.states, self.actions = numpy.array(self.seen), numpy.array(self.done)

    def save(self, folder: Path) -> None:
        numpy.savez(folder / "corrections.npz", states=self.states, actions=self.actions)


policy = Imitator()
