"""The last part of the X-Ray trace that leads from a participant's request to this server: the time that it served.

HIPPO Gym names the trace in HIPPO_TRACE_ID, if X-Ray keeps it. A study that has more to tell (how long an agent thinks,
say) adds subsegments: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

from __future__ import annotations

import json
import logging
import secrets
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

NAME: Final = "mountain_car"

log = logging.getLogger(__name__)


def segment(trace_id: str, began: datetime, ended: datetime, **annotations: str) -> dict[str, Any] | None:
    """Describe the time from `began` to `ended` as a segment of a trace.

    Args:
        trace_id: as HIPPO_TRACE_ID has it, `Root=1-…;Parent=…;Sampled=1`.
        began: UTC.
        ended: UTC.
        annotations: by what the trace can be found.

    Returns:
        the document; None if `trace_id` names no trace.
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


def send(xray: Any, document: dict[str, Any]) -> None:
    """Give X-Ray a segment. A trace is worth no participant's game: what goes wrong is logged, and that is all."""
    try:
        answer = xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(document)])
    except (BotoCoreError, ClientError) as error:
        log.warning("the trace was not sent: %s", error)
        return
    for refused in answer.get("UnprocessedTraceSegments", []):
        log.warning("X-Ray refused the trace: %s", refused)
