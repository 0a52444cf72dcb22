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
"""In Lambda an entry file makes clients and validators at import: the init phase has a full CPU."""

_seconds_left: Final[ContextVar[Callable[[], float]]] = ContextVar("seconds_left", default=lambda: math.inf)
"""Of the current invocation; infinite outside `within`."""


def seconds_left(context: Any, timeout: float) -> Callable[[], float]:
    """Return a function that returns how many seconds of this invocation are left.

    Args:
        context: Lambda's context; with any other object, such as None, the timeout counts from now.
        timeout: the function's timeout in seconds, used without Lambda's context.
    """
    if hasattr(context, "get_remaining_time_in_millis"):
        return lambda: float(context.get_remaining_time_in_millis()) / 1000
    end = time.monotonic() + timeout
    return lambda: end - time.monotonic()


@contextmanager
def within(seconds_left: Callable[[], float]) -> Iterator[None]:
    """Set the time limit that `must_hold` checks inside the `with` block."""
    token = _seconds_left.set(seconds_left)
    try:
        yield
    finally:
        _seconds_left.reset(token)


def must_hold(seconds: float) -> None:
    """Check that the invocation has at least this many seconds left.

    Raises:
        Transient: it has fewer.
    """
    if _seconds_left.get()() < seconds:
        raise Transient(f"less than {seconds:g} s of this invocation are left; try again")
