"""A small environment: a wagon on a rail, which a seed places and a flag ends."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gymnasium
import numpy

from hippo_play import Binary, Game

LEFT, STAY, RIGHT = 0, 1, 2


class Rail(gymnasium.Env[Any, Any]):
    """Position from -1000; the flag is 10 to the right of the start."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 30}  # noqa: RUF012 - gymnasium's own way

    def __init__(self, most_steps: int = 200, length: int = 10) -> None:
        self.action_space = gymnasium.spaces.Discrete(3)
        self.observation_space = gymnasium.spaces.Box(-2000, 2000, (2,), numpy.float32)
        self.render_mode = "rgb_array"
        self.spec = SimpleNamespace(id="Rail-v0", max_episode_steps=most_steps)  # type: ignore[assignment]
        self.length = length
        self.position = self.steps = 0
        self.start = 0.0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.start = float(self.np_random.uniform(-0.4, 0.4))
        self.position = self.steps = 0
        return self._seen(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        assert self.action_space.contains(action)
        self.position += int(action) - 1
        self.steps += 1
        truncated = self.steps >= self.spec.max_episode_steps  # type: ignore[union-attr, operator]
        return self._seen(), -1.0, self.position >= self.length, truncated, {"metres": self.position / 10}

    def render(self) -> Any:
        pixels = numpy.full((32, 48, 3), 240, numpy.uint8)
        pixels[10:22, (self.position + 20) % 48] = (200, 0, 0)
        return pixels

    def _seen(self) -> Any:
        return numpy.array([self.start + self.position, self.position], numpy.float32)


def rail(most_steps: int = 200, length: int = 10, **given: Any) -> Game:
    """Return a game on the rail: five episodes, two keys, Good and Bad."""
    parameters: dict[str, Any] = {
        "keys_to_action": {"ArrowLeft": LEFT, "ArrowRight": RIGHT},
        "noop": STAY,
        "fps": 20,
        "episodes": 5,
        "feedback": Binary(),
        "seed": 7,
    }
    return Game(lambda: Rail(most_steps, length), **parameters | given)
