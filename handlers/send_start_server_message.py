"""POST /start: starts a participant's server by hand.

Triggered by the HTTP API, for IAM-authorised callers only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hippo_gym.runtime import aws_clients, deadline, http, settings
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.runtime.emf import measured, meter
from hippo_gym.runtime.errors import ParticipantError
from hippo_gym.runtime.logs import logged, logger
from hippo_gym.runtime.metrics import Metric
from hippo_gym.runtime.settings import SendStartServerMessageSettings
from hippo_gym.sessions import messages

if deadline.IN_LAMBDA:
    aws_clients.sns_once()


@logged
@measured
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Publish a start message.

    Answer 202 with its session id, or 400 with the faults of the body.
    """
    chosen = settings.load(SendStartServerMessageSettings)
    request = http.without_body(event)
    try:
        if request.method != "POST":
            return http.answer(request, 405, messages.how_to_send("start"))
        request = http.read_request(event)
        message = messages.start_request(http.json_body(request), SystemClock().now())
    except ParticipantError as error:
        meter.add(Metric.INPUTS_REJECTED)
        return http.answer(request, 400, str(error))
    messages.publish(aws_clients.sns_once(), chosen.start_server_topic_arn, message)
    logger.info("published", project_id=message.project_id, user_id=message.user_id, session_id=message.session_id)
    return http.answer(request, 202, {"sessionId": message.session_id})
