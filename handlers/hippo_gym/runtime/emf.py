"""The meter of a Lambda function: it writes to the log in CloudWatch's embedded metric format.

CloudWatch reads the numbers from the log (CloudWatch user guide, "Embedding metrics within logs"),
so no API call and no permission is needed. Each line also holds the logger's ids, to find the
participant or session behind a number, and the step that was served: a step of a participant
writes this one line and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from hippo_gym.runtime import settings
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.metrics import DEPLOYMENT_DIMENSION, NAMESPACE, Metric, Tally
from hippo_gym.runtime.settings import Settings

meter: Final = Tally()
"""One per process: Lambda runs one request at a time in a process."""

_IDS: Final = ("function_name", "function_request_id", "project_id", "user_id", "session_id", "step", "show")

_Handler = Callable[[Any, Any], dict[str, Any]]


def measured(handler: _Handler) -> _Handler:
    """Write the numbers of an invocation when it returns or raises.

    Use inside `logged`, for its ids. The numbers of an invocation that Lambda ends at its timeout
    are lost.
    """

    @wraps(handler)
    def entry(event: Any, context: Any) -> dict[str, Any]:
        try:
            return handler(event, context)
        finally:
            _write_out()

    return entry


def write(numbers: Mapping[tuple[Metric, str | None], list[float]], deployment: str, ids: Mapping[str, str]) -> None:
    """Write numbers to standard output, one line per reason.

    Args:
        numbers: values by metric and reason; a value with a reason also counts for the whole
            metric.
        deployment: the value of the Deployment dimension.
        ids: written into each line as metadata; they are no dimensions.
    """
    groups = {(metric.dimension if reason else "", reason or "") for metric, reason in numbers}
    for dimension, reason in sorted(groups):
        # Without service="" Powertools would add POWERTOOLS_SERVICE_NAME as a dimension.
        line = AmazonCloudWatchEMFProvider(
            namespace=NAMESPACE, service="", default_dimensions={DEPLOYMENT_DIMENSION: deployment}
        )
        if reason:
            line.add_dimensions(**{dimension: reason})
        for key, id_ in ids.items():
            line.add_metadata(key, id_)
        for (metric, its_reason), values in numbers.items():
            for value in (
                values if (metric.dimension if its_reason else "", its_reason or "") == (dimension, reason) else ()
            ):
                line.add_metric(metric.value, metric.unit, value)
        if line.metric_set:  # empty if the last value filled the line, which Powertools then flushed
            line.flush_metrics()


def _write_out() -> None:
    numbers = meter.take()
    if not numbers:
        return
    try:
        keys = logger.get_current_keys()
        write(numbers, settings.load(Settings).deployment_name, {name: keys[name] for name in _IDS if name in keys})
    except Exception:  # noqa: BLE001 - a metric must not make a participant's request fail
        logger.exception("the metrics could not be written")
