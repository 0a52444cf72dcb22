"""An event loop whose time passes only when nothing is left to do.

Servers and clients in one process talk over real loopback sockets, and a test of minutes takes
milliseconds: when no socket is ready and no thread works, the loop jumps to its next timer.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import Any

GRACE_SECONDS = 0.001
"""Real time that the kernel has to bring a packet from one socket of this process to another."""
WORKING_SECONDS = 0.02
"""Real time of one look at a thread that works."""


class _Selector(selectors.DefaultSelector):
    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0 if timeout == 0 else GRACE_SECONDS)
        if ready or timeout == 0:
            return ready
        if timeout is None or self.loop.is_working():
            return super().select(WORKING_SECONDS)
        self.loop.pass_time(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time in seconds, from 0.

    Attributes:
        workers: return True while a thread works that the loop does not know of.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._threads = 0
        self.workers: list[Callable[[], bool]] = []
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self._now

    def pass_time(self, seconds: float) -> None:
        self._now += seconds

    def is_working(self) -> bool:
        return self._threads > 0 or any(working() for working in self.workers)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:  # type: ignore[override]
        self._threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_ended)
        return future

    def _thread_ended(self, _: object) -> None:
        self._threads -= 1


def run(test: Callable[[], Awaitable[None]]) -> None:
    """Run a test in virtual time; a test that takes an hour of it has failed."""

    async def limited() -> None:
        await asyncio.wait_for(test(), 3600)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(limited())
