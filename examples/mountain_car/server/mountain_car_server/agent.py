"""The interface of a lab's learning agent.

The agent chooses the action of each step in which the participant presses no key, and receives each
step and each Good and Bad. This study has no agent (`NoAgent`): the car rolls. To add one, write a
class with the three methods of `Agent` and use it in `__main__`; the README has an example similar
to TAMER.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from .mountain import Action, Observation


class Source(StrEnum):
    """Who chose an action; NONE: neither, the car rolls."""

    HUMAN = "human"
    AGENT = "agent"
    NONE = "nobody"  # as records have it


@dataclass(frozen=True)
class Step:
    """One step of the car."""

    number: int
    """In its round, from 1."""
    observation: Observation
    """Before the action."""
    action: Action
    source: Source
    reward: float
    next_observation: Observation
    done: bool


class Agent(Protocol):
    """The methods of a learning agent.

    The game's event loop calls them: each must return well within a frame (50 ms at 20 frames per
    second).
    """

    def choose(self, observation: Observation) -> Action | None:
        """Choose the car's next action; None: the car rolls."""

    def take_step(self, step: Step) -> None:
        """Learn from a step of any source: the participant's own steps are demonstrations."""

    def take_feedback(self, step: Step, value: int) -> None:
        """Learn from the participant's judgement of the latest step: +1 for Good, -1 for Bad."""


class NoAgent:
    """No agent: without a pressed key the car rolls."""

    def choose(self, observation: Observation) -> Action | None:  # noqa: D102 - see Agent
        return None

    def take_step(self, step: Step) -> None:  # noqa: D102 - see Agent
        pass

    def take_feedback(self, step: Step, value: int) -> None:  # noqa: D102 - see Agent
        pass
