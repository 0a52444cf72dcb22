"""The robot: a table of how much it likes each move in each cell, shaped by the participant's help.

A deliberately small learner, so that its every decision can be explained to a participant or a reviewer. It
wanders until it is taught: the world's reward is shown as the score, but the robot itself learns only from
the participant.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from .environment import Cell, Direction

EXPLORATION = 0.15
"""The share of its own moves that the robot makes at random, whatever it has been taught."""

LIKING_LIMIT = 3.0
"""Likings stay within ± this, so that a few later words can undo many earlier ones."""


@dataclass
class Robot:
    """A learner with a memory that lasts for the whole game."""

    random: random.Random
    likings: dict[tuple[Cell, Direction], float] = field(default_factory=dict)

    def choose(self, cell: Cell) -> Direction:
        """The robot's own next move: the one it likes best here, ties broken by chance."""
        moves = list(Direction)
        if self.random.random() < EXPLORATION:
            return self.random.choice(moves)
        best = max(self.likings.get((cell, move), 0.0) for move in moves)
        return self.random.choice([move for move in moves if self.likings.get((cell, move), 0.0) == best])

    def learn(self, cell: Cell, move: Direction, praise: float) -> float:
        """Take praise (positive) or blame (negative) for a move made in a cell; the liking that results."""
        liking = self.likings.get((cell, move), 0.0) + praise
        liking = max(-LIKING_LIMIT, min(LIKING_LIMIT, liking))
        self.likings[cell, move] = liking
        return liking
