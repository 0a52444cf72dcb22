"""Sends ECS Task State Change events to EventBridge, in order and outside the engine's thread.

EventBridge accepts sources that begin with `aws.` from AWS only, so these events have
TASK_EVENT_SOURCE, which the deployment's task-state rule accepts by a Terraform variable.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.fargate.tasks import Task, event_detail
from local.places import TASK_EVENT_SOURCE

logger = logging.getLogger(__name__)

_ATTEMPTS = 3
DETAIL_TYPE = "ECS Task State Change"


def entry(task: Task, now: float) -> dict[str, Any]:
    """Return the PutEvents entry for a task's current state."""
    return {
        "Source": TASK_EVENT_SOURCE,
        "DetailType": DETAIL_TYPE,
        "Resources": [task.arn],
        "Detail": json.dumps(event_detail(task, now)),
    }


class Publisher:
    """Sends events in order from a separate thread: a slow EventBridge must not slow tasks."""

    def __init__(self, events_client: Any, clock: Callable[[], float]) -> None:
        self._client = events_client
        self._clock = clock
        self._waiting: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="task-events", daemon=True)

    def start(self) -> None:
        """Start the sending thread."""
        self._thread.start()

    def publish(self, task: Task) -> None:
        """Queue an event with the task's current state."""
        self._waiting.put(entry(task, self._clock()))

    def close(self) -> None:
        """Send the queued events, then end."""
        self._waiting.put(None)
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while (event := self._waiting.get()) is not None:
            for attempt in range(_ATTEMPTS):
                try:
                    answer = self._client.put_events(Entries=[event])
                    if answer["FailedEntryCount"]:
                        logger.error("EventBridge refused a task event: %s", answer["Entries"])
                    break
                except (BotoCoreError, ClientError):
                    logger.exception("sending a task event failed, attempt %d of %d", attempt + 1, _ATTEMPTS)
