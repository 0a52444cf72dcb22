"""The last segment of the X-Ray trace of a server's request: the server's running time.

HIPPO Gym sets HIPPO_TRACE_ID if X-Ray keeps the trace. A study may add subsegments, for example for
an agent's computing time:
https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

NAME: Final = "hippo_play"

_CREDENTIALS: Final = (
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_ACCESS_KEY_ID",
)

log = logging.getLogger(__name__)


def segment(trace_id: str, began: datetime, ended: datetime, **annotations: str) -> dict[str, Any] | None:
    """Describe the time from `began` to `ended` as a segment of a trace.

    Args:
        trace_id: value of HIPPO_TRACE_ID, `Root=1-…;Parent=…;Sampled=1`.
        began: UTC.
        ended: UTC.
        annotations: indexed keys for X-Ray's search.

    Returns:
        The segment document; None if `trace_id` names no trace.
    """
    parts = dict(part.split("=", 1) for part in trace_id.split(";") if "=" in part)
    if not {"Root", "Parent"} <= parts.keys():
        return None
    return {
        "name": NAME,
        "id": secrets.token_hex(8),
        "trace_id": parts["Root"],
        "parent_id": parts["Parent"],
        "start_time": began.timestamp(),
        "end_time": ended.timestamp(),
        "origin": "AWS::ECS::Container",
        "annotations": annotations,
    }


def has_credentials(environment: Mapping[str, str]) -> bool:
    """Return whether the container has a role; without one, boto3 would look for it for seconds.

    ECS names the address of the role's credentials in a variable (Amazon ECS developer guide, "Task
    IAM role").
    """
    return any(environment.get(name) for name in _CREDENTIALS)


def send(xray: Any, document: dict[str, Any]) -> None:
    """Send a segment to X-Ray. Failures are only logged: they must not disturb the game."""
    try:
        answer = xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(document)])
    except (BotoCoreError, ClientError) as error:
        log.warning("the trace was not sent: %s", error)
        return
    for refused in answer.get("UnprocessedTraceSegments", []):
        log.warning("X-Ray refused the trace: %s", refused)
