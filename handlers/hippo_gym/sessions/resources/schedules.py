"""A session's stop schedule: one EventBridge Scheduler schedule that sends the stop message when time is up.

It is set before the task exists. `at(yyyy-mm-ddThh:mm:ss)` in UTC, precise to a minute, delivered at least once,
deleted by the service after it has fired (EventBridge Scheduler user guide, "Schedule types", "Deleting a schedule").
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.sessions.messages import Stop

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

_GROUP: Final = "default"


class Schedules:
    """The stop schedules of one deployment, in the account's default group."""

    def __init__(self, client: EventBridgeSchedulerClient) -> None:
        self._client = client

    def create(self, name: str, at: datetime, topic_arn: str, role_arn: str, message: Stop) -> None:
        """Have `message` published to the topic at a time; a schedule of that name is made so if it is there already.

        Args:
            name: at most 64 of `[0-9a-zA-Z-_.]`.
            at: when; one in the past fires at once.
            topic_arn: the stop topic.
            role_arn: what the scheduler assumes to publish to it.
            message: the stop message.
        """
        schedule: Any = {
            "Name": name,
            "GroupName": _GROUP,
            "Target": {"Arn": topic_arn, "RoleArn": role_arn, "Input": json.dumps(message.payload())},
            **_when(at),
        }
        try:
            self._client.create_schedule(**schedule)
        except ClientError as error:
            if code_of(error) != "ConflictException":
                raise
            self._client.update_schedule(**schedule)

    def move(self, name: str, at: datetime) -> None:
        """Let a schedule fire at another time; one that is gone, or not there yet, is no error.

        UpdateSchedule replaces the whole schedule, so its target is read and put back.
        """
        try:
            target: Any = self._client.get_schedule(Name=name, GroupName=_GROUP)["Target"]
            self._client.update_schedule(Name=name, GroupName=_GROUP, Target=target, **_when(at))
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise

    def delete(self, name: str) -> None:
        """Delete a schedule; one that has fired or never was is no error."""
        try:
            self._client.delete_schedule(Name=name, GroupName=_GROUP)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise

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
