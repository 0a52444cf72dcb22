"""Brings a participant's server up. Triggered by the start topic.

A normal return tells SNS and Lambda that the message is dealt with. An error makes Lambda try twice more, after one
and two minutes, and then puts the message on the dead-letter queue. That a session could not be started is raised once:
when the message comes again, the session is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hippo_gym.runtime import deadline, settings
from hippo_gym.runtime.deadline import seconds_left
from hippo_gym.runtime.emf import measured
from hippo_gym.runtime.logs import logged
from hippo_gym.runtime.settings import StartServerSettings
from hippo_gym.sessions import messages
from hippo_gym.wiring import session_functions

if deadline.IN_LAMBDA:
    session_functions.prepare()


@logged
@measured
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Serve every start message of an SNS event; return how each session was left."""
    left = seconds_left(context, timeout=300)
    starting = session_functions.starting(settings.load(StartServerSettings))
    outcomes = [starting.start(messages.read_start(payload), left) for payload in messages.read_sns_event(event)]
    return {"outcomes": [outcome.value for outcome in outcomes]}
