"""How long an invocation may still work."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


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
