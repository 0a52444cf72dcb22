"""Where a participant of the old system stands, whose record stores only `nextStep`.

The old system counted each request up and each `wait` down: after m requests, m - (`nextStep` - 1)
of them were answered with `wait`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hippo_gym.studies.projects import FINAL, Project


def position_of(record: Mapping[str, Any], project: Project) -> tuple[int, bool]:
    """Return a participant's position, and whether they saw the game there.

    They wait for a game exactly if it stands at `nextStep` and a `wait` is left for it. Everybody
    else is viewing the step before `nextStep`.

    Args:
        record: the record as the old system wrote it.
        project: the study as it is now.
    """
    try:
        following = int(record["nextStep"])
    except ValueError:
        return FINAL, False
    posts = [request.get("httpMethod") == "POST" for request in record["requests"]]
    if project.is_game(following) and _waits_left(posts, project, following) > 0:
        return following, False
    before = max((number for number in project.steps if number < following), default=project.after(0))
    if following > max(project.steps, default=0) + 1:
        before = FINAL
    return before, project.is_game(before)


def _waits_left(posts: Sequence[bool], project: Project, following: int) -> int:
    """Return how many requests were answered with `wait` at the game `following`.

    A browser that waits polls with GETs: the last of them shows the game, and one more leaves it.
    So the GETs after the request that reached an earlier game tell that game's share.
    """
    left = len(posts) - (following - 1)
    at = 0
    for number in range(1, following):
        if project.is_game(number):
            polls = _gets(posts, at + 1)
            waits = min(max(polls - 1, 0), max(left, 0))
            left, at = left - waits, at + waits
        at += 1
    return left


def _gets(posts: Sequence[bool], start: int) -> int:
    """Return the number of GETs from `start` to the next POST."""
    after = list(posts[start:])
    return after.index(True) if True in after else len(after)
