"""Takes down what messages and schedules have missed. Triggered every five minutes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from hippo_gym import deployment, invocation, settings
from hippo_gym.emf import measured
from hippo_gym.invocation import seconds_left
from hippo_gym.logs import logged, logger
from hippo_gym.settings import SweepSessionsSettings

if invocation.IN_LAMBDA:
    deployment.prepare()


@logged
@measured
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Sweep once; return the report. With `{"dryRun": true}` nothing is changed: the report says what would be."""
    left = seconds_left(context, timeout=60)
    sweeping = deployment.sweeping(settings.load(SweepSessionsSettings))
    dry_run = event.get("dryRun") is True
    report = dataclasses.asdict(sweeping.sweep(left, dry_run=dry_run))
    logger.info("swept", report=report)
    return report
