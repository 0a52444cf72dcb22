"""Registers or changes a project.

Researchers' scripts invoke it directly, with the project as the event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hippo_gym.runtime import aws_clients, deadline, schemas, settings
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.runtime.deadline import seconds_left
from hippo_gym.runtime.emf import measured, meter
from hippo_gym.runtime.errors import HippoGymError, Transient
from hippo_gym.runtime.logs import logged, logger
from hippo_gym.runtime.metrics import Metric
from hippo_gym.runtime.settings import UpdateProjectMasterListSettings
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies import registration

_SECONDS: Final = 10  # in all, outside of Lambda

if deadline.IN_LAMBDA:
    aws_clients.s3()
    schemas.is_valid(schemas.PROJECT, {})


@logged
@measured
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Write the project of the event into the master list.

    Returns:
        `{"statusCode": 200, "body": <warnings, one per line, or "">}`; 400 with every fault, one
        per line; 409 if the stored entry is not the one that it `replaces`, and nothing was
        written; 503 if other writers were faster until the time was up, and the caller has to try
        again.
    """
    left = seconds_left(context, _SECONDS)
    chosen = settings.load(UpdateProjectMasterListSettings)
    read = registration.read_payload(event)
    logger.append_keys(project_id=str(read.entry.get("id"))[:64])
    if read.faults:
        logger.info("refused", faults=[fault.path for fault in read.faults])
        meter.add(Metric.LIST_UPDATES_REJECTED)
        return {"statusCode": 400, "body": "\n".join(str(fault) for fault in read.faults)}
    try:
        registration.register(Bucket(aws_clients.s3(), chosen.bucket), SystemClock(), read.entry, read.replaces, left)
    except (registration.Outdated, Transient) as error:
        logger.info("refused", reason=str(error))
        meter.add(Metric.LIST_UPDATES_REJECTED)
        return {"statusCode": 503 if isinstance(error, Transient) else 409, "body": str(error)}
    except HippoGymError as error:
        logger.exception("not written")
        meter.add(Metric.LIST_UPDATES_REJECTED)
        return {"statusCode": 400, "body": str(error)}
    meter.add(Metric.LIST_UPDATES_DONE)
    warnings = [*read.warnings, *registration.warnings_of_bucket(read.entry, chosen.bucket)]
    logger.info("registered", warnings=len(warnings))
    return {"statusCode": 200, "body": "\n".join(f"Warning: {warning}" for warning in warnings)}
