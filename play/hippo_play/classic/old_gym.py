"""The part of `gym` (before 0.26) that an agent.py uses, made of gymnasium.

`install` puts it in place of gym where gym is not installed: `make`, `register`, `Env`, `Wrapper`,
`spaces`, `error`, `logger` and `utils.seeding`. Environments answer as they did: `reset` returns the
observation, `step` four values, `render` takes a mode, `seed` a seed.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
import types
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

import gymnasium

log = logging.getLogger("hippo_play.classic")

SUPPLIED: Final = "make, register, Env, Wrapper, spaces, error, logger and utils.seeding"

_registered: dict[str, tuple[Any, Mapping[str, Any], int | None]] = {}
"""Environments of the researcher's own: id → entry point, arguments, limit of steps."""


class Wrapper(gymnasium.Wrapper[Any, Any, Any, Any]):
    """gym's Wrapper: passes on what is asked of it, in the old form."""

    def reset(self, **given: Any) -> Any:
        """Reset; return the observation."""
        return self.env.reset(**given)

    def step(self, action: Any) -> Any:
        """Return observation, reward, done, info."""
        return self.env.step(action)

    def render(self, mode: str = "rgb_array", **given: Any) -> Any:
        """Draw, whichever mode is asked for: a container has no screen."""
        return self.env.render(mode, **given)  # type: ignore[call-arg]

    def seed(self, seed: int | None = None) -> Any:
        """Seed the next reset."""
        return self.env.seed(seed)  # type: ignore[attr-defined]


class OldEnvironment(Wrapper):
    """One of gymnasium's environments, with the old interface."""

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        self.first_observation: Any = None
        """Of the latest reset: an agent may keep it to itself."""
        self._next: int | None = None
        self._is_seeded = False

    def suggest_seed(self, seed: int) -> None:
        """Seed the next reset, unless the agent seeds the environment itself."""
        if not self._is_seeded:
            self._next = seed

    def seed(self, seed: int | None = None) -> list[int | None]:
        """Seed the next reset."""
        self._next, self._is_seeded = seed, True
        return [seed]

    def reset(self, **given: Any) -> Any:
        """Return the observation, and the info with `return_info`. Takes also `seed` and `options`."""
        seed, return_info, options = given.get("seed"), given.get("return_info", False), given.get("options")
        self._is_seeded = self._is_seeded or seed is not None
        found = self.env.reset(seed=self._next if seed is None else seed, options=options)
        self._next, self.first_observation = None, found[0]
        return found if return_info else found[0]

    def step(self, action: Any) -> Any:
        """Return observation, reward, done, info."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        more = {"TimeLimit.truncated": not terminated} if truncated else {}
        return observation, reward, bool(terminated or truncated), {**info, **more}

    def render(self, mode: str = "rgb_array", **given: Any) -> Any:
        """Return the picture."""
        return self.env.render()


class _TimeLimit(Wrapper):
    """Ends an episode of a researcher's own environment."""

    def __init__(self, env: Any, most_steps: int) -> None:
        super().__init__(env)
        self._most_steps, self._steps = most_steps, 0

    def reset(self, **given: Any) -> Any:
        self._steps = 0
        return self.env.reset(**given)

    def step(self, action: Any) -> Any:
        observation, reward, done, info = self.env.step(action)  # type: ignore[misc]
        self._steps += 1
        if self._steps >= self._most_steps:
            info, done = {**info, "TimeLimit.truncated": not done}, True
        return observation, reward, done, info


def make(name: str, **given: Any) -> Any:
    """Make an environment with the old interface: the researcher's own, or one of gymnasium's.

    Of a version that gymnasium has no more, the newest is made, with a warning in the log.
    """
    if name in _registered:
        entry, usual, most_steps = _registered[name]
        made = _entry(entry)(**{**usual, **given})
        return made if most_steps is None else _TimeLimit(made, most_steps)
    arguments = {"render_mode": "rgb_array", "disable_env_checker": True, **given}
    _register_atari()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return OldEnvironment(gymnasium.make(name, **arguments))
        except gymnasium.error.DeprecatedEnv:
            newest = _newest(name)
            if newest is None:
                raise
    log.warning("gymnasium has no %s any more: %s is played, whose rules may differ", name, newest)
    return OldEnvironment(gymnasium.make(newest, **arguments))


def register(
    id: str,
    entry_point: str | Callable[..., Any],
    *,
    max_episode_steps: int | None = None,
    kwargs: Mapping[str, Any] | None = None,
    **_: Any,
) -> None:
    """Register an environment of one's own, which keeps the interface that it has."""
    _registered[id] = (entry_point, kwargs or {}, max_episode_steps)


def install() -> None:
    """Let `import gym` find this, unless gym is installed."""
    if "gym" in sys.modules or importlib.util.find_spec("gym") is not None:
        return
    log.info("gym is not installed: gymnasium takes its place, with the interface of gym before 0.26")
    parts: dict[str, Mapping[str, Any]] = {
        "gym": {
            "__version__": "0.25.2",
            "make": make,
            "register": register,
            "Env": gymnasium.Env,
            "Wrapper": Wrapper,
            "spaces": gymnasium.spaces,
            "error": gymnasium.error,
            "logger": gymnasium.logger,
        },
        "gym.core": {"Env": gymnasium.Env, "Wrapper": Wrapper},
        "gym.envs": {"register": register},
        "gym.envs.registration": {"register": register, "make": make},
        "gym.utils": {"seeding": importlib.import_module("gymnasium.utils.seeding")},
    }
    for name, content in parts.items():
        module = types.ModuleType(name, "A part of gym, supplied by hippo_play.")
        module.__path__ = []
        vars(module).update(content)
        sys.modules[name] = module
        parent, _, last = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], last, module)
    sys.modules["gym.spaces"] = gymnasium.spaces
    sys.modules["gym.error"] = gymnasium.error
    sys.modules["gym.logger"] = gymnasium.logger
    sys.modules["gym.utils.seeding"] = importlib.import_module("gymnasium.utils.seeding")


def _entry(entry: str | Callable[..., Any]) -> Any:
    if not isinstance(entry, str):
        return entry
    module, _, name = entry.partition(":")
    return getattr(importlib.import_module(module), name)


def _register_atari() -> None:
    if importlib.util.find_spec("ale_py") is not None:
        gymnasium.register_envs(importlib.import_module("ale_py"))


def _newest(name: str) -> str | None:
    """Return the id of the newest version of an environment."""
    stem = name.rpartition("-v")[0]
    versions = [spec.version for spec in gymnasium.registry.values() if spec.name == stem and spec.version is not None]
    return f"{stem}-v{max(versions)}" if versions else None
