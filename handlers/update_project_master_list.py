"""Registers or changes a project.

Researchers' scripts invoke it directly, with the project as the event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

from hippo_gym.runtime import aws_clients, caller_identity, deadline, schemas, settings
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.runtime.deadline import seconds_left
from hippo_gym.runtime.emf import measured, meter
from hippo_gym.runtime.errors import HippoGymError, Transient
from hippo_gym.runtime.logs import logged, logger
from hippo_gym.runtime.metrics import Metric
from hippo_gym.runtime.settings import UpdateProjectMasterListSettings
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies import owners, registration, task_definitions
from hippo_gym.studies import warnings as study_warnings
from hippo_gym.studies.owners import NotAnOwner
from hippo_gym.studies.task_limits import TaskLimits

_SECONDS: Final = 10  # in all, outside of Lambda
_STATUS: Final[Mapping[type[Exception], int]] = {registration.Outdated: 409, NotAnOwner: 403}

if deadline.IN_LAMBDA:
    aws_clients.s3()
    schemas.prepare(schemas.PROJECT)


@logged
@measured
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Write the project of the event into the master list.

    Returns:
        `{"statusCode": 200, "body": <warnings, one per line, or "">}`; 400 with every fault, one
        per line; 403 if the study has owners and the caller has not proved to be one; 409 if the
        stored entry is not the one that it `replaces`; 503 if other writers were faster until the
        time was up, and the caller has to try again. Only 200 has written.
    """
    left = seconds_left(context, _SECONDS)
    chosen = settings.load(UpdateProjectMasterListSettings)
    limits = TaskLimits(chosen.max_task_cpu, chosen.max_task_memory)
    read = registration.read_payload(event, chosen.admitted_task_families, limits)
    logger.append_keys(project_id=str(read.entry.get("id"))[:64])
    if read.faults:
        logger.info("refused", faults=[fault.path for fault in read.faults])
        meter.add(Metric.LIST_UPDATES_REJECTED)
        return {"statusCode": 400, "body": "\n".join(str(fault) for fault in read.faults)}
    bucket = Bucket(aws_clients.s3(), chosen.bucket)
    try:
        author = _author(event, context, chosen.deployment_name)
        registration.register(bucket, SystemClock(), read.entry, read.replaces, left, author)
    except (registration.Outdated, NotAnOwner, Transient) as error:
        logger.info("refused", reason=str(error))
        meter.add(Metric.LIST_UPDATES_REJECTED)
        return {"statusCode": _STATUS.get(type(error), 503), "body": str(error)}
    except HippoGymError as error:
        logger.exception("not written")
        meter.add(Metric.LIST_UPDATES_REJECTED)
        return {"statusCode": 400, "body": str(error)}
    meter.add(Metric.LIST_UPDATES_DONE)
    warnings = [
        *read.warnings,
        *study_warnings.of_bucket(read.entry, chosen.bucket),
        *_of_task(read.entry.get("ecsTask"), chosen),
    ]
    logger.info("registered", warnings=len(warnings))
    return {"statusCode": 200, "body": "\n".join(f"Warning: {warning}" for warning in warnings)}


def _of_task(task: str | None, chosen: UpdateProjectMasterListSettings) -> list[str]:
    """Return what keeps a script's task definition from running.

    Those that `hippo` registers have a revision in their name, and were checked by `hippo`.
    """
    if task is None or ":" in task:
        return []
    try:
        return task_definitions.warnings_of(
            aws_clients.ecs(), task, chosen.deployment_name, chosen.admitted_task_families, chosen.task_roles
        )
    except (BotoCoreError, ClientError) as error:
        logger.warning("the task definition cannot be looked up", exc_info=error)
        return []


def _author(event: Mapping[str, Any], context: Any, deployment: str) -> registration.Author:
    """Return who sent the event: whose proof it has, or anyone.

    Raises:
        NotAnOwner: its proof is not one, or STS does not confirm it.
        Transient: STS does not answer in time.
    """
    account_id = str(context.invoked_function_arn).split(":")[4]
    proof = event.get(owners.PROOF)
    if proof is None:
        return registration.Author(None, account_id)
    headers = owners.signed_headers(deployment, event)
    try:
        url = f"{aws_clients.sts().meta.endpoint_url}/"
        arn = caller_identity.arn_of(url, headers, owners.BODY, caller_identity.post)
    except caller_identity.IdentityUnknown as error:
        raise NotAnOwner(f"{error}; nothing was written. Run the command again") from error
    except (ConnectionError, HTTPClientError) as error:
        raise Transient("AWS STS does not answer") from error
    return registration.Author(owners.Caller(arn), account_id)
