"""Asks a policy for actions."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .policy import Face

if TYPE_CHECKING:
    from ..steps import Step


class InlineActor:
    """Asks in the caller's thread, at the moment of the step: for replays and tests."""

    def __init__(self, policy: Any) -> None:
        self._face = Face(policy)
        self._observation: Any = None

    def request(self, observation: Any, number: int) -> None:
        """Keep the observation."""
        self._observation = observation

    def take(self, number: int) -> tuple[Any, int]:
        """Choose now."""
        return self._face.choose(self._observation, number), 0

    def learn(self, step: Step) -> None:
        """Pass a step."""
        self._face.learn(step)

    def feedback(self, steps: tuple[Step, ...], value: float) -> None:
        """Pass a judgement."""
        self._face.feedback(steps, value)


class ThreadActor:
    """Asks in one thread of its own, in which the policy's methods run one after the other.

    Steps and judgements are passed in order, all of them. Of several requests for an action that
    wait, only the latest is answered.
    """

    def __init__(self, policy: Any) -> None:
        self.policy = policy
        self._face = Face(policy)
        self._wake = threading.Condition()
        self._tasks: deque[Callable[[], None]] = deque()
        self._wanted: tuple[Any, int, int] | None = None
        self._requests = 0
        self._chosen: tuple[Any, int] | None = None
        self._fault: BaseException | None = None
        self._closing = False
        self._busy = False
        self._thread = threading.Thread(target=self._run, name="policy", daemon=True)
        self._thread.start()

    def request(self, observation: Any, number: int) -> None:
        """Ask for the action of a step."""
        with self._wake:
            self._requests += 1
            if number == 1:
                self._chosen = None  # an action of an earlier episode does not stand
            self._wanted = (observation, number, self._requests)
            self._wake.notify_all()

    def take(self, number: int) -> tuple[Any, int]:
        """Return the latest choice, and how many requests are newer than the one that it answers.

        Raises:
            Exception: what the policy raised.
        """
        with self._wake:
            if self._fault is not None:
                raise self._fault
            if self._chosen is None:
                return None, number
            action, request = self._chosen
            return action, self._requests - request

    def learn(self, step: Step) -> None:
        """Pass a step."""
        self._add(lambda: self._face.learn(step))

    def feedback(self, steps: tuple[Step, ...], value: float) -> None:
        """Pass a judgement."""
        self._add(lambda: self._face.feedback(steps, value))

    def save(self, folder: Path, then: Callable[[], None]) -> None:
        """Write a checkpoint, then call `then` in the policy's thread."""
        self._add(lambda: self._face.save(folder))
        self._add(then)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until all steps and judgements are passed; False: the time is up."""
        with self._wake:
            return self._wake.wait_for(self._is_idle, seconds)

    def close(self) -> None:
        """End the thread once it is idle; never waits for a policy that does not return."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()

    def _is_idle(self) -> bool:
        done = not self._tasks and self._wanted is None and not self._busy
        return done or self._fault is not None or not self._thread.is_alive()

    def _add(self, task: Callable[[], None]) -> None:
        with self._wake:
            self._tasks.append(task)
            self._wake.notify_all()

    def _run(self) -> None:
        try:
            while self._work():
                pass
        except BaseException as fault:  # noqa: BLE001 - the game's clock raises it
            with self._wake:
                self._fault = fault
                self._wake.notify_all()

    def _work(self) -> bool:
        with self._wake:
            self._busy = False
            self._wake.notify_all()
            self._wake.wait_for(lambda: self._tasks or self._wanted or self._closing)
            if self._tasks:
                task, wanted = self._tasks.popleft(), None
            elif self._wanted:
                task, wanted, self._wanted = None, self._wanted, None
            else:
                return False
            self._busy = True
        if task is not None:
            task()
        elif wanted is not None:
            observation, number, request = wanted
            action = self._face.choose(observation, number)
            with self._wake:
                if number == 1 or self._chosen is not None or request == self._requests:
                    self._chosen = (action, request)
        return True
