"""The robot: a table of preferences for moves in cells, changed by the participant's help alone."""

import json
import random
from pathlib import Path
from typing import Any, Final

from hippo_play import Step

EXPLORATION: Final = 0.15  # share of the robot's own moves that are random, whatever it has learned
LIKING_LIMIT: Final = 3.0  # of preferences (±), so that a few judgements can undo many earlier ones


class Robot:
    """A policy of hippo_play that keeps its preferences for the whole game."""

    def __init__(self, seed: str | None) -> None:
        """seed: of the robot's random moves; None: another one each time."""
        self.random = random.Random(seed)  # noqa: S311 - must be repeatable
        self.likings: dict[tuple[int, ...], float] = {}
        self.helped = 0

    def choose(self, observation: Any, step: int) -> int:
        """Return the robot's own next move: a preferred one in this cell, at random."""
        if self.random.random() < EXPLORATION:
            return self.random.randrange(4)
        values = [self.likings.get((*map(int, observation), move), 0.0) for move in range(4)]
        return self.random.choice([move for move in range(4) if values[move] == max(values)])

    def learn(self, step: Step) -> None:
        if step.source == "human":  # a move that the participant has made counts as praise
            self.helped += 1
            self._like(step, 1)

    def feedback(self, steps: tuple[Step, ...], value: float) -> None:
        self.helped += 1
        for step in steps:
            self._like(step, value)

    def save(self, folder: Path) -> None:
        """Write the preferences: they go with the record."""
        rows = [[*key, liking] for key, liking in sorted(self.likings.items())]
        (folder / "likings.json").write_text(json.dumps(rows), "utf-8")

    def _like(self, step: Step, praise: float) -> None:
        key = (*map(int, step.observation), int(step.action))
        self.likings[key] = max(-LIKING_LIMIT, min(LIKING_LIMIT, self.likings.get(key, 0.0) + praise))
