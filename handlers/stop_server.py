"""Takes a participant's server down. Triggered by the stop topic: stop messages, stop schedules, tasks that stopped.

A normal return tells SNS and Lambda that the message is dealt with; an error makes Lambda try again, twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hippo_gym import deployment, invocation, messages, settings
from hippo_gym.emf import measured
from hippo_gym.invocation import seconds_left
from hippo_gym.lifecycle import Outcome
from hippo_gym.logs import logged, logger
from hippo_gym.settings import StopServerSettings
from hippo_gym.stopping import Stopping

if invocation.IN_LAMBDA:
    deployment.prepare()


@logged
@measured
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Serve every message of an SNS event; return how each session was left."""
    left = seconds_left(context, timeout=30)
    stopping = deployment.stopping(settings.load(StopServerSettings))
    outcomes = [_serve(stopping, payload, left) for payload in messages.read_sns_event(event)]
    return {"outcomes": [outcome.value for outcome in outcomes]}


def _serve(stopping: Stopping, payload: Mapping[str, Any], seconds_left: Callable[[], float]) -> Outcome:
    if payload.get("detail-type") != messages.TASK_STATE_CHANGE:
        return stopping.stop(messages.read_stop(payload), seconds_left)
    event = messages.read_task_stopped(payload)
    if event is None:
        logger.info("a task that is none of ours has stopped")
        return Outcome.OVER
    return stopping.task_stopped(event, seconds_left)
