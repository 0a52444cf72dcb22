"""Conditional writes that others were first at: how long one is tried again, and how long is rested in between."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from hippo_gym.runtime.clock import Clock

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 0.4
"""Seconds. Somebody wins each race, so a crowd that rests for longer leaves the object alone between two writes."""

_A_TRY: Final = 0.5


def tries(clock: Clock, seconds_left: Callable[[], float]) -> Iterator[None]:
    """Yield for each try, the first one at once; rest in between, for a random part of a span that grows.

    Args:
        clock: waits.
        seconds_left: there is no further try that would not fit into them.
    """
    span = _FIRST_PAUSE
    while True:
        yield
        pause = random.uniform(0, span)  # noqa: S311 - jitter, not a secret
        if seconds_left() < pause + _A_TRY:
            return
        clock.sleep(pause)
        span = min(2 * span, _LONGEST_PAUSE)


def for_seconds(clock: Clock, seconds: float) -> Callable[[], float]:
    """Return a function that tells what is left of so many seconds from now."""
    end = clock.now() + timedelta(seconds=seconds)
    return lambda: (end - clock.now()).total_seconds()
