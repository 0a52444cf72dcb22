"""Brings a participant's server up. Triggered by the start topic.

After a normal return Lambda discards the message. After an error Lambda retries twice, after one
and two minutes, and then puts the message on the dead-letter queue. A session that cannot start
raises once: at the retry it is over, and the function returns.
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
    """Handle every start message of an SNS event; return each session's outcome."""
    left = seconds_left(context, timeout=300)
    starting = session_functions.starting(settings.load(StartServerSettings))
    outcomes = [starting.start(messages.read_start(payload), left) for payload in messages.read_sns_event(event)]
    return {"outcomes": [outcome.value for outcome in outcomes]}
