"""POST /trials: gives a session's container the forms with which it stores its data in S3.

Triggered by the HTTP API; the session's upload token proves who asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hippo_gym.runtime import aws_clients, deadline, http, schemas, settings
from hippo_gym.runtime.emf import measured, meter
from hippo_gym.runtime.errors import ParticipantError
from hippo_gym.runtime.logs import logged, logger
from hippo_gym.runtime.metrics import Metric
from hippo_gym.runtime.settings import IssueUploadTicketSettings
from hippo_gym.wiring import upload_tickets

REFUSED: Final = "this is not the upload token of a live session"
"""The same for an unknown session and a wrong token."""

if deadline.IN_LAMBDA:
    aws_clients.s3()
    aws_clients.s3_signer()
    schemas.is_valid(schemas.SESSION_RECORD, {})


@logged
@measured
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer 200 with a ticket, 403 without the token of a live session, or 400 for a body that is no JSON.

    A body with `"asks": "participant"` is answered with the participant of a warm server.
    """
    tickets = upload_tickets.tickets(settings.load(IssueUploadTicketSettings))
    request = http.without_body(event)
    try:
        request = http.read_request(event)
        body = http.json_body(request)
        asks = isinstance(body, Mapping) and body.get("asks") == "participant"
        ticket = tickets.participant(body) if asks else tickets.ticket(body)
    except ParticipantError as error:
        meter.add(Metric.INPUTS_REJECTED)
        return http.answer(request, 400, str(error))
    if ticket is None:
        meter.add(Metric.INPUTS_REJECTED)
        logger.info("refused")
        return http.answer(request, 403, REFUSED)
    if asks:
        logger.info("gave a warm server its participant" if ticket["participant"] else "no participant yet")
    else:
        logger.info("issued", prefix=ticket["upload"]["prefix"])  # holds the ids
    return http.answer(request, 200, ticket)
