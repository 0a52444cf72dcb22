"""The interface of a policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from ..steps import Step


@runtime_checkable
class Policy(Protocol):
    """Who acts while the participant holds no key, and learns if it can.

    Only `choose` is needed; the other methods are called where a policy has them. They all run in
    one thread of their own, in order: one that is slow delays no frame. While `choose` has not
    answered, its last action stands, and the record says by how many steps it was `behind`.

    >>> class Left:
    ...     def choose(self, observation, step):
    ...         return 0
    >>> isinstance(Left(), Policy)
    True

    Other methods:
        learn(step): a `Step` of any source: the participant's own are demonstrations.
        feedback(steps, value): a judgement, and the steps that it may be about: those from 0.2 to
            0.8 s before it, or the latest one.
        save(folder): write a checkpoint; called after each episode. The files go with the record.
    """

    def choose(self, observation: Any, step: int) -> Any:
        """Return the action of a step; None: the game's `noop`. step: in its episode, from 1."""


class Face:
    """Any policy, with every method of the interface."""

    def __init__(self, policy: Any) -> None:
        """Take a `Policy`, or a function observation → action."""
        choose: Callable[..., Any] | None = getattr(policy, "choose", None)
        self._choose = choose or (lambda observation, step: policy(observation))
        self._learn = getattr(policy, "learn", None)
        self._feedback = getattr(policy, "feedback", None)
        self._save = getattr(policy, "save", None)

    def choose(self, observation: Any, step: int) -> Any:
        """Choose an action."""
        return self._choose(observation, step)

    def learn(self, step: Step) -> None:
        """Learn from a step, if the policy learns."""
        if self._learn is not None:
            self._learn(step)

    def feedback(self, steps: tuple[Step, ...], value: float) -> None:
        """Learn from a judgement, if the policy learns."""
        if self._feedback is not None:
            self._feedback(steps, value)

    def save(self, folder: Path) -> None:
        """Write a checkpoint, if the policy has one."""
        if self._save is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._save(folder)
