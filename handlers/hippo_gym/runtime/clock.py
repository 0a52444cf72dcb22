"""The time as a parameter, so that tests and the simulation can pass a virtual clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Returns the time and waits."""

    def now(self) -> datetime:
        """Return the time in UTC, with offset."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Block this thread for `seconds`."""
        time.sleep(seconds)


def to_text(moment: datetime) -> str:
    """Write a time as records hold it: ISO 8601, UTC, with offset."""
    return moment.astimezone(UTC).isoformat()


def from_text(text: str) -> datetime:
    """Read a time that `to_text`, EventBridge or the old system wrote.

    A time without offset is UTC.

    Raises:
        ValueError: the text is not an ISO 8601 time, or not one of the years 1 to 9999 in UTC.
    """
    moment = datetime.fromisoformat(text)
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is outside of the years 1 to 9999 in UTC") from error
