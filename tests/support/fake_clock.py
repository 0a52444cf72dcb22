"""A clock that tests move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class FakeClock:
    """A clock that moves only when the code sleeps or a test advances it."""

    def __init__(self) -> None:
        self.moment = NOON
        self.while_asleep: list[Callable[[], object]] = []

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        for happen in self.while_asleep:
            happen()

    def advance(self, **amount: float) -> None:
        self.moment += timedelta(**amount)
