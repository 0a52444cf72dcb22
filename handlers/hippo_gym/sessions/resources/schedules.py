"""A session's stop schedule: one EventBridge Scheduler schedule that sends the stop message when time is up.

It is set before the task exists. `at(yyyy-mm-ddThh:mm:ss)` in UTC, precise to a minute, delivered at least once,
deleted by the service after it has fired (EventBridge Scheduler user guide, "Schedule types", "Deleting a schedule").

While the service is at work on a schedule, it answers a change of it with ConflictException. Such a change is made
again after a short pause, a few times; the error that is left then is transient (`aws.cause_of`).
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.runtime.clock import Clock
from hippo_gym.sessions.messages import Stop

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

_GROUP: Final = "default"
_CONFLICT: Final = "ConflictException"
_NOT_FOUND: Final = "ResourceNotFoundException"
_TRIES: Final = 4
_LONGEST_PAUSE: Final = 0.5


class Schedules:
    """The stop schedules of one deployment, in the account's default group.

    Args:
        client: of EventBridge Scheduler.
        clock: waits between two tries.
    """

    def __init__(self, client: EventBridgeSchedulerClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def create(self, name: str, at: datetime, topic_arn: str, role_arn: str, message: Stop) -> None:
        """Have `message` published to the topic at a time; a schedule of that name is made so if it is there already.

        Args:
            name: at most 64 of `[0-9a-zA-Z-_.]`.
            at: when; one in the past fires at once.
            topic_arn: the stop topic.
            role_arn: what the scheduler assumes to publish to it.
            message: the stop message.

        Raises:
            ClientError: it could not be made so; transient if the schedule was being changed or deleted each time.
        """
        schedule: Any = {
            "Name": name,
            "GroupName": _GROUP,
            "Target": {"Arn": topic_arn, "RoleArn": role_arn, "Input": json.dumps(message.payload())},
            **_when(at),
        }

        def create() -> None:
            try:
                self._client.create_schedule(**schedule)
            except ClientError as error:
                if code_of(error) != _CONFLICT:
                    raise
                self._client.update_schedule(**schedule)

        # Not found by the update: the schedule that was there has fired and was deleted meanwhile.
        self._try(create, {_CONFLICT, _NOT_FOUND})

    def move(self, name: str, at: datetime) -> None:
        """Let a schedule fire at another time; one that is gone, or not there yet, is no error.

        UpdateSchedule replaces the whole schedule, so its target is read and put back.
        """

        def move() -> None:
            target: Any = self._client.get_schedule(Name=name, GroupName=_GROUP)["Target"]
            self._client.update_schedule(Name=name, GroupName=_GROUP, Target=target, **_when(at))

        try:
            self._try(move, {_CONFLICT})
        except ClientError as error:
            if code_of(error) != _NOT_FOUND:
                raise

    def delete(self, name: str) -> None:
        """Delete a schedule; one that has fired or never was is no error."""
        try:
            self._try(lambda: self._client.delete_schedule(Name=name, GroupName=_GROUP), {_CONFLICT})
        except ClientError as error:
            if code_of(error) != _NOT_FOUND:
                raise

    def _try(self, change: Callable[[], object], again: set[str]) -> None:
        """Make a change, and again after a pause if Scheduler answers it with one of some error codes."""
        for left in reversed(range(_TRIES)):
            try:
                change()
            except ClientError as error:
                if not left or code_of(error) not in again:
                    raise
                self._clock.sleep(random.uniform(0.1, _LONGEST_PAUSE))  # noqa: S311 - jitter, not a secret
            else:
                return

    def names(self, prefix: str) -> Iterator[str]:
        """Yield the names of the schedules that begin with `prefix`."""
        pages = self._client.get_paginator("list_schedules").paginate(GroupName=_GROUP, NamePrefix=prefix)
        for page in pages:
            for schedule in page["Schedules"]:
                yield schedule["Name"]


def _when(at: datetime) -> Any:
    return {
        "ScheduleExpression": f"at({at.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
    }
