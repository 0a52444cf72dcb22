"""The robot: a table of preferences for moves in cells, changed by the participant's help.

The learner is deliberately small, so that each decision can be explained to a participant or a
reviewer. It moves at random until it is taught: the world's reward is shown as the score, but the
robot learns only from the participant.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from .environment import Cell, Direction

EXPLORATION = 0.15
"""Share of the robot's own moves that are random, whatever it has learned."""

LIKING_LIMIT = 3.0
"""Limit of preferences (±), so that a few judgements can undo many earlier ones."""


@dataclass
class Robot:
    """A learner that keeps its preferences for the whole game."""

    random: random.Random
    likings: dict[tuple[Cell, Direction], float] = field(default_factory=dict)

    def choose(self, cell: Cell) -> Direction:
        """Return the robot's own next move: a preferred one in this cell, at random."""
        moves = list(Direction)
        if self.random.random() < EXPLORATION:
            return self.random.choice(moves)
        best = max(self.likings.get((cell, move), 0.0) for move in moves)
        return self.random.choice([move for move in moves if self.likings.get((cell, move), 0.0) == best])

    def learn(self, cell: Cell, move: Direction, praise: float) -> float:
        """Learn from praise (positive) or blame (negative); return the new preference."""
        liking = self.likings.get((cell, move), 0.0) + praise
        liking = max(-LIKING_LIMIT, min(LIKING_LIMIT, liking))
        self.likings[cell, move] = liking
        return liking
