"""Moves tasks from state to state, as time passes and as their processes end.

`step(now)` does everything that is due; `run()` calls it repeatedly from one thread. Tests call
`step` with chosen times. The engine publishes every change of a task's state, in order.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from local.fargate.containers import CannotStartError
from local.fargate.network import Address, Interface
from local.fargate.tasks import Container, Status, StopCode, Task

logger = logging.getLogger(__name__)

_TICK = 0.05  # seconds between two steps
_ROLE_ERROR = "ResourceInitializationError: ECS was unable to assume the task role"


@dataclass(frozen=True)
class Timings:
    """The stand-in's delays in seconds; Fargate takes 20 to 60 s to start, mostly for the image."""

    provisioning: float = 0.4
    pending: float = 0.4
    activating: float = 0.2
    address: float = 0.3  # from RUNNING until the public IP is in DescribeNetworkInterfaces
    deactivating: float = 0.2
    deprovisioning: float = 0.3
    cluster_update: float = 0.3  # from CreateCluster until ACTIVE
    interruption_warning: float = 2.0  # 120 s on AWS
    stopped_retention: float = 3600.0


class Runner(Protocol):
    """Runs containers: `containers.Processes`."""

    def start(self, container: Container, log_name: str, environment: Mapping[str, str]) -> None:
        """Start a container, or raise CannotStartError."""

    def exit_code(self, container_arn: str) -> int | None:
        """Return the exit code of an ended container; None while it runs."""

    def send(self, container_arn: str, signal_number: signal.Signals) -> None:
        """Signal a container."""

    def forget(self, container_arn: str) -> None:
        """Drop a container that has ended."""


class Interfaces(Protocol):
    """Makes network interfaces and addresses: `network.Network`."""

    def create_interface(self, subnet_id: str, security_groups: Any, description: str) -> Interface:
        """Make an interface in the subnet."""

    def allocate_address(self, security_groups: Any) -> Address:
        """Allocate a public address that no task has."""

    def associate(self, interface_id: str, address_allocation: str) -> None:
        """Associate the address with the interface."""

    def release(self, interface_id: str, address_allocation: str) -> None:
        """Release a task's interface and address."""


