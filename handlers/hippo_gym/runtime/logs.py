"""The one logger: structured JSON by Powertools. Ids go in; bodies, headers and pages never do."""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import boto3
import botocore
from aws_lambda_powertools import Logger

logger = Logger(service="hippo_gym")

_Handler = Callable[[Any, Any], dict[str, Any]]


def logged(handler: _Handler) -> _Handler:
    """Give each line of an invocation its function's name, its request's id and nothing of an earlier invocation's.

    A handler may be called by hand with None for its context; then only the latter. The first invocation of a process
    logs which versions the runtime brought.
    """

    def first_logged(event: Any, context: Any) -> dict[str, Any]:
        _log_runtime()
        return handler(event, context)

    # Said out loud, for POWERTOOLS_LOGGER_LOG_EVENT would log the event otherwise: bodies, headers, ids and all.
    injected: _Handler = logger.inject_lambda_context(first_logged, clear_state=True, log_event=False)

    @wraps(handler)
    def entry(event: Any, context: Any) -> dict[str, Any]:
        if hasattr(context, "aws_request_id"):
            return injected(event, context)
        logger.clear_state()
        return first_logged(event, context)

    return entry


@cache
def _log_runtime() -> None:
    """Log once in a process which SDK it has: the bundle holds none, and AWS updates that of the runtime at any time.

    (AWS Lambda developer guide, "Runtime-included SDK versions".)
    """
    python = platform.python_version()
    logger.info("cold start", boto3=boto3.__version__, botocore=botocore.__version__, python=python)
