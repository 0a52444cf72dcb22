"""An agent.py as an environment of this library."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from typing import Any, Final

import gymnasium
import numpy

from ..game import Problem
from ..plain import count, plain
from ..play import LARGEST_OBSERVATION
from ..steps import Step
from .agent import Agent, AgentError, Code
from .configuration import Trial
from .old_gym import OldEnvironment

log = logging.getLogger("hippo_play.classic")

_ENV_STATE: Final = "env_state"
"""Key of `info` under which `step`'s dictionary is kept for the record."""


class Judgements:
    """Keeps the participant's latest judgement until the next step. A policy that never acts."""

    def __init__(self) -> None:
        self._latest = "None"

    def choose(self, observation: Any, step: int) -> None:
        """Leave the action to the game's `noop`."""

    def feedback(self, steps: tuple[Step, ...], value: float) -> None:
        """Keep a judgement."""
        self._latest = "good" if value > 0 else "bad"

    def take(self) -> str:
        """Return the judgement as the original passes it: `good`, `bad`, or `None` as text."""
        latest, self._latest = self._latest, "None"
        return latest


class AppEnvironment:
    """Steps an agent; one `reset` of it for each episode, as trial.py made them.

    Attributes:
        action_space: numbers of `actionSpace`.
        spec: of the environment inside, for its name and limit of steps.
    """

    def __init__(self, code: Code, trial: Trial, judgements: Judgements) -> None:
        """Make the agent and start it, in the folder of agent.py.

        Raises:
            AgentError: it failed.
        """
        # For good: agents open data/… and models at any time, as from the original's working folder.
        os.chdir(code.file.parent)
        self._agent = agent = Agent(code, trial.given)
        self._judgements = judgements
        self._episode = 0
        self._began: tuple[int, Any] | None = None
        self.action_space = gymnasium.spaces.Discrete(trial.actions)
        self.metadata = {"render_fps": trial.fps}
        try:
            agent.start(trial.game)
        except AgentError:
            log.error("start() was given %r: trial.game of %s", trial.game, trial.file)
            raise
        self.spec = getattr(agent.env, "spec", None) or _Spec(str(trial.game))

    def reset(self, *, seed: int) -> tuple[Any, dict[str, Any]]:
        """Begin an episode, unless it has just begun.

        The seed reaches the environment inside, if agent.py does not seed that itself.
        """
        if self._began is not None and self._began[0] == seed:
            return self._began[1], {}
        _seed(self._agent.env, seed)
        found = self._agent.reset()
        if found is None and isinstance(self._agent.env, OldEnvironment):
            found = self._agent.env.first_observation
        observation = found[0] if isinstance(found, tuple) and len(found) == 2 else found
        self._episode += 1
        self._began = (seed, observation)
        return observation, {}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Make a step; `done` becomes gymnasium's terminated or truncated."""
        self._began = None
        found = self._agent.step(action, self._judgements.take(), self._episode)
        state, more = (found[0], found[1:]) if isinstance(found, tuple) and found else (found, ())
        if isinstance(state, bool | numpy.bool_):  # agents of 2023
            state = {"done": state}
        if not isinstance(state, Mapping) or "done" not in state:
            what = "a dictionary without 'done'" if isinstance(state, Mapping) else repr(state)[:80]
            fix = "return a dictionary with observation, reward, done and info"
            raise AgentError(Problem(f"{self._agent.file}: step() returned {what}", fix))
        info = state.get("info")
        cut = isinstance(info, Mapping) and bool(info.get("TimeLimit.truncated", False))
        done = bool(state["done"])
        rest = {str(name): value for name, value in state.items() if name not in ("observation", "reward", "done")}
        rest |= {"returned": list(more)} if more else {}
        return state.get("observation"), _reward(state), done and not cut, done and cut, {_ENV_STATE: rest}

    def render(self) -> Any:
        """Return the picture."""
        pixels = self._agent.render()
        pixels = pixels[-1] if isinstance(pixels, list) and pixels else pixels
        if not isinstance(pixels, numpy.ndarray) or pixels.ndim not in (2, 3):
            fix = (
                "return the array of env.render('rgb_array'); with gymnasium, that of env.render() of an environment "
                'made with render_mode="rgb_array"'
            )
            raise AgentError(Problem(f"{self._agent.file}: render() returned {repr(pixels)[:80]}", fix))
        return pixels

    def close(self) -> None:
        """Close the agent; an error is logged, since the game is over."""
        try:
            self._agent.close()
        except AgentError as error:
            log.warning("%s", error)


class _Spec:
    def __init__(self, name: str) -> None:
        self.id = name
        self.max_episode_steps = None


def recorded(step: Step) -> dict[str, Any]:
    """Return what `step` of agent.py returned besides observation, reward and done, where it is small."""
    found = step.info.get(_ENV_STATE, {})
    small = {name: plain(value) for name, value in found.items() if count(value) <= LARGEST_OBSERVATION}
    return {_ENV_STATE: small} if small else {}


def _reward(state: Mapping[str, Any]) -> float:
    value = state.get("reward")
    return float(value) if isinstance(value, int | float | numpy.number) else 0.0


def _seed(env: Any, seed: int) -> None:
    """Seed the environment inside for its next reset, unless agent.py has seeded it."""
    base = getattr(env, "unwrapped", env)
    if isinstance(env, OldEnvironment):
        env.suggest_seed(seed)
    elif isinstance(base, gymnasium.Env):
        # gymnasium: None before the first seed, -1 after a generator was set from outside.
        if vars(base).get("_np_random_seed") in (None, -1):
            base.np_random = numpy.random.default_rng(seed)
    elif callable(seeding := getattr(env, "seed", None)):
        _old_seed(seeding, seed)


def _old_seed(seeding: Callable[[int], Any], seed: int) -> None:
    try:
        seeding(seed)
    except Exception as error:  # noqa: BLE001 - a method of that name that means something else
        log.warning("the environment is not seeded: %s", error)
