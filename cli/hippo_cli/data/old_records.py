"""Derives the step of each request of the old system, whose records do not store it.

The old system recorded every request, including polls that it answered with `wait`. For every
request it served the step `nextStep` and then increased it, except while a game was not shown yet.
So of m requests, with `nextStep` = n afterwards, 1 + m - n were answered with `wait`, each of them
at a game. With a single game in the study, this determines all steps. With several games, the
requests show each game's share of the waits: a waiting browser polls with GETs, the last of which
shows the game, and one more GET leaves it; the last game takes the remaining waits.

A POST answers the page that was shown before it. The old system accepted every POST, so all of them
count as accepted, except a record's first request and those on the final step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hippo_cli.data.records import Entry
from hippo_gym.studies.projects import FINAL, GAME, Project


@dataclass(frozen=True)
class Served:
    """How the old system handled one request.

    Attributes:
        before: the participant's position before the request; None for their first request.
        after: the participant's position after the request.
        waits: the old system answered with `wait`.
    """

    before: int | None
    after: int
    waits: bool


def served(
    entries: Sequence[Entry], project: Project, *, next_step: Any = None, reached: int | None = None
) -> list[Served]:
    """Derive how the old system handled each request of a participant, oldest first.

    Args:
        entries: the old system's requests.
        project: the study as it is now.
        next_step: the record's `nextStep`, if this system has not continued the record.
        reached: otherwise, the position at which this system found the participant.
    """
    unassigned = _waits(entries, project, next_step, reached)
    last = max(project.steps, default=FINAL)
    last_game = max((number for number, file in project.steps.items() if file == GAME), default=0)
    made: list[Served] = []
    number, left_here = 1, None
    for index in range(len(entries)):
        if left_here is None and project.is_game(number):
            left_here = _share(entries[index + 1 :], unassigned, is_last=number == last_game)
            unassigned = None if unassigned is None else unassigned - left_here
        after = number if number <= last else FINAL
        made.append(Served(made[-1].after if made else None, after, waits=bool(left_here)))
        if left_here:
            left_here -= 1
        else:
            number, left_here = number + 1, None
    return made


def _waits(entries: Sequence[Entry], project: Project, next_step: Any, reached: int | None) -> int | None:
    """Return how many requests were answered with `wait`; None if unknown."""
    count = len(entries)
    if reached is None:
        return max(1 + count - next_step, 0) if isinstance(next_step, int) else None
    if reached >= FINAL:
        return None
    # If the last request was an answer, the participant waits for the game at this position.
    waited_last = project.is_game(reached) and bool(entries) and entries[-1].is_post
    return max(count - reached + waited_last, 0)


def _share(following: Sequence[Entry], unassigned: int | None, *, is_last: bool) -> int:
    """Return how many requests, from the one that reached a game on, were answered with `wait`."""
    posts = [place for place, entry in enumerate(following) if entry.is_post]
    if unassigned is not None and (is_last or not posts):
        return unassigned
    gets = posts[0] if posts else len(following)
    waits = max(gets - 1, 0)
    return waits if unassigned is None else min(waits, unassigned)
