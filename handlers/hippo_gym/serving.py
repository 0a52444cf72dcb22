"""Puts the domain together for next_step: once per warm function, and nothing that it does not call.

What is imported here is imported while a participant waits for a cold function.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Final

from hippo_gym import aws, messages, schemas
from hippo_gym.bucket import Bucket
from hippo_gym.clock import SystemClock
from hippo_gym.emf import meter
from hippo_gym.messages import Start, Stop
from hippo_gym.settings import NextStepSettings
from hippo_gym.visits import Visits

_SCHEMAS: Final = (
    schemas.PROJECT_ID,
    schemas.USER_ID,
    schemas.MASTER_LIST_ENVELOPE,
    schemas.PROJECT,
    schemas.PARTICIPANT_RECORD,
)


def prepare() -> None:
    """Make what the first request would have to wait for: the clients and the validators."""
    aws.s3()
    aws.sns_once()
    for schema in _SCHEMAS:
        schemas.is_valid(schema, {})


@cache
def visits(settings: NextStepSettings) -> Visits:
    """Put together what next_step calls."""

    def publish(message: Start | Stop) -> None:
        starts = isinstance(message, Start)
        topic_arn = settings.start_server_topic_arn if starts else settings.stop_server_topic_arn
        messages.publish(aws.sns_once(), topic_arn, message)

    bucket = Bucket(aws.s3(), settings.bucket)
    domain, reserved = settings.root_domain, settings.reserved_names
    made = Visits.over(bucket, SystemClock(), publish, domain, settings.cache_seconds, reserved)
    return replace(made, meter=meter)
