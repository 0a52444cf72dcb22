"""The X-Ray trace of an invocation, from the participant's request to the session's task.

botocore sends the header `X-Amzn-Trace-Id` with each call of a function, and SNS passes it on to
the next function (Amazon SNS developer guide, "Active tracing in Amazon SNS"). A task gets the
trace as an environment variable.
"""

from __future__ import annotations

import os
import re
from typing import Final

TASK_VARIABLE: Final = "HIPPO_TRACE_ID"
"""The environment variable that passes the trace to a session's containers."""

_HEADER: Final = re.compile(r"(Root=1-[0-9a-f]{8}-[0-9a-f]{24});(Parent=[0-9a-f]{16});(Sampled=1)\b")


def current() -> str | None:
    """Return this invocation's trace as `Root=…;Parent=…;Sampled=1`.

    Return None if X-Ray does not sample it. Lambda sets `_X_AMZN_TRACE_ID` for each invocation
    (Lambda developer guide, "Using environment variables"); a lineage may follow these parts, and
    is cut off.
    """
    found = _HEADER.match(os.environ.get("_X_AMZN_TRACE_ID", ""))
    return None if found is None else ";".join(found.groups())


def none() -> str | None:
    """Return None: the default for callers without a trace."""
    return None
