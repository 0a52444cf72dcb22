"""Test controls of the stand-in under `/_fargate/`: events that no call to AWS can trigger.

- `GET health`, `GET tasks`: tasks with state, public address, the address on which they listen, process
  ids and environment
- `POST capacity {"capacityProvider": "FARGATE_SPOT", "count": 2}`: the next 2 launches find no capacity
- `POST errors {"operation": "RunTask", "code": "ThrottlingException", "message": "…", "count": 1}`
- `POST timings {"provisioning": 5.0, …}`: seconds, fields of engine.Timings
- `POST tasks/{id}/kill {"signal": 9}`: kill the task's processes
- `POST tasks/{id}/interrupt {}`: interrupt the task as Spot does
- `POST keep {}`: save moto's state, from which a copy starts
- `POST reset {}`: clear all shortages, errors and changed timings
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from local.fargate.containers import Processes
from local.fargate.engine import Engine, Timings
from local.fargate.errors import EcsError
from local.fargate.operations import Shortage


class Control:
    """Answers the control routes, and holds the errors ordered for later calls."""

    def __init__(
        self, engine: Engine, processes: Processes, shortage: Shortage, keep: Callable[[], None] = lambda: None
    ) -> None:
        self._engine = engine
        self._processes = processes
        self._shortage = shortage
        self._keep = keep
        self._timings: Timings = engine.timings
        self._errors: dict[str, list[EcsError]] = {}

    def rejection(self, operation: str) -> EcsError | None:
        """Return and consume the error ordered for the next call of this operation, if any."""
        waiting = self._errors.get(operation)
        return waiting.pop(0) if waiting else None

    def answer(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """Answer a request under /_fargate/.

        Raises:
            LookupError: no such route or task.
        """
        match method, path.strip("/").split("/")[1:]:
            case "GET", ["health"]:
                return {"status": "ok"}
            case "GET", ["tasks"]:
                return [self._show(task) for task in self._engine.tasks()]
            case "POST", ["capacity"]:
                self._shortage.remaining[body["capacityProvider"]] = int(body.get("count", 1))
            case "POST", ["errors"]:
                error = EcsError(body["code"], body.get("message", body["code"]))
                self._errors.setdefault(body["operation"], []).extend([error] * int(body.get("count", 1)))
            case "POST", ["timings"]:
                self._engine.timings = replace(self._engine.timings, **body)
            case "POST", ["keep"]:
                if self._engine.tasks():
                    return {"error": "there are tasks"}
                self._keep()
            case "POST", ["reset"]:
                self._shortage.remaining.clear()
                self._errors.clear()
                self._engine.timings = self._timings
            case "POST", ["tasks", task_id, "kill" | "interrupt" as fate]:
                self._strike(self._known(task_id), fate, body)
            case _:
                raise LookupError(f"the Fargate stand-in has no route {method} {path}")
        return {}

    def _strike(self, task_id: str, fate: str, body: Mapping[str, Any]) -> None:
        if fate == "kill":
            self._engine.kill(task_id, signal.Signals(body.get("signal", signal.SIGKILL)))
        else:
            self._engine.interrupt(task_id)

    def _known(self, reference: str) -> str:
        if self._engine.find(reference) is None:
            raise LookupError(f"the Fargate stand-in has no task {reference}")
        return reference

    def _show(self, task: Any) -> dict[str, Any]:
        return {
            "taskArn": task.arn,
            "taskId": task.id,
            "clusterArn": task.cluster_arn,
            "lastStatus": task.status.value,
            "desiredStatus": task.desired_status.value,
            "capacityProviderName": task.capacity_provider,
            "startedBy": task.started_by,
            "address": task.address,
            "listens": task.listens,
            "containers": [
                {"name": c.name, "pid": self._processes.pid(c.arn), "environment": dict(c.environment)}
                for c in task.containers
            ],
        }
