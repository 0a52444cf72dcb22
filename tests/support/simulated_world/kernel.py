"""Virtual time: one queue of events, one clock, and greenlets for whatever has to wait.

    Kernel        runs events in the order of their times; the same seed gives the same order, always
    Process       one greenlet: a Lambda invocation, a participant's browser
    VirtualClock  what the handlers are given for a clock

Everything happens in one thread. A process runs until it sleeps or ends; nothing else can happen meanwhile, so that a
service's answer is one atomic step and all interleaving comes from the sleeps between the steps.
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
"""When every simulation begins."""


class Killed(BaseException):
    """A process is ended from outside, wherever it stands; no `except Exception` may catch it."""


class Event:
    """Something that is to happen at a time; `cancelled` keeps it from happening."""

    __slots__ = ("action", "cancelled")

    def __init__(self, action: Callable[[], None]) -> None:
        self.action = action
        self.cancelled = False


class Process:
    """Something that takes virtual time.

    Attributes:
        name: for people.
        number: counts all processes of a kernel, from 1.
        calls: how many calls to services it has begun.
        deadline: the second at which the kernel kills it.
        error: what ended it, None after a normal return.
        function, invocation: which Lambda function this is an invocation of, and the how-manieth (from 1).
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
    """The event queue, the virtual clock and the one source of chance."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - chance that replays
        self.seconds = 0.0
        self.current: Process | None = None
        self.processes = 0
        self._queue: list[tuple[float, int, Event]] = []
        self._order = itertools.count()
        self._hub: Any = getcurrent()

    @property
    def now(self) -> datetime:
        """The virtual time."""
        return EPOCH + timedelta(seconds=self.seconds)

    def after(self, seconds: float, action: Callable[[], None]) -> Event:
        """Let something happen `seconds` from now; events of the same time keep the order in which they were asked."""
        event = Event(action)
        heapq.heappush(self._queue, (self.seconds + max(0.0, seconds), next(self._order), event))
        return event

    def every(self, seconds: float, action: Callable[[], None]) -> None:
        """Let something happen again and again, for the first time `seconds` from now."""

        def happen() -> None:
            action()
            self.after(seconds, happen)

        self.after(seconds, happen)

    def start(
        self, name: str, work: Callable[[], Any], limit: float, ended: Callable[[Process], None] | None = None
    ) -> Process:
        """Begin a process now; it is killed after `limit` seconds. `ended` is told how it went."""
        self.processes += 1
        process = Process(name, self.processes, self.seconds + limit)

        def run() -> None:
            try:
                process.result = work()
            except Exception as error:  # noqa: BLE001 - what a Lambda invocation raises is a result here
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
        """Let the current process wait while the world goes on."""
        process = self.current
        if process is None:
            raise RuntimeError("only a process can wait: a service's own step is atomic")
        self.after(seconds, process.resume)
        self._hub.switch()

    def wait_for(self, begin: Callable[[Callable[[], None]], None]) -> None:
        """Let the current process wait until something is done; `begin` is given what to call then."""
        process = self.current
        if process is None:
            raise RuntimeError("only a process can wait: a service's own step is atomic")
        begin(lambda: self._wake(process))
        self._hub.switch()

    def _wake(self, process: Process) -> None:
        self.after(0.0, process.resume)

    def run(self, until: float) -> None:
        """Let everything happen that is due up to a second, and leave the clock there."""
        while self._queue and self._queue[0][0] <= until:
            at, _, event = heapq.heappop(self._queue)
            self.seconds = at
            if not event.cancelled:
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
    """The clock that the handlers are given."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def now(self) -> datetime:
        """Return the virtual time."""
        return self._kernel.now

    def sleep(self, seconds: float) -> None:
        """Let the current process wait."""
        self._kernel.sleep(seconds)
