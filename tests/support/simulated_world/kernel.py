"""Virtual time: one queue of events, one clock, and greenlets for everything that waits.

    Kernel        runs events in the order of their times; the same seed always gives the same order
    Process       one greenlet: a Lambda invocation, a participant's browser
    VirtualClock  the handlers' clock

Everything runs in one thread. A process runs until it sleeps or ends, and nothing else runs
meanwhile: a service's answer is one atomic step, and processes interleave only at their sleeps.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]

EPOCH: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""Start of every simulation."""


class Killed(BaseException):
    """Ends a process from outside, at any point; no `except Exception` catches it."""


class Event:
    """A scheduled action; `cancelled` prevents it, and one that `repeats` is scheduled again by itself."""

    __slots__ = ("action", "cancelled", "repeats")

    def __init__(self, action: Callable[[], None]) -> None:
        self.action = action
        self.cancelled = False
        self.repeats = False


class Process:
    """Work that takes virtual time.

    Attributes:
        name: for messages.
        number: of this process in the kernel, from 1.
        calls: number of service calls that it has begun.
        deadline: time at which the kernel kills it, in seconds.
        error: the exception that ended it; None after a normal return.
        function, invocation: the Lambda function that this process invokes, and the invocation's
            number from 1.
    """

    def __init__(self, name: str, number: int, deadline: float) -> None:
        self.name = name
        self.number = number
        self.deadline = deadline
        self.calls = 0
        self.function: str | None = None
        self.invocation = 0
        self.running = True
        self.error: BaseException | None = None
        self.result: Any = None
        self.greenlet: Any = None
        self.limit: Event | None = None
        self.resume: Callable[[], None] = lambda: None


class Kernel:
    """The event queue, the virtual clock and the one random generator.

    Attributes:
        steps: grows with each event that runs, and with each call of `run`, before which a test may
            have changed the world.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - must be repeatable
        self.seconds = 0.0
        self.current: Process | None = None
        self.processes = 0
        self.steps = 0
        self._queue: list[tuple[float, int, Event]] = []
        self._order = itertools.count()
        self._hub: Any = getcurrent()

    @property
    def now(self) -> datetime:
        """The virtual time."""
        return EPOCH + timedelta(seconds=self.seconds)

    def after(self, seconds: float, action: Callable[[], None]) -> Event:
        """Schedule an action `seconds` from now; at the same time, the first call runs first."""
        event = Event(action)
        heapq.heappush(self._queue, (self.seconds + max(0.0, seconds), next(self._order), event))
        return event

    def every(self, seconds: float, action: Callable[[], None]) -> None:
        """Run an action every `seconds`, first `seconds` from now."""

        def happen() -> None:
            action()
            self.after(seconds, happen).repeats = True

        self.after(seconds, happen).repeats = True

    @property
    def only_repeats(self) -> bool:
        """Whether no event is scheduled but those of `every`: no process waits, and nothing is on its way."""
        return all(event.repeats or event.cancelled for _, _, event in self._queue)

    def start(
        self, name: str, work: Callable[[], Any], limit: float, ended: Callable[[Process], None] | None = None
    ) -> Process:
        """Start a process, and kill it after `limit` seconds; call `ended` at its end."""
        self.processes += 1
        process = Process(name, self.processes, self.seconds + limit)

        def run() -> None:
            try:
                process.result = work()
            except Exception as error:  # noqa: BLE001 - an invocation's exception is its result
                process.error = error
            except Killed as error:
                process.error = error
            process.running = False

        def finish_after(step: Callable[[], None]) -> None:
            step()
            if process.greenlet.dead and process.limit is not None:
                process.limit.cancelled = True
                process.limit = None
                if ended is not None:
                    ended(process)

        process.greenlet = greenlet(run, parent=self._hub)
        process.resume = lambda: finish_after(lambda: self._enter(process))
        process.limit = self.after(limit, lambda: finish_after(lambda: self._throw(process)))
        self.after(0.0, process.resume)
        return process

    def sleep(self, seconds: float) -> None:
        """Suspend the current process while others run."""
        process = self.current
        if process is None:
            raise RuntimeError("only a process can wait: a service's own step is atomic")
        self.after(seconds, process.resume)
        self._hub.switch()

    def wait_for(self, begin: Callable[[Callable[[], None]], None]) -> None:
        """Suspend the current process until the function that `begin` receives is called."""
        process = self.current
        if process is None:
            raise RuntimeError("only a process can wait: a service's own step is atomic")
        begin(lambda: self._wake(process))
        self._hub.switch()

    def _wake(self, process: Process) -> None:
        self.after(0.0, process.resume)

    def run(self, until: float) -> None:
        """Run all events up to a time in seconds, and set the clock to it."""
        queue = self._queue
        self.steps += 1
        while queue and queue[0][0] <= until:
            at, _, event = heapq.heappop(queue)
            self.seconds = at
            if not event.cancelled:
                self.steps += 1
                event.action()
        self.seconds = until

    def _enter(self, process: Process) -> None:
        if not process.running:
            return
        before, self.current = self.current, process
        process.greenlet.switch()
        self.current = before

    def _throw(self, process: Process) -> None:
        if not process.running:
            return
        before, self.current = self.current, process
        process.greenlet.throw(Killed(f"{process.name}: out of time"))
        self.current = before


class VirtualClock:
    """The handlers' clock."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def now(self) -> datetime:
        """Return the virtual time."""
        return self._kernel.now

    def sleep(self, seconds: float) -> None:
        """Suspend the current process."""
        self._kernel.sleep(seconds)
