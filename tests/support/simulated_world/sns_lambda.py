"""SNS topics and the Lambda functions behind them: asynchronous delivery, retries, dead letters, time limits.

    Sns      publishes to topics; each topic has one subscribed function
    Lambdas  runs invocations as processes, and retries failed ones

A publish returns immediately; the invocation runs later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.support.simulated_world.errors import client_error
from tests.support.simulated_world.faults import Faults
from tests.support.simulated_world.kernel import Kernel, Process

RETRY_AFTER: Final = (60.0, 120.0)
"""Seconds to the second and third try of a failed asynchronous invocation (AWS Lambda developer guide,
"Error handling for asynchronous invocation")."""


@dataclass(frozen=True)
class Function:
    """A Lambda function: its time limit in seconds, and its handler of a payload."""

    name: str
    limit: float
    handle: Callable[[str, Callable[[], float]], Any]


@dataclass(frozen=True)
class DeadLetter:
    """A message whose three invocations failed."""

    at: float
    function: str
    payload: str
    error: str


class Lambdas:
    """The deployment's functions.

    Attributes:
        invocations: number by function.
        dead_letters: messages at the functions' on-failure destinations.
        outcomes: number of invocations by result, "start_server: ready" or the error's type.
        concurrency: most concurrent invocations (1,000 by default, less on new accounts:
            docs/aws-limits/messages-and-functions.md).
    """

    def __init__(self, kernel: Kernel, faults: Faults, concurrency: int = 1000) -> None:
        self._kernel = kernel
        self._faults = faults
        self.concurrency = concurrency
        self.running = 0
        self.max_running = 0
        self.functions: dict[str, Function] = {}
        self.invocations: Counter[str] = Counter()
        self.dead_letters: list[DeadLetter] = []
        self.outcomes: Counter[str] = Counter()
        self.ended: list[Callable[[Process], None]] = []

    def invoke_later(self, function: str, payload: str) -> None:
        """Invoke asynchronously, after a short delay, and up to twice more after errors."""
        self._kernel.after(self._kernel.random.uniform(0.01, 0.3), lambda: self._try(function, payload, 0))

    def invoke(self, function: str, payload: str, ended: Callable[[Process], None]) -> Process:
        """Invoke once; call `ended` with the process at the end."""
        called = self.functions[function]
        self.invocations[function] += 1
        self.running += 1
        self.max_running = max(self.max_running, self.running)
        process: Process

        def work() -> Any:
            return called.handle(payload, lambda: process.deadline - self._kernel.seconds)

        def note(process: Process) -> None:
            self.running -= 1
            outcome = process.result if isinstance(process.result, str) else "answered"
            outcome = outcome if process.error is None else type(process.error).__name__
            self.outcomes[f"{function}: {outcome}"] += 1
            for notify in self.ended:
                notify(process)
            ended(process)

        process = self._kernel.start(f"{function}#{self.invocations[function]}", work, called.limit, note)
        process.function = function
        process.invocation = self.invocations[function]
        return process

    def _try(self, function: str, payload: str, tries: int) -> None:
        if self.running >= self.concurrency:
            # Lambda keeps throttled events for up to six hours and retries with growing pauses.
            self._kernel.after(self._kernel.random.uniform(1.0, 30.0), lambda: self._try(function, payload, tries))
            return
        self.invoke(function, payload, lambda process: self._ended(process, function, payload, tries))

    def _ended(self, process: Process, function: str, payload: str, tries: int) -> None:
        if process.error is None:
            return
        if tries < len(RETRY_AFTER):
            self._kernel.after(RETRY_AFTER[tries], lambda: self._try(function, payload, tries + 1))
            return
        error = f"{type(process.error).__name__}: {process.error}"
        self.dead_letters.append(DeadLetter(self._kernel.seconds, function, payload, error))


class Sns:
    """Topics with one subscribed function each: delivery at least once, in any order (SNS developer guide,
    "Message delivery").

    Attributes:
        subscriptions: function by topic ARN.
        published: every message, with its time and topic.
    """

    PAGES: Final[dict[str, Any]] = {}

    def __init__(self, kernel: Kernel, faults: Faults, lambdas: Lambdas) -> None:
        self._kernel = kernel
        self._faults = faults
        self._lambdas = lambdas
        self.subscriptions: dict[str, str] = {}
        self.published: list[tuple[float, str, str]] = []
        self.watchers: list[Callable[[str, str], None]] = []

    def publish(self, *, TopicArn: str, Message: str) -> dict[str, Any]:  # noqa: N803
        """Publish: accepted immediately, delivered later."""
        if TopicArn not in self.subscriptions:
            raise client_error("NotFound", "Topic does not exist", "Publish", 404)
        self.deliver(TopicArn, Message)
        return {"MessageId": f"message-{len(self.published)}"}

    def deliver(self, topic_arn: str, message: str) -> None:
        """Schedule the delivery of a message, once or, randomly, twice."""
        self.published.append((self._kernel.seconds, topic_arn, message))
        for watch in self.watchers:
            watch(topic_arn, message)
        function = self.subscriptions[topic_arn]
        for _ in range(2 if self._faults.happens("duplicate") else 1):
            delay = self._kernel.random.uniform(0.02, 0.5)
            if self._faults.happens("late"):
                delay += self._kernel.random.uniform(5.0, 600.0)
            self._kernel.after(delay, lambda: self._lambdas.invoke_later(function, message))
