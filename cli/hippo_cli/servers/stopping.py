"""Ending one participant's server: ask the deployment's function, then see it go."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from hippo_cli.deployment import Deployment
from hippo_common.errors import HippoError
from hippo_gym.runtime.clock import Clock, SystemClock
from hippo_gym.sessions.model import STOPPED, Session
from hippo_gym.sessions.store import SessionStore
from hippo_gym.storage.bucket import Bucket

FUNCTION: Final = "send_stop_server_message"

_ACCEPTED: Final = 202
_POLL_SECONDS: Final = 1.0
_PATIENCE: Final = timedelta(minutes=6)  # a container may take two minutes to end, and its network another
_NOTED_WITHIN: Final = timedelta(seconds=30)


def ask(deployment: Deployment, session: Session, minutes: int, reason: str) -> None:
    """Ask for the end of a session, now or in some minutes. It names the session, so that no later one is hit.

    Raises:
        HippoError: the function refuses, or failed.
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
    reply: Any = json.loads(answer["Payload"].read())
    if answer.get("FunctionError") or not isinstance(reply, dict) or reply.get("statusCode") != _ACCEPTED:
        told = reply.get("body") or reply.get("errorMessage") or reply if isinstance(reply, dict) else reply
        raise HippoError(
            f"{deployment.functions[FUNCTION]} did not take it: {told}",
            "Nothing was stopped. If it goes on, show this to your infra team.",
        )


def wait_until_over(
    deployment: Deployment, session: Session, report: Callable[[str], None], clock: Clock | None = None
) -> Session:
    """Wait until nothing is left of a session that was asked to stop; return its last record.

    Args:
        deployment: where.
        session: as it was when that was asked.
        report: told what is being waited for, when that changes.
        clock: for tests.

    Raises:
        HippoError: it takes longer than it should.
    """
    clock = clock or SystemClock()
    sessions = SessionStore(Bucket(deployment.client("s3"), deployment.bucket), clock)
    began, told = clock.now(), ""
    while clock.now() - began < _PATIENCE:
        ended = sessions.ended(session.project_id, session.id)
        held = sessions.live(session.user_id)
        if ended is not None and (held is None or held.session.id != session.id):
            return ended
        now = _waited_for(held.session if held is not None else None)
        if now != told:
            report(now)
            told = now
        clock.sleep(_POLL_SECONDS)
    raise HippoError(
        f"The server of {session.user_id} is still being taken down after {_PATIENCE.seconds // 60} minutes.",
        "The deployment goes on with that without you, and `hippo sessions` shows how far it is. If it is there in "
        "half an hour, tell your infra team.",
    )


def wait_until_noted(deployment: Deployment, session: Session, minutes: int, clock: Clock | None = None) -> Session:
    """Wait until a later stop stands on the session's record; return the record.

    Raises:
        HippoError: it does not come.
    """
    clock = clock or SystemClock()
    sessions = SessionStore(Bucket(deployment.client("s3"), deployment.bucket), clock)
    began = clock.now()
    latest = began + timedelta(minutes=minutes) + _NOTED_WITHIN
    while clock.now() - began < _NOTED_WITHIN:
        held = sessions.live(session.user_id)
        if held is None or held.session.id != session.id:
            return sessions.ended(session.project_id, session.id) or session
        if held.session.stop_at <= latest:
            return held.session
        clock.sleep(_POLL_SECONDS)
    raise HippoError(
        f"The later stop of {session.user_id}'s server was asked for, and does not stand on its record yet.",
        "Look again in a minute: `hippo sessions` shows the time that is left.",
    )


def _waited_for(live: Session | None) -> str:
    if live is None or live.wanted != STOPPED:
        return "Waiting for the deployment to take it up"
    if live.seen.withdrawn_at is None:
        return "Its name is being withdrawn, and its container asked to end"
    return "Its container is ending"
