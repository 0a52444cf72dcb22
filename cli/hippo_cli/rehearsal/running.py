"""Sends many simulated participants through a study, some at a time."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from hippo_cli.rehearsal.places import Place
from hippo_cli.rehearsal.walk import Walk, walk

PREFIX: Final = "test-rehearse"
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def user_ids(number: int, tag: str | None = None) -> tuple[str, ...]:
    """Return ids that no other rehearsal has, such as `test-rehearse-k3x9-01`.

    Args:
        number: of participants.
        tag: of the rehearsal; None makes one.
    """
    tag = tag or "".join(secrets.choice(_LETTERS) for _ in range(4))
    width = max(2, len(str(number)))
    return tuple(f"{PREFIX}-{tag}-{each:0{width}}" for each in range(1, number + 1))


def rehearse(
    place: Place,
    participants: Sequence[str],
    *,
    at_once: int,
    game_seconds: float,
    on_end: Callable[[Walk], None] = lambda walked: None,
) -> list[Walk]:
    """Return what happened to each participant, in their order.

    Args:
        place: the study.
        participants: their ids.
        at_once: how many walk at the same time.
        game_seconds: after these a game is stopped.
        on_end: called at the end of each walk, by another thread.
    """

    def send(user_id: str) -> Walk:
        walked = walk(place, user_id, game_seconds=game_seconds)
        on_end(walked)
        return walked

    with ThreadPoolExecutor(at_once, thread_name_prefix="participant") as pool:
        return list(pool.map(send, participants))
