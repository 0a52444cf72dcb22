"""A session's stop schedule: EventBridge Scheduler publishes the stop message when time is up.

The schedule exists before the task. Its expression is `at(yyyy-mm-ddThh:mm:ss)` in UTC, precise to
a minute; the service delivers the message at least once and deletes the schedule afterwards
(EventBridge Scheduler user guide, "Schedule types", "Deleting a schedule").

While the service changes a schedule, it answers another change of it with ConflictException. `_retry`
repeats such a change a few times after short pauses; the last error is transient
(`aws_clients.cause_of`).
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
_LONGEST_PAUSE: Final = 0.5  # seconds between two tries


class Schedules:
    """The stop schedules of one deployment, in the account's default group.

    Args:
        client: EventBridge Scheduler.
        clock: waits between tries.
    """

    def __init__(self, client: EventBridgeSchedulerClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def create(self, name: str, at: datetime, topic_arn: str, role_arn: str, message: Stop) -> None:
        """Schedule `message` for publication to the topic.

        Replaces an existing schedule of this name.

        Args:
            name: at most 64 of `[0-9a-zA-Z-_.]`.
            at: when; a time in the past fires immediately.
            topic_arn: the stop topic.
            role_arn: the role that EventBridge Scheduler assumes to publish.
            message: the stop message.

        Raises:
            ClientError: the call failed; transient if the schedule was being changed or deleted at
                each try.
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

        # The update finds no schedule if the old one fired and was deleted after CreateSchedule.
        self._retry(create, {_CONFLICT, _NOT_FOUND})

    def move(self, name: str, at: datetime) -> None:
        """Move a schedule to another time; a schedule that does not exist is no error.

        UpdateSchedule replaces the whole schedule, so the target is read first and sent again.
        """

        def move() -> None:
            target: Any = self._client.get_schedule(Name=name, GroupName=_GROUP)["Target"]
            self._client.update_schedule(Name=name, GroupName=_GROUP, Target=target, **_when(at))

        try:
            self._retry(move, {_CONFLICT})
        except ClientError as error:
            if code_of(error) != _NOT_FOUND:
                raise

    def delete(self, name: str) -> None:
        """Delete a schedule; a schedule that does not exist is no error."""
        try:
            self._retry(lambda: self._client.delete_schedule(Name=name, GroupName=_GROUP), {_CONFLICT})
        except ClientError as error:
            if code_of(error) != _NOT_FOUND:
                raise

    def _retry(self, change: Callable[[], object], again: set[str]) -> None:
        """Make a change; repeat it after a pause if Scheduler answers with a code in `again`."""
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
