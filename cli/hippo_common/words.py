"""Numbers, durations, dates and amounts as people read them."""

from __future__ import annotations

from datetime import datetime


def count(number: int, one: str, several: str | None = None) -> str:
    """Write a number with its noun: "1 participant", "1,024 participants", "2 entries".

    Args:
        number: how many.
        one: the noun for one thing.
        several: the noun for any other number; by default `one` with an s.
    """
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def duration(seconds: float) -> str:
    """Write a duration: "none", "8.4 s", "42 s", "3 min 20 s", "1 h 05 min", "2 d 3 h"."""
    if seconds < 0.05:
        return "none"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    hours = round(seconds / 3600)
    return f"{hours // 24} d {hours % 24} h"


def between(low: float, high: float) -> str:
    """Write both ends of a range in one unit: "16 to 42 s", "13.7 to 17.8 min", "1.2 to 3.4 h"."""
    for limit, size, unit in ((100.0, 1.0, "s"), (6000.0, 60.0, "min"), (172_800.0, 3600.0, "h")):
        if high < limit:
            digits = 1 if size > 1 or high < 10 else 0
            return f"{low / size:.{digits}f} to {high / size:.{digits}f} {unit}"
    return f"{low / 86_400:.1f} to {high / 86_400:.1f} d"


def day(moment: datetime) -> str:
    """Write a date: "2 November 2026"."""
    return f"{moment.day} {moment:%B %Y}"


def money(dollars: float, *, estimated: bool) -> str:
    """Write an amount of dollars: "$1.20", "about $0.04".

    A positive amount under half a cent is "less than $0.01".
    """
    about = "about " if estimated else ""
    return f"{about}${dollars:,.2f}" if dollars >= 0.005 or dollars == 0 else "less than $0.01"
