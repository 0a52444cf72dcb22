"""The one logger: structured JSON by Powertools. Ids go in; bodies, headers and pages never do."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from aws_lambda_powertools import Logger

logger = Logger(service="hippo_gym")

_Handler = Callable[[Any, Any], dict[str, Any]]


def logged(handler: _Handler) -> _Handler:
    """Give each line of an invocation its function's name, its request's id and nothing of an earlier invocation's.

    A handler may be called by hand with None for its context; then only the latter.
    """
    # Said out loud, for POWERTOOLS_LOGGER_LOG_EVENT would log the event otherwise: bodies, headers, ids and all.
    injected: _Handler = logger.inject_lambda_context(handler, clear_state=True, log_event=False)

    @wraps(handler)
    def entry(event: Any, context: Any) -> dict[str, Any]:
        if hasattr(context, "aws_request_id"):
            return injected(event, context)
        logger.clear_state()
        return handler(event, context)

    return entry
