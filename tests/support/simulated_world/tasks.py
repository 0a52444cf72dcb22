"""A Fargate task from launch to end, with its interface and address (Amazon ECS developer guide, "Task lifecycle").

PROVISIONING → PENDING → ACTIVATING → RUNNING → DEACTIVATING → STOPPING → DEPROVISIONING → STOPPED.
Times follow docs/aws-limits/compute.md: 20 to 60 seconds to RUNNING, mostly for the image; the interface's
id appears before its public address; a stop takes up to the stop timeout, plus the time to remove
the interface.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from tests.support.simulated_world.faults import Faults
from tests.support.simulated_world.kernel import Event, Kernel

STOP_TIMEOUT: Final = 30.0
"""Seconds from SIGTERM to SIGKILL by default ("Container definition: stopTimeout")."""

RUNNING: Final = "RUNNING"
STOPPED: Final = "STOPPED"


@dataclass(frozen=True)
class Pace:
    """Durations in seconds: ranges or medians to draw from."""

    interface: tuple[float, float] = (1.0, 6.0)
    address: tuple[float, float] = (0.5, 4.0)
    image_median: float = 22.0
    image_most: float = 120.0
    listening: tuple[float, float] = (0.5, 8.0)
    stopping: tuple[float, float] = (0.5, STOP_TIMEOUT)
    deprovisioning: tuple[float, float] = (3.0, 20.0)
    interruption: tuple[float, float] = (20.0, 1800.0)
    name_servers_median: float = 12.0


QUICK: Final = Pace((0.3, 1.2), (0.2, 1.2), 2.5, 6.0, (0.2, 1.0), (0.5, 3.0), (0.5, 3.0), (20.0, 60.0), 1.5)
"""Shorter durations, for tests that run a session a thousand times."""


@dataclass
class Interface:
    """A task's network interface in EC2; `public_ip` is set some time later."""

    id: str
    task: Task
    public_ip: str | None = None


@dataclass
class Task:
    """One task's current state.

    Attributes:
        visible_at, listed_at: from when DescribeTasks and ListTasks show it (both are eventually
            consistent).
        answers: its container accepts connections.
        history: its statuses, each with its time in seconds.
    """

    arn: str
    cluster: str
    capacity_provider: str
    vcpus: float
    request: dict[str, Any]
    visible_at: float
    listed_at: float
    status: str = "PROVISIONING"
    desired: str = RUNNING
    stop_code: str | None = None
    stopped_reason: str | None = None
    interface: Interface | None = None
    answers: bool = False
    stopped_at: float | None = None
    stop_asked_at: float | None = None
    history: list[tuple[float, str]] = field(default_factory=list)
    following: Event | None = None

    @cached_property
    def environment(self) -> dict[str, str]:
        """Environment variables of its containers."""
        overrides = self.request["overrides"]["containerOverrides"]
        return {pair["name"]: pair["value"] for override in overrides for pair in override["environment"]}

    @cached_property
    def session_id(self) -> str:
        """The session of the task."""
        return self.environment["HIPPO_SESSION_ID"]

    @property
    def alive(self) -> bool:
        """True while the task costs money."""
        return self.status != STOPPED

    @property
    def wanted(self) -> bool:
        """True until a stop is requested."""
        return self.alive and self.desired == RUNNING

    def shown(self) -> dict[str, Any]:
        """Return the task in the format of DescribeTasks, RunTask and the task-state event."""
        details = [{"name": "subnetId", "value": "subnet-1"}]
        if self.interface is not None:
            details.append({"name": "networkInterfaceId", "value": self.interface.id})
        shown: dict[str, Any] = {
            "taskArn": self.arn,
            "clusterArn": cluster_arn(self.cluster),
            "lastStatus": self.status,
            "desiredStatus": self.desired,
            "capacityProviderName": self.capacity_provider,
            "launchType": "FARGATE",
            "startedBy": self.request.get("startedBy", ""),
            "group": "family:" + self.request["taskDefinition"],
            "overrides": self.request["overrides"],
            "tags": self.request.get("tags", []),
            "attachments": [
                {"id": self.arn[-8:], "type": "ElasticNetworkInterface", "status": "ATTACHED", "details": details}
            ],
            "containers": [{"name": "server", "lastStatus": self.status}],
        }
        if self.stop_code is not None:
            shown |= {"stopCode": self.stop_code, "stoppedReason": self.stopped_reason}
        return shown


def cluster_arn(name: str) -> str:
    return f"arn:aws:ecs:ca-central-1:000000000000:cluster/{name}"


