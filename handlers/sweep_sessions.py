"""Takes down sessions and resources that messages and schedules missed.

Then it removes some of the data whose retention is over. Triggered every five minutes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from hippo_gym.runtime import deadline, settings
from hippo_gym.runtime.deadline import seconds_left
from hippo_gym.runtime.emf import measured
from hippo_gym.runtime.logs import logged, logger
from hippo_gym.runtime.settings import SweepSessionsSettings
from hippo_gym.wiring import retaining, session_functions

if deadline.IN_LAMBDA:
    session_functions.prepare()


@logged
@measured
def lambda_handler(event: Any, context: Any) -> dict[str, Any]:
    """Sweep once; return the report.

    The event may be any JSON. `{"dryRun": true}` changes nothing and reports what a sweep would do.
    """
    left = seconds_left(context, timeout=60)
    own = settings.load(SweepSessionsSettings)
    dry_run = isinstance(event, Mapping) and event.get("dryRun") is True
    report = dataclasses.asdict(session_functions.sweeping(own).sweep(left, dry_run=dry_run))
    report["retention"] = dataclasses.asdict(retaining.rounds(own).turn(left, dry_run=dry_run))
    logger.info("swept", report=report)
    return report
