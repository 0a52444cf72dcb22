"""How many warm servers a study wants, and when: the key `warm` of an entry.

A number holds all the time; a list of windows `{from, to, n}` only within them. A study that admits
no new participants wants none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from hippo_gym.runtime.clock import from_text
from hippo_gym.runtime.schemas import Fault

LEAD: Final = timedelta(minutes=10)
"""Warm servers of a window are started this long before it begins: two sweeps, or one and a start."""

MAX_AGE: Final = timedelta(hours=6)
"""A warm server that no participant has taken by then is replaced."""

MARGIN: Final = timedelta(minutes=15)
"""A warm server may run this much longer than it needs, so that its participant's session ends first."""


@dataclass(frozen=True)
class WarmWindow:
    """How many warm servers are wanted, from `begins` to `ends`; None: at all times."""

    servers: int
    begins: datetime | None = None
    ends: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Return whether its servers are wanted now; they are started `LEAD` ahead."""
        return (self.begins is None or now >= self.begins - LEAD) and (self.ends is None or now < self.ends)

    @property
    def hours(self) -> float | None:
        """Return its length in hours; None: it has no end."""
        return None if self.begins is None or self.ends is None else (self.ends - self.begins).total_seconds() / 3600


def read(value: Any) -> tuple[WarmWindow, ...]:
    """Read the valid key `warm` of an entry."""
    if isinstance(value, Sequence):
        return tuple(WarmWindow(int(each["n"]), from_text(each["from"]), from_text(each["to"])) for each in value)
    return (WarmWindow(int(value)),) if value else ()


def wanted(windows: Sequence[WarmWindow], now: datetime) -> int:
    """Return how many warm servers are wanted now."""
    return max((each.servers for each in windows if each.holds(now)), default=0)


def faults(entry: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what is wrong with `warm` in an entry that the schema accepts."""
    if "warm" not in entry:
        return
    value = entry["warm"]
    most = max((each["n"] for each in value), default=0) if isinstance(value, list) else value
    limit = entry.get("maxSessions")
    if limit is not None and most > limit:
        yield Fault("warm", f"{most} servers", f"at most maxSessions, {limit}: warm servers count among them")
    if isinstance(value, list):
        yield from _of_windows(value)
    if most and entry.get("takesParticipant") is not True:
        yield Fault(
            "warm",
            json.dumps(value),
            "only in a study whose server asks for its participant: one with `game`, or with `takesParticipant: true` "
            "for a container that does (docs/games.md, Warm servers)",
        )


def _of_windows(windows: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    spans: list[tuple[datetime, datetime, int]] = []
    for number, window in enumerate(windows):
        times = {}
        for key in ("from", "to"):
            try:
                times[key] = from_text(window[key])
            except ValueError:
                allowed = "a time that exists, such as 2026-12-01T08:00:00+01:00"
                yield Fault(f"warm[{number}].{key}", json.dumps(window[key]), allowed)
        if len(times) < 2:
            continue
        if times["from"] >= times["to"]:
            yield Fault(f"warm[{number}].to", json.dumps(window["to"]), f"a time after its from, {window['from']}")
        else:
            spans.append((times["from"], times["to"], number))
    for (_, ends, first), (begins, _, second) in pairwise(sorted(spans)):
        if begins < ends:
            found, other = windows[second], windows[first]
            allowed = f"a time that is not before the end of warm[{first}], {other['to']}: windows do not overlap"
            yield Fault(f"warm[{second}].from", json.dumps(found["from"]), allowed)


def is_over(entry: Mapping[str, Any], now: datetime) -> bool:
    """Return whether every window of an entry's `warm` is in the past."""
    windows = read(entry.get("warm", 0))
    return bool(windows) and all(each.ends is not None and each.ends <= now for each in windows)
