"""Stops a participant's server through the function, and waits until it is removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from hippo_cli.deployment import Deployment
from hippo_common.errors import HippoError
from hippo_common.reading import json_value
from hippo_gym.runtime.clock import Clock, SystemClock
from hippo_gym.sessions.model import STOPPED, Session
from hippo_gym.sessions.store import SessionStore
from hippo_gym.storage.bucket import Bucket

FUNCTION: Final = "send_stop_server_message"

_ACCEPTED: Final = 202  # the function's status if it published the stop message
_POLL_SECONDS: Final = 1.0
_TIMEOUT: Final = timedelta(minutes=6)  # a container may take two minutes to end, and its network another
_SCHEDULED_WITHIN: Final = timedelta(seconds=30)  # the time that stop_server may take to move the schedule


def request_stop(deployment: Deployment, session: Session, minutes: int, reason: str) -> None:
    """Request the stop of this session, and never of a later one, now or in some minutes.

    Raises:
        HippoError: the function refused the request, or failed.
    """
    body = {
        "projectId": session.project_id,
        "userId": session.user_id,
        "sessionId": session.id,
        "delay": minutes,
        "reason": reason,
    }
    event = {"requestContext": {"http": {"method": "POST"}}, "headers": {}, "body": json.dumps(body)}
    answer = deployment.client("lambda").invoke(
        FunctionName=deployment.functions[FUNCTION], Payload=json.dumps(event).encode("utf-8")
    )
    try:
        reply: Any = json_value(answer["Payload"].read())
    except ValueError as error:
        reply = f"its answer {error}"
    if answer.get("FunctionError") or not isinstance(reply, dict) or reply.get("statusCode") != _ACCEPTED:
        cause = reply.get("body") or reply.get("errorMessage") or reply if isinstance(reply, dict) else reply
        raise HippoError(
            f"{deployment.functions[FUNCTION]} refused the stop: {cause}",
            "Nothing was stopped. If this happens again, show this message to your infra team.",
        )


def wait_until_removed(
    deployment: Deployment, session: Session, report: Callable[[str], None], clock: Clock | None = None
) -> Session:
    """Wait until all resources of a stopping session are removed; return its last record.

    Args:
        deployment: the deployment.
        session: the session, as it was when its stop was requested.
        report: called with a text when the progress changes.
        clock: a clock for tests; None for the system's.

    Raises:
        HippoError: the removal takes more than six minutes.
    """
    clock = clock or SystemClock()
    sessions = SessionStore(Bucket(deployment.client("s3"), deployment.bucket), clock)
    began, reported = clock.now(), ""
    while clock.now() - began < _TIMEOUT:
        ended = sessions.ended(session.project_id, session.id)
        held = sessions.live(session.user_id)
        if ended is not None and (held is None or held.session.id != session.id):
            return ended
        now = _progress(held.session if held is not None else None)
        if now != reported:
            report(now)
            reported = now
        clock.sleep(_POLL_SECONDS)
    raise HippoError(
        f"The server of {session.user_id} is still not removed after {_TIMEOUT.seconds // 60} minutes.",
        "The deployment continues without you; `hippo sessions` shows the server until it is removed. If it is still "
        "there in half an hour, ask your infra team.",
    )


def wait_until_scheduled(deployment: Deployment, session: Session, minutes: int, clock: Clock | None = None) -> Session:
    """Wait until the session's record has the later stop time; return the record.

    Raises:
        HippoError: the record does not change in time.
    """
    clock = clock or SystemClock()
    sessions = SessionStore(Bucket(deployment.client("s3"), deployment.bucket), clock)
    began = clock.now()
    latest = began + timedelta(minutes=minutes) + _SCHEDULED_WITHIN
    while clock.now() - began < _SCHEDULED_WITHIN:
        held = sessions.live(session.user_id)
        if held is None or held.session.id != session.id:
            return sessions.ended(session.project_id, session.id) or session
        if held.session.stop_at <= latest:
            return held.session
        clock.sleep(_POLL_SECONDS)
    raise HippoError(
        f"The later stop of {session.user_id}'s server was requested, but is not on its record yet.",
        "Check again in a minute: `hippo sessions` shows the time left.",
    )


def _progress(live: Session | None) -> str:
    if live is None or live.wanted != STOPPED:
        return "Waiting for the deployment to begin"
    if live.seen.withdrawn_at is None:
        return "Removing its DNS name and stopping its container"
    return "Waiting for its container to end"
