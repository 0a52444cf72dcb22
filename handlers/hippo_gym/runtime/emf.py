"""The meter of a Lambda function: what an invocation measured is a line or two of its log, in embedded metric format.

CloudWatch reads the numbers from there (CloudWatch user guide, "Embedding metrics within logs"): no call to make and
wait for, nothing to permit. The ids of the logger go along, so that one can get from a number to whom it was about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from hippo_gym.runtime import settings
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.metrics import DEPLOYMENT_DIMENSION, NAMESPACE, REASON_DIMENSION, Metric, Tally
from hippo_gym.runtime.settings import Settings

meter: Final = Tally()
"""This process's: Lambda gives a function one request at a time."""

_IDS: Final = ("function_name", "function_request_id", "project_id", "user_id", "session_id")

_Handler = Callable[[Any, Any], dict[str, Any]]


def measured(handler: _Handler) -> _Handler:
    """Write out what an invocation measured when it ends, however it ends; inside of `logged`, whose ids it takes.

    An invocation that Lambda kills for its time has written nothing.
    """

    @wraps(handler)
    def entry(event: Any, context: Any) -> dict[str, Any]:
        try:
            return handler(event, context)
        finally:
            _write_out()

    return entry


def write(numbers: Mapping[tuple[Metric, str | None], list[float]], deployment: str, ids: Mapping[str, str]) -> None:
    """Write numbers to standard output, a line for each reason.

    Args:
        numbers: values by metric and reason. Those with a reason count for the metric as a whole, too.
        deployment: whose they are.
        ids: go into each line; nothing is kept by them.
    """
    for reason in sorted({reason for _, reason in numbers}, key=lambda reason: reason or ""):
        # A service, which Powertools would take from POWERTOOLS_SERVICE_NAME, would be one dimension more.
        line = AmazonCloudWatchEMFProvider(
            namespace=NAMESPACE, service="", default_dimensions={DEPLOYMENT_DIMENSION: deployment}
        )
        if reason is not None:
            line.add_dimensions(**{REASON_DIMENSION: reason})
        for key, id_ in ids.items():
            line.add_metadata(key, id_)
        for (metric, its_reason), values in numbers.items():
            for value in values if its_reason == reason else ():
                line.add_metric(metric.value, metric.unit, value)
        if line.metric_set:  # not so if the last value filled a line, which is then out already
            line.flush_metrics()


def _write_out() -> None:
    numbers = meter.take()
    if not numbers:
        return
    try:
        keys = logger.get_current_keys()
        write(numbers, settings.load(Settings).deployment_name, {name: keys[name] for name in _IDS if name in keys})
    except Exception:  # noqa: BLE001 - a number is never worth a participant's request
        logger.exception("what was measured could not be written")
