"""Checks that the deployment belongs to the environment's state, which it reads from the state bucket."""

from __future__ import annotations

from typing import Final

from hippo_deploy.environments import Environment
from hippo_deploy.ownership import judging, state
from hippo_deploy.ownership.judging import Refusal
from hippo_deploy.ownership.records import Recorded
from hippo_deploy.preflight.cloud import Cloud
from hippo_deploy.preflight.wanted import Wanted

WHY: Final = (
    "AWS returns topics, queues and rules that exist when they are created again: this environment would take over the "
    "other one's, and its make destroy would delete them."
)


def refusal(wanted: Wanted, cloud: Cloud, recorded: Recorded) -> Refusal | None:
    """Return why the environment may not touch the deployment that exists under its name; None if it may.

    Without a backend file nothing is known of a state; the check of the state bucket reports that.

    Raises:
        ClientError: AWS refuses a call.
    """
    store = wanted.state
    if store is None:
        return None
    held = state.fetch(cloud.client("s3", store.region), store.bucket, store.key)
    return judging.judge(Environment(wanted.environment), wanted.name, recorded, held)
