"""Takes down what messages and schedules have missed. Triggered every five minutes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from hippo_gym import deployment, settings
from hippo_gym.logs import logger
from hippo_gym.settings import StopServerSettings


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Sweep once; return the report."""
    sweeping = deployment.sweeping(settings.load(StopServerSettings))
    report = dataclasses.asdict(sweeping.sweep(lambda: context.get_remaining_time_in_millis() / 1000))
    logger.info("swept", report=report)
    return report
