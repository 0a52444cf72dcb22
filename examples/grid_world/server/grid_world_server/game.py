"""One participant's game, as a state machine without a clock, a socket or a file.

    READY ──start──▶ RUNNING ──pause──▶ PAUSED ──start──▶ RUNNING
                        │  at the goal, or out of moves: the next episode begins
                        └─ after the last episode, or at stop ──▶ OVER

Each method returns the events to record, oldest first; a call that changes nothing returns none.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .environment import GARDEN, Cell, Direction, Grid
from .robot import Robot

Event = dict[str, Any]
"""Something to record: `event` names it, the other keys are plain JSON values."""

PRAISE = 1.0


class Phase(StrEnum):
    """State of the game."""

    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    OVER = "over"


@dataclass(frozen=True)
class Rules:
    """Rules that a researcher may set."""

    episodes: int = 3
    moves_per_episode: int = 40
    help_budget: int = 60
    """Number of times the participant may help: each Good, Bad and move counts one."""


class Game:
    """One participant's game."""

    def __init__(self, rules: Rules, seed: str, grid: Grid = GARDEN) -> None:
        self.rules = rules
        self.grid = grid
        self.robot = Robot(random.Random(seed))  # noqa: S311 - must be repeatable
        self.phase = Phase.READY
        self.episode = 1
        self.moves = 0
        self.score = 0
        self.help_used = 0
        self.cell = grid.start
        self._last_move: tuple[Cell, Direction] | None = None
        self._held: Direction | None = None
        self._pressed: Direction | None = None

    def start(self) -> list[Event]:
        """Start the game, or resume it after a pause."""
        if self.phase not in (Phase.READY, Phase.PAUSED):
            return []
        self.phase = Phase.RUNNING
        return [self._event("started")]

    def pause(self) -> list[Event]:
        """Stop the robot until `start`."""
        if self.phase is not Phase.RUNNING:
            return []
        self.phase = Phase.PAUSED
        self._held = self._pressed = None
        return [self._event("paused")]

    def reset(self) -> list[Event]:
        """Put the robot back to the start of this episode. Its preferences and the score stay."""
        if self.phase is Phase.OVER:
            return []
        event = self._event("reset")
        self._back_to_start()
        return [event]

    def stop(self) -> list[Event]:
        """End the game early."""
        return self._end("stopped")

    def praise(self) -> list[Event]:
        """The participant pressed Good for the last move."""
        return self._judge("good", PRAISE)

    def blame(self) -> list[Event]:
        """The participant pressed Bad for the last move."""
        return self._judge("bad", -PRAISE)

    def press(self, direction: Direction) -> list[Event]:
        """The participant holds a key down: the robot's next moves go in this direction.

        Browsers repeat a held key, and some clients send each press in two forms: a press of the
        held key changes nothing.
        """
        if self.phase is not Phase.RUNNING or direction is self._held:
            return []
        self._held = self._pressed = direction
        return [self._event("pressed", direction=direction)]

    def release(self, direction: Direction | None = None) -> list[Event]:
        """The participant releases a key; None: the key that is held.

        A short press that ends before the next tick still causes one move.
        """
        if self._held is None or direction not in (None, self._held):
            return []
        released, self._held = self._held, None
        return [self._event("released", direction=released)]

    def advance(self) -> list[Event]:
        """Move the robot by one cell: one tick of the clock.

        It moves in the participant's direction if a key is pressed and help is left; otherwise it
        chooses.
        """
        if self.phase is not Phase.RUNNING:
            return []
        wanted = self._pressed or self._held
        self._pressed = None
        shown = wanted if self.help_left else None
        direction = shown or self.robot.choose(self.cell)
        if shown:
            self.help_used += 1
            self.robot.learn(self.cell, direction, PRAISE)
        before, outcome = self.cell, self.grid.move(self.cell, direction)
        self._last_move = (before, direction)
        self.cell = outcome.cell
        self.moves += 1
        self.score += outcome.reward
        events = [
            self._event(
                "moved",
                direction=direction,
                by="participant" if shown else "robot",
                origin=[before.row, before.column],
                reward=outcome.reward,
                bumped=outcome.bumped,
            )
        ]
        if outcome.at_goal or self.moves >= self.rules.moves_per_episode:
            events += self._finish_episode(reached_goal=outcome.at_goal)
        return events

    @property
    def help_left(self) -> int:
        """Number of times the participant may still help."""
        return self.rules.help_budget - self.help_used

    def _judge(self, word: str, praise: float) -> list[Event]:
        if self.phase is not Phase.RUNNING or self._last_move is None or not self.help_left:
            return []
        cell, direction = self._last_move
        self.help_used += 1
        liking = self.robot.learn(cell, direction, praise)
        return [
            self._event("judged", word=word, judged_cell=[cell.row, cell.column], direction=direction, liking=liking)
        ]

    def _finish_episode(self, *, reached_goal: bool) -> list[Event]:
        events = [self._event("episode_finished", reached_goal=reached_goal)]
        if self.episode == self.rules.episodes:
            return events + self._end("completed")
        self.episode += 1
        self._back_to_start()
        return events

    def _back_to_start(self) -> None:
        self.cell = self.grid.start
        self.moves = 0
        self._last_move = self._pressed = None

    def _end(self, how: str) -> list[Event]:
        if self.phase is Phase.OVER:
            return []
        self.phase = Phase.OVER
        return [self._event("game_over", how=how)]

    def _event(self, name: str, **details: Any) -> Event:
        """Return an event with the game's state: each recorded line is complete."""
        return {
            "event": name,
            **details,
            "episode": self.episode,
            "moves": self.moves,
            "cell": [self.cell.row, self.cell.column],
            "score": self.score,
            "help_used": self.help_used,
        }
