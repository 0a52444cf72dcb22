"""Which step an old system's request was about: its record does not say, but it follows.

The old system kept every request, polls that were answered `wait` too. It served the step `nextStep` and counted on,
whatever the request was; a game it counted only once it was shown. So of m requests, with `nextStep` = n afterwards,
1 + m - n were answered `wait`, each of them at a game. With one game in the study that settles everything. With
several, each one's share of the waits is read from the requests themselves: a browser that waits polls with GETs, the
last of which shows the game, and one more GET moves on from it; the last game takes what remains.

A POST answers what was shown before it. The old system took each of them, so all but a record's first request, and
those on the final step, count as accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hippo_cli.data.records import Entry
from hippo_gym.studies.projects import FINAL, GAME, Project


@dataclass(frozen=True)
class Served:
    """What the old system made of one request.

    Attributes:
        before: the position that the participant was at when it came; None for their first request.
        after: the position that they were at when it was answered.
        waits: it was answered `wait`.
    """

    before: int | None
    after: int
    waits: bool


def served(
    entries: Sequence[Entry], project: Project, *, next_step: Any = None, reached: int | None = None
) -> list[Served]:
    """Work out what became of each request that the old system wrote of a participant, oldest first.

    Args:
        entries: those requests.
        project: the study as it is now.
        next_step: the record's `nextStep`, if nobody has gone on with it since.
        reached: else, where this system found the participant.
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
    """Return how many requests were answered `wait`; None if there is no telling."""
    count = len(entries)
    if reached is None:
        return max(1 + count - next_step, 0) if isinstance(next_step, int) else None
    if reached >= FINAL:
        return None
    # This system takes somebody whose last request was an answer to be waiting for the game they were found at.
    waited_last = project.is_game(reached) and bool(entries) and entries[-1].is_post
    return max(count - reached + waited_last, 0)


def _share(following: Sequence[Entry], unassigned: int | None, *, is_last: bool) -> int:
    """Return how many of the requests from the one that came to a game on were answered `wait`."""
    posts = [place for place, entry in enumerate(following) if entry.is_post]
    if unassigned is not None and (is_last or not posts):
        return unassigned
    gets = posts[0] if posts else len(following)
    waits = max(gets - 1, 0)
    return waits if unassigned is None else min(waits, unassigned)
