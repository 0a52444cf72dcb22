"""The one logger: structured JSON by Powertools. It logs ids; never bodies, headers or pages."""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import botocore
from aws_lambda_powertools import Logger

logger = Logger(service="hippo_gym")

_Handler = Callable[[Any, Any], dict[str, Any]]


def logged(handler: _Handler) -> _Handler:
    """Add function name and request id to each log line, and drop keys of earlier invocations.

    Called with a context of None, the handler only drops the keys. The first invocation of a
    process logs the versions of Python and of the SDK.
    """

    def first_logged(event: Any, context: Any) -> dict[str, Any]:
        _log_runtime()
        return handler(event, context)

    # Explicit, because POWERTOOLS_LOGGER_LOG_EVENT would otherwise log bodies and headers.
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
    """Log the SDK's version once per process: AWS may update the runtime's SDK at any time.

    The bundle holds no SDK (AWS Lambda developer guide, "Runtime-included SDK versions").
    """
    python = platform.python_version()
    logger.info("cold start", botocore=botocore.__version__, python=python)
