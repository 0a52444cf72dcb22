"""Takes down what messages and schedules have missed. Triggered every five minutes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from hippo_gym import deployment, settings
from hippo_gym.invocation import seconds_left
from hippo_gym.logs import logged, logger
from hippo_gym.settings import StopServerSettings


@logged
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Sweep once; return the report."""
    left = seconds_left(context, timeout=60)
    sweeping = deployment.sweeping(settings.load(StopServerSettings))
    report = dataclasses.asdict(sweeping.sweep(left))
    logger.info("swept", report=report)
    return report