class Addresses:
    """Public addresses: a returned address is soon given to another task."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._free: list[str] = []
        self._made = 0

    def take(self) -> str:
        """Return an address: a used one, if available, with a chance of 70 %."""
        if self._free and self._kernel.random.random() < 0.7:
            return self._free.pop(self._kernel.random.randrange(len(self._free)))
        self._made += 1
        return f"203.{self._made // 65536}.{self._made // 256 % 256}.{self._made % 256}"

    def give_back(self, address: str) -> None:
        """Take an address back."""
        self._free.append(address)


class TaskLives:
    """Moves tasks from state to state.

    Attributes:
        interfaces: existing interfaces, by id.
        by_address: public address → its task.
    """

    def __init__(self, kernel: Kernel, faults: Faults, pace: Pace, on_change: Callable[[Task], None]) -> None:
        self._kernel = kernel
        self._faults = faults
        self._pace = pace
        self._on_change = on_change
        self._addresses = Addresses(kernel)
        self._interfaces = 0
        self.interfaces: dict[str, Interface] = {}
        self.by_address: dict[str, Task] = {}

    def launch(self, task: Task) -> None:
        """Start a new task."""
        task.history.append((self._kernel.seconds, task.status))
        self._next(task, self._draw(self._pace.interface), self._attach)

    def stop(self, task: Task, code: str, reason: str) -> None:
        """Start to stop a task; a task that is already stopping is unchanged."""
        if task.desired == STOPPED:
            return
        task.desired, task.stop_code, task.stopped_reason = STOPPED, code, reason
        task.stop_asked_at = self._kernel.seconds
        if task.status == RUNNING:
            self._set(task, "DEACTIVATING")
            self._next(task, self._draw(self._pace.stopping), self._deprovision)
        else:
            self._next(task, self._kernel.random.uniform(0.5, 3.0), self._deprovision)

    def _attach(self, task: Task) -> None:
        self._interfaces += 1
        interface = Interface(f"eni-{self._interfaces:08x}", task)
        task.interface = self.interfaces[interface.id] = interface
        self._kernel.after(self._draw(self._pace.address), lambda: self._associate(interface))
        self._set(task, "PENDING")
        if self._faults.happens("pull_failure"):
            reason = "CannotPullContainerError: pull image manifest has been retried 5 time(s): not found"
            self._next(task, 8.0, lambda task: self._fail(task, "TaskFailedToStart", reason))
        elif not self._faults.happens("stuck"):
            image = self._pace.image_median * self._kernel.random.lognormvariate(0.0, 0.45)
            self._next(task, min(image, self._pace.image_most), self._activate)

    def _associate(self, interface: Interface) -> None:
        if interface.id in self.interfaces:
            interface.public_ip = self._addresses.take()
            self.by_address[interface.public_ip] = interface.task

    def _activate(self, task: Task) -> None:
        self._set(task, "ACTIVATING")
        self._next(task, self._kernel.random.uniform(0.1, 1.0), self._run)

    def _run(self, task: Task) -> None:
        self._set(task, RUNNING)
        if not self._faults.happens("mute"):
            self._kernel.after(self._draw(self._pace.listening), lambda: self._listen(task))
        if self._faults.happens("crash_loop"):
            life = self._kernel.random.uniform(0.5, 120.0)
            reason = "Essential container in task exited"
            self._next(task, life, lambda task: self._fail(task, "EssentialContainerExited", reason))
        elif task.capacity_provider == "FARGATE_SPOT" and self._faults.happens("interruption"):
            self._next(task, self._draw(self._pace.interruption), self.interrupt)
        elif self._faults.happens("host_failure"):
            self._next(task, self._draw(self._pace.interruption), self.lose_host)

    def _listen(self, task: Task) -> None:
        if task.status == RUNNING:
            task.answers = True

    def interrupt(self, task: Task) -> None:
        """Interrupt a spot task, up to two minutes ahead ("Fargate capacity providers")."""
        if task.status != RUNNING or task.desired != RUNNING:
            return
        reason = "Your Spot Task was interrupted."
        task.desired, task.stop_code, task.stopped_reason = STOPPED, "SpotInterruption", reason
        task.stop_asked_at = self._kernel.seconds
        self._on_change(task)
        self._next(task, self._kernel.random.uniform(1.0, 120.0), self._deactivate)

    def lose_host(self, task: Task) -> None:
        """Fail the host of a task (botocore, ecs, shape TaskStopCode: InfrastructureHealth)."""
        if task.status == RUNNING and task.desired == RUNNING:
            self._fail(task, "InfrastructureHealth", "The infrastructure that the task ran on failed.")

    def _deactivate(self, task: Task) -> None:
        self._set(task, "DEACTIVATING")
        self._next(task, self._kernel.random.uniform(0.1, 2.0), self._deprovision)

    def _fail(self, task: Task, code: str, reason: str) -> None:
        task.desired, task.stop_code, task.stopped_reason = STOPPED, code, reason
        task.stop_asked_at = self._kernel.seconds
        self._deprovision(task)

    def _deprovision(self, task: Task) -> None:
        self._set(task, "DEPROVISIONING")
        self._next(task, self._draw(self._pace.deprovisioning), self._end)

    def _end(self, task: Task) -> None:
        if task.interface is not None:
            del self.interfaces[task.interface.id]
            if task.interface.public_ip is not None:
                del self.by_address[task.interface.public_ip]
                self._addresses.give_back(task.interface.public_ip)
        task.stopped_at = self._kernel.seconds
        self._set(task, STOPPED)

    def _set(self, task: Task, status: str) -> None:
        task.status = status
        task.answers = task.answers and status == RUNNING
        task.history.append((self._kernel.seconds, status))
        self._on_change(task)

    def _next(self, task: Task, seconds: float, step: Callable[[Task], None]) -> None:
        """Schedule a task's next step; it replaces the step that was scheduled before."""
        if task.following is not None:
            task.following.cancelled = True
        task.following = self._kernel.after(seconds, lambda: step(task))

    def _draw(self, seconds: tuple[float, float]) -> float:
        return self._kernel.random.uniform(*seconds)
