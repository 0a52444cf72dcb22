"""Where a lab's learning agent goes.

The game asks the agent for an action in each step in which the participant presses nothing, and tells it of each step
and of each Good and Bad. This study comes without an agent (`NoAgent`): the car rolls. To put one in, write a class
with the three methods of `Agent` and name it in `__main__`; the README shows one in the manner of TAMER.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from .mountain import Action, Observation


class Source(StrEnum):
    """Who chose an action."""

    HUMAN = "human"
    AGENT = "agent"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Step:
    """One step of the car."""

    number: int
    """In its round, from 1."""
    observation: Observation
    """What the action was chosen on."""
    action: Action
    source: Source
    reward: float
    next_observation: Observation
    done: bool


class Agent(Protocol):
    """What a learning agent must be able to do.

    All calls come from the game's own loop: each must be over well within a frame (50 ms at 20 frames a second).
    """

    def choose(self, observation: Observation) -> Action | None:
        """Choose the car's next action; None: let it roll."""

    def take_step(self, step: Step) -> None:
        """Learn from a step, whoever chose it: the participant's own are demonstrations."""

    def take_feedback(self, step: Step, value: int) -> None:
        """Learn from the participant's judgement, +1 for Good and -1 for Bad, on the step that they saw last."""


class NoAgent:
    """No agent: without the participant the car rolls."""

    def choose(self, observation: Observation) -> Action | None:  # noqa: D102 - see Agent
        return None

    def take_step(self, step: Step) -> None:  # noqa: D102 - see Agent
        pass

    def take_feedback(self, step: Step, value: int) -> None:  # noqa: D102 - see Agent
        pass
