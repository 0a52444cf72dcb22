"""Collects checks with expected and found values, so that one fault does not hide the next."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One thing that must hold."""

    name: str
    expected: str
    found: str
    holds: bool


class Checks:
    """The checks so far; several threads may add to them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._checks: list[Check] = []

    def that(self, name: str, holds: bool, *, expected: str, found: str) -> bool:
        """Add a check; return whether it holds."""
        with self._lock:
            self._checks.append(Check(name, expected, found, holds))
        return holds

    def equal(self, name: str, expected: Any, found: Any) -> bool:
        """Add a check that two values are equal."""
        return self.that(name, found == expected, expected=_show(expected), found=_show(found))

    def none_of(self, name: str, found: Collection[str]) -> bool:
        """Add a check that a collection is empty."""
        return self.that(name, not found, expected="none", found=", ".join(sorted(found)) or "none")

    @property
    def all(self) -> tuple[Check, ...]:
        """Every check, in the order in which they were added."""
        with self._lock:
            return tuple(self._checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.all if not check.holds)


def _show(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value) or "none"
    return str(value)
