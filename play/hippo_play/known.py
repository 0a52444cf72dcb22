"""What people press in gymnasium's own environments, which mostly name no keys themselves.

Action numbers: https://gymnasium.farama.org/environments/ (each environment's "Action Space").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

LAST: Final = "last"
"""As `noop`: the last action stands until another key."""


@dataclass(frozen=True)
class Known:
    """How an environment is played.

    Attributes:
        keys_to_action: key or joined keys → action.
        noop: the action while no key is held.
        labels: key → label of its button.
        turns: the environment waits for the player.
    """

    keys_to_action: Mapping[str, Any]
    noop: Any = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    turns: bool = False


def _turns(left: int, down: int, right: int, up: int) -> dict[str, Any]:
    return {"ArrowLeft": left, "ArrowDown": down, "ArrowRight": right, "ArrowUp": up}


_PUSH: Final = {"ArrowLeft": "Push left", "ArrowRight": "Push right"}

_KNOWN: Final[Mapping[str, Known]] = {
    "CartPole": Known({"ArrowLeft": 0, "ArrowRight": 1}, LAST, _PUSH),
    "MountainCar": Known({"ArrowLeft": 0, "ArrowRight": 2}, 1),
    "MountainCarContinuous": Known({"ArrowLeft": [-1.0], "ArrowRight": [1.0]}, [0.0]),
    "Pendulum": Known({"ArrowLeft": [2.0], "ArrowRight": [-2.0]}, [0.0]),
    "Acrobot": Known({"ArrowLeft": 0, "ArrowRight": 2}, 1),
    "FrozenLake": Known(_turns(0, 1, 2, 3), turns=True),
    "FrozenLake8x8": Known(_turns(0, 1, 2, 3), turns=True),
    "CliffWalking": Known(_turns(3, 2, 1, 0), turns=True),
    "CliffWalkingSlippery": Known(_turns(3, 2, 1, 0), turns=True),
    "Taxi": Known({**_turns(3, 0, 2, 1), "p": 4, "o": 5}, labels={"p": "Pick up", "o": "Drop off"}, turns=True),
    "Blackjack": Known({"h": 1, "s": 0}, labels={"h": "Hit", "s": "Stick"}, turns=True),
    "LunarLander": Known(
        {"ArrowLeft": 1, "ArrowUp": 2, "ArrowRight": 3},
        labels={"ArrowLeft": "Left engine", "ArrowUp": "Main engine", "ArrowRight": "Right engine"},
    ),
    "LunarLanderContinuous": Known(
        {"ArrowUp": [1.0, 0.0], "ArrowLeft": [0.0, -1.0], "ArrowRight": [0.0, 1.0]},
        [0.0, 0.0],
        {"ArrowUp": "Main engine", "ArrowLeft": "Left engine", "ArrowRight": "Right engine"},
    ),
    "BipedalWalker": Known(
        {
            "q": [1.0, 0.0, 0.0, 0.0],
            "a": [-1.0, 0.0, 0.0, 0.0],
            "w": [0.0, 1.0, 0.0, 0.0],
            "s": [0.0, -1.0, 0.0, 0.0],
            "e": [0.0, 0.0, 1.0, 0.0],
            "d": [0.0, 0.0, -1.0, 0.0],
            "r": [0.0, 0.0, 0.0, 1.0],
            "f": [0.0, 0.0, 0.0, -1.0],
        },
        [0.0, 0.0, 0.0, 0.0],
        {
            "q": "Hip 1 +",
            "a": "Hip 1 -",
            "w": "Knee 1 +",
            "s": "Knee 1 -",
            "e": "Hip 2 +",
            "d": "Hip 2 -",
            "r": "Knee 2 +",
            "f": "Knee 2 -",
        },
    ),
    "CarRacing": Known(
        {
            "ArrowLeft": [-1.0, 0.0, 0.0],
            "ArrowRight": [1.0, 0.0, 0.0],
            "ArrowUp": [0.0, 1.0, 0.0],
            "ArrowDown": [0.0, 0.0, 0.8],
        },
        [0.0, 0.0, 0.0],
        {"ArrowUp": "Gas", "ArrowDown": "Brake"},
    ),
}


def find(env_id: str | None) -> Known | None:
    """Return how an environment is played, by its id with or without a version.

    >>> find("CartPole-v1").keys_to_action
    {'ArrowLeft': 0, 'ArrowRight': 1}
    """
    name = (env_id or "").split(":")[-1].rsplit("-v", 1)[0]
    return _KNOWN.get(name)
