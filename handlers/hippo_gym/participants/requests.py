"""Reads a request to `/next`: who sends it, for which step, and with which answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hippo_gym.participants import request_log
from hippo_gym.participants.decisions import Request
from hippo_gym.runtime import json_reading, schemas
from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.errors import ParticipantError
from hippo_gym.runtime.http import HttpRequest
from hippo_gym.runtime.json_reading import BeyondLimits, NotJson
from hippo_gym.runtime.kept_headers import Keep
from hippo_gym.sessions.warm_names import is_warm
from hippo_gym.studies import devices
from hippo_gym.studies.projects import UnknownProject, step_position

_LARGEST_BODY: Final = 256 * 1024  # bytes of a form


class RequestRefused(ParticipantError):
    """The request names no valid participant, or its body is too large or nested too deeply."""


def ids(http_request: HttpRequest) -> tuple[str, str]:
    """Return the project id and the user id; they become object keys, and the user id a DNS label.

    Raises:
        UnknownProject: an id is missing, or the project id breaks its schema.
        RequestRefused: the user id breaks its schema.
    """
    project_id = http_request.query.get("projectId", "")
    user_id = http_request.query.get("userId", "")
    if not user_id or not schemas.is_valid(schemas.PROJECT_ID, project_id):
        raise UnknownProject("projectId or userId is missing or not valid")
    if is_warm(user_id.lower()):
        raise RequestRefused("userId: this name is of a server, not of a participant")
    found = schemas.faults(schemas.USER_ID, user_id)
    if found:
        raise RequestRefused(f"userId: found {found[0].found}; allowed: {found[0].allowed}")
    return project_id, user_id


def read(http_request: HttpRequest, user_id: str, clock: Clock, keep: Keep) -> Request:
    """Return a request as the step machine takes it.

    Args:
        http_request: the request.
        user_id: the participant's id as they spell it.
        clock: the time.
        keep: what the record keeps of the client.

    Raises:
        RequestRefused: the body is too large, or nested too deeply.
    """
    body = http_request.body
    if body is not None and len(body.encode("utf-8")) > _LARGEST_BODY:
        raise RequestRefused(f"the answer is larger than {_LARGEST_BODY} bytes")
    at = clock.now()
    named = http_request.query.get("step")
    position = None if named is None else step_position(named)
    return Request(
        id=http_request.id,
        user_id=user_id.lower(),
        at=at,
        is_post=http_request.method == "POST",
        step=-1 if named is not None and position is None else position,
        entry=request_log.entry_of(http_request, at, keep),
        answers=_answers(body),
        here=http_request.query.get("here") == "1",
        device=devices.read(http_request.query.get("device")),
        unreachable=http_request.query.get("unreachable") == "1",
    )


def _answers(body: str | None) -> Mapping[str, Any]:
    """Return the form's fields; empty if the body is not a JSON object.

    Raises:
        RequestRefused: the body is nested too deeply, or has a number that is too large: programs
            that read the record later could not read it.
    """
    try:
        read = json_reading.read(body or "{}")
    except BeyondLimits as error:
        raise RequestRefused(f"the answer {error}") from error
    except NotJson:
        return {}
    return read if isinstance(read, dict) else {}
