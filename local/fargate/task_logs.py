"""Sends the containers' output to CloudWatch Logs, as the awslogs log driver does on Fargate.

A container's output is in a file (containers.py). A thread follows the files and sends each line to
the group in the task definition and the stream `{prefix}/{container}/{task id}`, with the execution
role's credentials: a role without write permission fails here, too. Source: Amazon ECS developer
guide, "awslogs log driver".
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.fargate.tasks import LogStream

logger = logging.getLogger(__name__)

_INTERVAL = 0.5  # seconds; the driver's is 5
_MOST_EVENTS = 1000  # in one PutLogEvents, which takes 10,000 or 1 MiB


class CannotLogError(Exception):
    """The stream cannot be made; the message has the wording of ECS's stoppedReason."""


@dataclass
class _Followed:
    """A file, its stream, and the position up to which it was sent, in bytes."""

    path: Path
    stream: LogStream
    position: int
    finished: bool = False


class TaskLogs:
    """Sends the containers' output to CloudWatch Logs, from a separate thread."""

    def __init__(self, client_of: Callable[[str], Any]) -> None:
        """Take a function that makes a CloudWatch Logs client with a role's credentials, by ARN."""
        self._client_of = client_of
        self._clients: dict[str, Any] = {}
        self._followed: dict[str, _Followed] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def follow(self, container_arn: str, stream: LogStream, path: Path) -> None:
        """Make a container's stream, and send what is appended to its file from now on.

        Raises:
            CannotLogError: the role may not write, or the group does not exist; Fargate fails the
                task.
        """
        try:
            self._client(stream.role_arn).create_log_stream(logGroupName=stream.group, logStreamName=stream.name)
        except (BotoCoreError, ClientError, LookupError) as error:
            message = "failed to validate logger args: failed to create Cloudwatch log stream"
            raise CannotLogError(f"ResourceInitializationError: {message}: {error}") from error
        position = path.stat().st_size if path.exists() else 0
        with self._lock:
            self._followed[container_arn] = _Followed(path, stream, position)

    def finish(self, container_arn: str) -> None:
        """Send the rest of an ended container's output, then stop following its file."""
        with self._lock:
            if container_arn in self._followed:
                self._followed[container_arn].finished = True

    def run(self) -> None:
        """Send new output repeatedly until `close`."""
        while not self._stopped.wait(_INTERVAL):
            self.send()

    def close(self) -> None:
        """End `run`."""
        self._stopped.set()

    def send(self) -> None:
        """Send the new output of every file."""
        with self._lock:
            now = list(self._followed.items())
        for container_arn, followed in now:
            was_finished = followed.finished  # read before the file: the next call sends output written in between
            try:
                self._send(followed, whole=was_finished)
            except (BotoCoreError, ClientError, OSError, LookupError):
                logger.exception("the log of %s was not sent", container_arn)
            if was_finished:
                with self._lock:
                    del self._followed[container_arn]

    def _send(self, followed: _Followed, *, whole: bool) -> None:
        """Send the new lines of a file; an unfinished last line only if `whole`."""
        with followed.path.open("rb") as file:
            file.seek(followed.position)
            new = file.read()
        if not whole:
            new = new[: new.rfind(b"\n") + 1]
        lines = [line for line in new.decode("utf-8", errors="replace").splitlines() if line.strip()]
        moment = int(time.time() * 1000)
        for start in range(0, len(lines), _MOST_EVENTS):
            events = [{"timestamp": moment, "message": line} for line in lines[start : start + _MOST_EVENTS]]
            self._client(followed.stream.role_arn).put_log_events(
                logGroupName=followed.stream.group, logStreamName=followed.stream.name, logEvents=events
            )
        followed.position += len(new)

    def _client(self, role_arn: str) -> Any:
        if role_arn not in self._clients:
            self._clients[role_arn] = self._client_of(role_arn)
        return self._clients[role_arn]