class Engine:
    """All tasks of the account, and the thread that moves them."""

    def __init__(
        self,
        runner: Runner,
        network: Interfaces,
        publish: Callable[[Task], None],
        environment: Callable[[Task], Mapping[str, str]],
        clock: Callable[[], float],
        timings: Timings | None = None,
    ) -> None:
        self.timings = timings or Timings()
        self.clock = clock
        self.lock = threading.RLock()
        self._runner = runner
        self._network = network
        self._publish = publish
        self._environment = environment
        self._tasks: dict[str, Task] = {}
        self._kill_at: dict[str, float] = {}
        self._stopped = threading.Event()

    # --- called by the API ---

    def tasks(self) -> list[Task]:
        """Return every task that the API still shows, oldest first."""
        with self.lock:
            return list(self._tasks.values())

    def find(self, task_id: str) -> Task | None:
        """Return the task with this id."""
        with self.lock:
            return self._tasks.get(task_id)

    def add(self, task: Task) -> None:
        """Add a new task."""
        with self.lock:
            self._put(task)

    def tag(self, task_id: str, tags: tuple[Mapping[str, str], ...]) -> None:
        """Replace a task's tags."""
        with self.lock:
            self._tasks[task_id] = replace(self._tasks[task_id], tags=tags)

    def stop(self, task_id: str, code: StopCode, reason: str) -> Task:
        """Begin to stop a task; a stopping task keeps its first reason."""
        with self.lock:
            task = self._tasks[task_id]
            if task.desired_status is Status.STOPPED:
                return task
            return self._want_stopped(task, code, reason, due=self.clock())

    def interrupt(self, task_id: str) -> Task:
        """Interrupt a task as Spot does: event and SIGTERM now, the end after the warning time.

        The task ends earlier if its process ends.
        """
        with self.lock:
            end = self.clock() + self.timings.interruption_warning
            task = replace(self._tasks[task_id], interrupted=True)
            task = self._want_stopped(task, StopCode.SPOT, "Your Spot Task was interrupted.", due=end)
            self._signal(task, signal.SIGTERM)
            return task

    def kill(self, task_id: str, signal_number: signal.Signals = signal.SIGKILL) -> None:
        """Kill the processes of a task, as a crash does."""
        with self.lock:
            self._signal(self._tasks[task_id], signal_number)

    # --- the thread ---

    def run(self) -> None:
        """Step until `close`; log a fault in one step and continue."""
        while not self._stopped.wait(_TICK):
            try:
                self.step(self.clock())
            except Exception:  # a fault in one task must not stop all others
                logger.exception("a step of the Fargate stand-in failed")

    def close(self) -> None:
        """End `run`."""
        self._stopped.set()

    def step(self, now: float) -> None:
        """Do what is due at `now`, at most one change of state per task."""
        with self.lock:
            for task in list(self._tasks.values()):
                if task.is_over:
                    if now >= task.due:
                        del self._tasks[task.id]
                    continue
                self._step(self._note_exits(task), now)

    def _note_exits(self, task: Task) -> Task:
        codes = {c.arn: self._runner.exit_code(c.arn) for c in task.containers if c.exit_code is None}
        if all(code is None for code in codes.values()):
            return task
        containers = tuple(
            replace(c, exit_code=codes[c.arn]) if codes.get(c.arn) is not None else c for c in task.containers
        )
        task = replace(task, containers=containers)
        self._tasks[task.id] = task
        return task

    def _step(self, task: Task, now: float) -> None:
        if task.desired_status is Status.RUNNING:
            essential_exited = any(c.essential and c.exit_code is not None for c in task.containers)
            if essential_exited:
                reason = "Essential container in task exited"
                self._want_stopped(task, StopCode.CONTAINER_EXITED, reason, due=now)
            elif now >= task.due:
                self._advance(task, now)
        elif now >= task.due or self._all_exited(task):
            self._withdraw(task, now)

    def _advance(self, task: Task, now: float) -> None:
        """Move a task one state towards RUNNING."""
        match task.status:
            case Status.PROVISIONING:
                interface = self._network.create_interface(
                    task.attachment.subnet_id, task.security_groups, f"attachment/{task.attachment.id}"
                )
                attachment = replace(
                    task.attachment,
                    status="ATTACHING",
                    interface_id=interface.id,
                    mac_address=interface.mac_address,
                    private_ip=interface.private_ip,
                    private_dns_name=interface.private_dns_name,
                )
                self._move(replace(task, attachment=attachment), Status.PENDING, now + self.timings.pending)
            case Status.PENDING:
                self._start_containers(task, now)
            case Status.ACTIVATING:
                moments = {**task.moments, "startedAt": now, "connectivityAt": now}
                self._move(replace(task, moments=moments), Status.RUNNING, now + self.timings.address)
            case Status.RUNNING if task.address_allocation and not task.address_shown:
                self._network.associate(task.attachment.interface_id, task.address_allocation)
                self._tasks[task.id] = replace(task, address_shown=True)

    def _start_containers(self, task: Task, now: float) -> None:
        if task.assign_public_ip:
            address = self._network.allocate_address(task.security_groups)
            task = replace(task, address=address.ip, address_allocation=address.allocation_id, listens=address.listens)
        task = replace(
            task,
            attachment=replace(task.attachment, status="ATTACHED"),
            moments={**task.moments, "pullStartedAt": now, "pullStoppedAt": now},
        )
        self._tasks[task.id] = task
        try:
            environment = self._environment(task)
        except LookupError as error:
            self._want_stopped(task, StopCode.FAILED_TO_START, f"{_ROLE_ERROR}: {error}", due=now)
            return
        for container in task.containers:
            try:
                self._runner.start(container, task.id, environment)
            except (CannotStartError, OSError) as error:
                self._want_stopped(task, StopCode.FAILED_TO_START, str(error), due=now)
                return
        self._move(task, Status.ACTIVATING, now + self.timings.activating)

    def _withdraw(self, task: Task, now: float) -> None:
        """Move a task one state towards STOPPED."""
        match task.status:
            case Status.PROVISIONING | Status.PENDING:
                self._deprovision(task, now)
            case Status.ACTIVATING | Status.RUNNING if self._all_exited(task):
                self._deprovision(task, now)
            case Status.ACTIVATING | Status.RUNNING:
                self._move(task, Status.DEACTIVATING, now + self.timings.deactivating)
            case Status.DEACTIVATING if now >= task.due:
                self._signal(task, signal.SIGTERM)
                patience = max(container.stop_timeout for container in task.containers)
                self._kill_at[task.id] = now + (0 if task.interrupted else patience)
                self._move(task, Status.STOPPING, now)
            case Status.STOPPING if self._all_exited(task):
                self._deprovision(task, now)
            case Status.STOPPING if now >= self._kill_at.get(task.id, now):
                self._signal(task, signal.SIGKILL)
            case Status.DEPROVISIONING if now >= task.due:
                self._finish(task, now)

    def _deprovision(self, task: Task, now: float) -> None:
        self._signal(task, signal.SIGKILL)  # a sidecar that outlived the essential container
        task = replace(task, moments={**task.moments, "executionStoppedAt": now})
        self._move(task, Status.DEPROVISIONING, now + self.timings.deprovisioning)

    def _finish(self, task: Task, now: float) -> None:
        self._network.release(task.attachment.interface_id, task.address_allocation)
        for container in task.containers:
            self._runner.forget(container.arn)
        self._kill_at.pop(task.id, None)
        task = replace(
            task,
            attachment=replace(task.attachment, status="DELETED"),
            moments={**task.moments, "stoppedAt": now},
        )
        self._move(task, Status.STOPPED, now + self.timings.stopped_retention)

    # --- small parts ---

    def _want_stopped(self, task: Task, code: StopCode, reason: str, due: float) -> Task:
        task = replace(
            task,
            desired_status=Status.STOPPED,
            stop_code=code,
            stopped_reason=reason,
            moments={**task.moments, "stoppingAt": self.clock()},
            due=due,
            version=task.version + 1,
        )
        self._put(task)
        return task

    def _move(self, task: Task, status: Status, due: float) -> None:
        self._put(replace(task, status=status, due=due, version=task.version + 1))

    def _put(self, task: Task) -> None:
        self._tasks[task.id] = task
        self._publish(task)

    def _signal(self, task: Task, signal_number: signal.Signals) -> None:
        for container in task.containers:
            self._runner.send(container.arn, signal_number)

    @staticmethod
    def _all_exited(task: Task) -> bool:
        return all(container.exit_code is not None for container in task.containers)
