"""The points at the top of the page: one for each cause, the dangerous ones first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hippo_common.words import count
from plan_review.changes import Change
from plan_review.markdown import first_few, joined
from plan_review.names import kind, name, plural

DATA_LOST: Final = "Data lost"
DESTROYED: Final = "Destroyed"
REPLACED: Final = "Replaced"
FORGOTTEN: Final = "No longer managed"
PUBLIC: Final = "Newly public"
WIDER: Final = "Permissions get wider"
NEW_PERMISSIONS: Final = "New permissions"
SWEEPING: Final = "Every action of a service"
LEADS: Final = "Leads elsewhere"
RUNS: Final = "Runs other code"
UNPROTECTED: Final = "Protection is taken away"
DATA_AT_RISK: Final = "Data at risk"
UNKNOWN: Final = "Known only on apply"
NEW_CODE: Final = "New code"
COST: Final = "Costs more"
IMPORTED: Final = "Imported"
OTHER: Final = "Besides"

_NAMES: Final = 4
_MORE_NAMES: Final = {DATA_LOST: 1_000, DESTROYED: 12, REPLACED: 12}
"""How many subjects of one point are named: all whose data is lost, and many that are destroyed."""

_ORDER: Final = (
    DATA_LOST,
    DESTROYED,
    REPLACED,
    PUBLIC,
    SWEEPING,
    WIDER,
    NEW_PERMISSIONS,
    LEADS,
    RUNS,
    UNPROTECTED,
    DATA_AT_RISK,
    FORGOTTEN,
    IMPORTED,
    UNKNOWN,
    NEW_CODE,
    COST,
    OTHER,
)


@dataclass(frozen=True)
class Point:
    """Something that a reviewer has to check.

    Attributes:
        heading: what kind of danger it is; one of the constants above.
        what: what happens, in Markdown, in words that fit one subject as well as several. Without a subject it may
            begin with bold words, which then replace the heading.
        kind: kind of the subject, such as "log group"; empty without a subject.
        name: name of the subject.
    """

    heading: str
    what: str = ""
    kind: str = ""
    name: str = ""

    @property
    def subject(self) -> str:
        """The subject as Markdown; empty without one."""
        return f"{self.kind} `{self.name}`" if self.kind else ""


def about(change: Change, heading: str, what: str = "") -> Point:
    """Return a point about a resource."""
    return Point(heading, what, kind(change), name(change))


def lines(points: Iterable[Point]) -> list[str]:
    """Return the points as lines of Markdown; what happens to several resources alike is one line."""
    causes: dict[tuple[str, str, str], list[Point]] = {}
    for point in points:
        # Without words of their own, resources are alike if they are of one kind.
        alike = point.what or f"{point.kind}s"
        causes.setdefault((point.heading, alike, point.what and "with words"), []).append(point)
    found = [
        (heading, _subjects(members, _MORE_NAMES.get(heading, _NAMES)), members[0].what)
        for (heading, _, _), members in causes.items()
    ]
    return [_line(*one) for one in sorted(_merged(found), key=lambda one: _ORDER.index(one[0]))]


def _merged(found: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Merge the places that the same resources lead to."""
    places: dict[str, list[str]] = {}
    for heading, subjects, what in found:
        if heading == LEADS:
            places.setdefault(subjects, []).append(what)
    rest = [one for one in found if one[0] != LEADS]
    return rest + [(LEADS, subjects, f"to {joined(whats)}") for subjects, whats in places.items()]


def _subjects(members: Sequence[Point], limit: int) -> str:
    kinds = {member.kind for member in members}
    names = list(dict.fromkeys(f"`{member.name}`" for member in members))
    if len(kinds) == 1 and len(names) > 1:
        (only,) = kinds
        return f"{count(len(names), only, plural(only))} ({first_few(names, limit)})" if only else ""
    return first_few(list(dict.fromkeys(member.subject for member in members if member.kind)), limit)


def _line(heading: str, subjects: str, what: str) -> str:
    text = ": ".join(part for part in (subjects, what) if part)
    if subjects or not what.startswith("**"):
        text = f"**{heading}**: {text}"
    return " ".join(text.split())  # a line break in a setting must not end the item
