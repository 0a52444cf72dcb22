"""The X-Ray trace of an invocation, from the request that began it to the task that it leads to.

From function to topic to function the trace goes by itself: botocore sends the header `X-Amzn-Trace-Id` with each call
of a function, and SNS hands it on (Amazon SNS developer guide, "Active tracing in Amazon SNS"). A task has to be told.
"""

from __future__ import annotations

import os
import re
from typing import Final

TASK_VARIABLE: Final = "HIPPO_TRACE_ID"
"""The environment variable that tells a session's containers of the trace."""

_HEADER: Final = re.compile(r"(Root=1-[0-9a-f]{8}-[0-9a-f]{24});(Parent=[0-9a-f]{16});(Sampled=1)\b")


def current() -> str | None:
    """Return the trace of this invocation as `Root=…;Parent=…;Sampled=1`; None if X-Ray keeps none of it.

    Lambda sets `_X_AMZN_TRACE_ID` anew for each invocation (Lambda developer guide, "Using environment variables"); it
    may go on after that with a lineage, which is Lambda's own affair.
    """
    found = _HEADER.match(os.environ.get("_X_AMZN_TRACE_ID", ""))
    return None if found is None else ";".join(found.groups())


def none() -> str | None:
    """Return no trace, for those who are not traced."""
    return None
