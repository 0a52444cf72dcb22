"""Brings a participant's server up. Triggered by the start topic.

A normal return tells SNS and Lambda that the message is dealt with. An error makes Lambda try twice more, after one
and two minutes, and then puts the message on the dead-letter queue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from hippo_gym import deployment, messages, settings
from hippo_gym.logs import logger
from hippo_gym.settings import StartServerSettings


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Serve every start message of an SNS event; return how each session was left."""
    starting = deployment.starting(settings.load(StartServerSettings))
    outcomes = [
        starting.start(messages.read_start(payload), lambda: context.get_remaining_time_in_millis() / 1000)
        for payload in messages.read_sns_event(event)
    ]
    return {"outcomes": [outcome.value for outcome in outcomes]}
