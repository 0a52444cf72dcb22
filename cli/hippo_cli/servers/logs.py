"""Reads the log of a session's containers from CloudWatch Logs.

A session tries up to six times to get a server. Each try that ran is a task with a log stream of its own; the record
keeps the ARNs of all of them, so the output of a container that crashed before it was ready is not lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_cli.deployment import Deployment
from hippo_cli.servers.tasks import LogStream, TaskDefinitions
from hippo_common.errors import WRONG_USE, HippoError
from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.runtime.clock import Clock, SystemClock
from hippo_gym.sessions.model import Session

_POLL_SECONDS: Final = 2.0
_LAST_LINES_SECONDS: Final = 6.0  # the log driver sends the last lines of a container a little after its end
_SPAN: Final = re.compile(r"(\d+)\s*(s|min|m|h|d)")
_UNITS: Final = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Line:
    """One line of a container's output.

    Attributes:
        at: its time in the log.
        text: the line.
        task: id of the task that wrote it.
    """

    at: datetime
    text: str
    task: str = ""


def streams_of(deployment: Deployment, session: Session) -> list[LogStream]:
    """Return the log streams of a session's tasks, oldest first; none if the session has had no task yet.

    Raises:
        HippoError: the task definition is gone, or does not log to CloudWatch Logs.
    """
    if not session.tasks:
        return []
    definition = TaskDefinitions(deployment).of(session)
    streams = [definition.stream_of(task_arn) if definition else None for task_arn in reversed(session.tasks)]
    found = [stream for stream in streams if stream is not None]
    if not found:
        named = session.launch.task_definition if session.launch else "none"
        raise HippoError(
            f"The log of {session.user_id}'s container cannot be found: its task definition ({named}) no longer "
            "exists, or does not send its output to CloudWatch Logs.",
            "`hippo submit` registers one that does.",
        )
    return found


def written(deployment: Deployment, session: Session, since: datetime | None) -> Iterator[Line]:
    """Yield the lines of a session's containers until now, one container after the other.

    Yield none if the logs have expired.

    Raises:
        HippoError: the session never had a container.
    """
    streams = streams_of(deployment, session)
    if not streams:
        raise _never_ran(session)
    for stream in streams:
        yield from _Reader(deployment, stream, since).new_lines()


def followed(
    deployment: Deployment,
    session: Session,
    since: datetime | None,
    reload: Callable[[Session], Session],
    clock: Clock | None = None,
) -> Iterator[Line]:
    """Yield the lines of a session's containers as they come, until the session ends.

    Args:
        deployment: the deployment.
        session: the session.
        since: skip the lines before this time.
        reload: reads the session again.
        clock: a clock for tests; None for the system's.

    Raises:
        HippoError: the session ended without a container.
    """
    clock = clock or SystemClock()
    readers: dict[str, _Reader] = {}
    known: tuple[str, ...] = ()
    while True:
        if session.tasks != known:
            known = session.tasks
            for stream in streams_of(deployment, session):
                readers.setdefault(stream.name, _Reader(deployment, stream, since))
        for reader in readers.values():
            yield from reader.new_lines()
        if session.ended_at is not None:
            break
        clock.sleep(_POLL_SECONDS)
        session = reload(session)
    if not readers:
        raise _never_ran(session)
    clock.sleep(_LAST_LINES_SECONDS)
    for reader in readers.values():
        yield from reader.new_lines()


def silence(session: Session) -> str:
    """Return why a session's containers may have written nothing: the reason that its record holds."""
    why = session.seen.last_failure or session.reason
    return f" Its last server stopped: {why}." if why and not session.ready else ""


def moment(text: str, now: datetime) -> datetime:
    """Parse the start time of a log: "10m", "2h" or "1d" ago, or a time ("2026-11-22T14:50").

    A time without an offset is a local time of this machine.

    Raises:
        HippoError: the text is neither.
    """
    span = _SPAN.fullmatch(text.strip())
    try:
        if span is not None:
            return now - timedelta(**{_UNITS[span.group(2)]: int(span.group(1))})
        given = datetime.fromisoformat(text)
        return (given.astimezone() if given.tzinfo is None else given).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise HippoError(
            f"{text!r} is not a time.",
            "Write how long ago (90s, 10m, 2h, 1d) or when (2026-11-22T14:50).",
            WRONG_USE,
        ) from error


class _Reader:
    """Reads a log stream; each call continues where the last one stopped."""

    def __init__(self, deployment: Deployment, stream: LogStream, since: datetime | None) -> None:
        self._logs = deployment.client("logs")
        self._task = stream.name.rsplit("/", 1)[-1]
        self._request: dict[str, Any] = {
            "logGroupName": stream.group,
            "logStreamName": stream.name,
            "startFromHead": True,
        }
        if since is not None:
            self._request["startTime"] = round(since.timestamp() * 1000)

    def new_lines(self) -> Iterator[Line]:
        """Yield the lines since the last call, page by page.

        "If you have reached the end of the stream, it returns the same token you passed in"
        (CloudWatch Logs API reference, GetLogEvents).
        """
        while True:
            try:
                answer = self._logs.get_log_events(**self._request)
            except ClientError as error:
                if code_of(error) != "ResourceNotFoundException":
                    raise
                return  # the container has written nothing yet, or the log has expired
            for event in answer["events"]:
                yield Line(datetime.fromtimestamp(event["timestamp"] / 1000, UTC), event["message"], self._task)
            if answer["nextForwardToken"] == self._request.get("nextToken"):
                return
            self._request["nextToken"] = answer["nextForwardToken"]


def _never_ran(session: Session) -> HippoError:
    if session.ended_at is None:
        return HippoError(
            f"The container of {session.user_id} has not been started yet.",
            "Run the command again in a minute, or with --follow, which waits for the container.",
        )
    why = session.reason or session.seen.last_failure or "the record has no reason"
    return HippoError(f"The last server of {session.user_id} never ran: {why}.")
