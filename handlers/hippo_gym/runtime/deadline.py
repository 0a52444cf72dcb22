"""How long an invocation may still work."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from hippo_gym.runtime.errors import Transient

IN_LAMBDA: Final = "AWS_LAMBDA_FUNCTION_NAME" in os.environ
"""There an entry file makes at its import what requests need: the init phase has a whole CPU, whatever the memory."""

_seconds_left: Final[ContextVar[Callable[[], float]]] = ContextVar("seconds_left", default=lambda: math.inf)
"""Of the invocation that goes on; without end where nobody has said."""


def seconds_left(context: Any, timeout: float) -> Callable[[], float]:
    """Return a function that tells how many seconds of this invocation are left.

    Args:
        context: Lambda's; anything else, such as None in a call by hand, counts from now.
        timeout: the function's, in seconds, for that case.
    """
    if hasattr(context, "get_remaining_time_in_millis"):
        return lambda: float(context.get_remaining_time_in_millis()) / 1000
    end = time.monotonic() + timeout
    return lambda: end - time.monotonic()


@contextmanager
def within(seconds_left: Callable[[], float]) -> Iterator[None]:
    """Hold what is done meanwhile to the time that is left; `must_hold` asks for it."""
    token = _seconds_left.set(seconds_left)
    try:
        yield
    finally:
        _seconds_left.reset(token)


def must_hold(seconds: float) -> None:
    """See that there is time for something.

    Raises:
        Transient: there is not.
    """
    if _seconds_left.get()() < seconds:
        raise Transient(f"less than {seconds:g} s of this invocation are left; try again")
