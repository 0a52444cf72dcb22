"""The world: gymnasium's MountainCar-v0, and its picture."""

from __future__ import annotations

import base64
import io
import os
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import gymnasium
from PIL import Image

Observation = tuple[float, float]
"""Position, -1.2 to 0.6, and velocity, -0.07 to 0.07 per step (gymnasium's documentation)."""

WIDTH: Final = 600
HEIGHT: Final = 400
"""The picture's size, in pixels."""

FLAG: Final = 0.5
VALLEY: Final = -0.52
"""Positions of the goal and of the lowest point."""

_JPEG_QUALITY: Final = 75


class Action(IntEnum):
    """Direction of the engine in a step. The numbers are gymnasium's."""

    LEFT = 0
    COAST = 1
    RIGHT = 2


@dataclass(frozen=True)
class Outcome:
    """The result of one step.

    Attributes:
        observation: the car's new position and velocity.
        reward: -1 for each step.
        terminated: the car is at the flag.
        truncated: the round has no steps left.
    """

    observation: Observation
    reward: float
    terminated: bool
    truncated: bool


class Mountain:
    """The valley with the car in it."""

    def __init__(self, steps_per_episode: int) -> None:
        # A container has no screen for the drawing library.
        os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        self._environment: gymnasium.Env[Any, Any] = gymnasium.make(
            "MountainCar-v0", render_mode="rgb_array", max_episode_steps=steps_per_episode, disable_env_checker=True
        )

    def reset(self, seed: int) -> Observation:
        """Place the car in the valley; the same seed gives the same position."""
        observation, _ = self._environment.reset(seed=seed)
        return _plain(observation)

    def step(self, action: Action) -> Outcome:
        """Make one step."""
        observation, reward, terminated, truncated, _ = self._environment.step(int(action))
        return Outcome(_plain(observation), float(reward), bool(terminated), bool(truncated))

    def picture(self) -> str:
        """Draw the current state: a JPEG, base64, without prefix."""
        pixels: Any = self._environment.render()
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, format="JPEG", quality=_JPEG_QUALITY)
        return base64.b64encode(file.getvalue()).decode("ascii")

    def close(self) -> None:
        """Release the drawing library's memory."""
        self._environment.close()


def _plain(observation: Any) -> Observation:
    """Convert gymnasium's 32-bit numbers to the shortest floats that round to the same 32 bits."""
    position, velocity = (float(str(number)) for number in observation)
    return position, velocity
