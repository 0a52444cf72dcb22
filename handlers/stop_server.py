"""Takes a participant's server down.

Triggered by the stop topic: stop messages, stop schedules, tasks that stopped. After a normal
return Lambda discards the message; after an error it retries twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hippo_gym.runtime import deadline, settings
from hippo_gym.runtime.deadline import seconds_left
from hippo_gym.runtime.emf import measured
from hippo_gym.runtime.logs import logged, logger
from hippo_gym.runtime.settings import StopServerSettings
from hippo_gym.sessions import messages
from hippo_gym.sessions.converge import Outcome
from hippo_gym.sessions.stop import SessionStopper
from hippo_gym.wiring import session_functions

if deadline.IN_LAMBDA:
    session_functions.prepare()


@logged
@measured
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Handle every message of an SNS event; return each session's outcome."""
    left = seconds_left(context, timeout=30)
    stopping = session_functions.stopping(settings.load(StopServerSettings))
    outcomes = [_serve(stopping, payload, left) for payload in messages.read_sns_event(event)]
    return {"outcomes": [outcome.value for outcome in outcomes]}


def _serve(stopping: SessionStopper, payload: Mapping[str, Any], seconds_left: Callable[[], float]) -> Outcome:
    if payload.get("detail-type") != messages.TASK_STATE_CHANGE:
        return stopping.stop(messages.read_stop(payload), seconds_left)
    event = messages.read_task_stopped(payload)
    if event is None:
        logger.info("ignoring the stop of a task that belongs to no session")
        return Outcome.OVER
    return stopping.task_stopped(event, seconds_left)
