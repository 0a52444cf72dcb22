"""What happened in a game: steps, episodes, and the state between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """State of the game."""

    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    OVER = "over"


class Source(StrEnum):
    """Who chose an action; NONE: neither, so it is the game's `noop`."""

    HUMAN = "human"
    POLICY = "policy"
    NONE = "nobody"  # as records have it


@dataclass(frozen=True)
class Step:
    """One step of the environment.

    Attributes:
        episode: from 1.
        number: in its episode, from 1.
        observation: before the action.
        action: as the environment took it.
        source: who chose it.
        reward: of this step.
        terminated: the environment reached an end.
        truncated: the episode was cut, as by a limit of steps.
        next_observation: after the action.
        info: of the environment.
        at: seconds, of the play's clock.
        behind: steps by which the policy's choice was late.
    """

    episode: int
    number: int
    observation: Any
    action: Any
    source: Source
    reward: float
    terminated: bool
    truncated: bool
    next_observation: Any
    info: Mapping[str, Any] = field(default_factory=dict)
    at: float = 0.0
    behind: int = 0

    @property
    def done(self) -> bool:
        """The episode ended with this step."""
        return self.terminated or self.truncated


@dataclass(frozen=True)
class Episode:
    """An episode that ended.

    Attributes:
        number: from 1.
        steps: how many.
        reward: sum of the rewards.
        seed: that it was reset with.
        terminated: the environment reached an end.
        truncated: the episode was cut.
    """

    number: int
    steps: int
    reward: float
    seed: int
    terminated: bool
    truncated: bool


@dataclass(frozen=True)
class State:
    """What `display` is given.

    Attributes:
        phase: of the game.
        status: what the game waits for, in words.
        episode: from 1.
        last_episode: its number; None: no limit.
        step: number of steps in this episode.
        most_steps: after which the environment ends an episode; None: no limit.
        score: sum of the rewards of all episodes.
        episode_score: sum of the rewards of this episode.
        seconds: of play so far, without pauses.
        seconds_limit: after which the game is over; None: no limit.
        fps: frames per second.
        has_speed: the participant can change it.
        observation: the current one.
        info: the environment's latest.
        last_step: the latest of this episode.
        environment: as the researcher made it.
    """

    phase: Phase
    status: str
    episode: int
    last_episode: int | None
    step: int
    most_steps: int | None
    score: float
    episode_score: float
    seconds: float
    seconds_limit: float | None
    fps: int
    has_speed: bool
    observation: Any
    info: Mapping[str, Any]
    last_step: Step | None
    environment: Any
