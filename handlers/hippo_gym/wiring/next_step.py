"""Assembles the objects that next_step calls, once per warm function.

A participant waits for these imports at a cold start, so this module imports nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Final

from hippo_gym.participants.visits import Visits
from hippo_gym.runtime import aws_clients, schemas
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.runtime.emf import meter
from hippo_gym.runtime.kept_headers import Keep
from hippo_gym.runtime.settings import NextStepSettings
from hippo_gym.sessions import messages
from hippo_gym.sessions.edge import Edge
from hippo_gym.sessions.edge_keys import EdgeKeys
from hippo_gym.sessions.messages import Start, Stop
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies.link_keys import LinkKeys

_SCHEMAS: Final = (
    schemas.PROJECT_ID,
    schemas.USER_ID,
    schemas.MASTER_LIST_ENVELOPE,
    schemas.PROJECT,
    schemas.PARTICIPANT_RECORD,
)


def prepare() -> None:
    """Make the clients and validators before the first request."""
    aws_clients.s3()
    aws_clients.sns_once()
    for schema in _SCHEMAS:
        schemas.prepare(schema)


@cache
def visits(settings: NextStepSettings) -> Visits:
    """Assemble what next_step calls."""

    def publish(message: Start | Stop) -> None:
        starts = isinstance(message, Start)
        topic_arn = settings.start_server_topic_arn if starts else settings.stop_server_topic_arn
        messages.publish(aws_clients.sns_once(), topic_arn, message)

    bucket = Bucket(aws_clients.s3(), settings.bucket)
    domain, reserved = settings.root_domain, settings.reserved_names
    clock = SystemClock()
    keys = LinkKeys(aws_clients.ssm, settings.deployment_name, clock)
    seconds, longest = settings.cache_seconds, settings.max_line
    made = Visits.over(bucket, clock, publish, domain, seconds, reserved, keys.judge, longest)
    edge = None
    if settings.edge_url:
        edge = Edge(settings.edge_url, EdgeKeys(aws_clients.ssm, settings.deployment_name, clock).newest)
    return replace(made, meter=meter, keep=Keep(settings.keep_addresses, settings.keep_browser), edge=edge)
