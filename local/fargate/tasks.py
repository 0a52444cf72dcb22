"""A Fargate task: its states and the shapes in which AWS shows it.

    PROVISIONING → PENDING → ACTIVATING → RUNNING → DEACTIVATING → STOPPING → DEPROVISIONING → STOPPED

A task that has not reached RUNNING skips the states that undo later ones. Source:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """`lastStatus` (all of them) and `desiredStatus` (RUNNING and STOPPED) of a task."""

    PROVISIONING = "PROVISIONING"
    PENDING = "PENDING"
    ACTIVATING = "ACTIVATING"
    RUNNING = "RUNNING"
    DEACTIVATING = "DEACTIVATING"
    STOPPING = "STOPPING"
    DEPROVISIONING = "DEPROVISIONING"
    STOPPED = "STOPPED"


class StopCode(StrEnum):
    """Why a task stopped: the members of the API's TaskStopCode that our Fargate tasks can have."""

    FAILED_TO_START = "TaskFailedToStart"
    CONTAINER_EXITED = "EssentialContainerExited"
    USER = "UserInitiated"
    SPOT = "SpotInterruption"


@dataclass(frozen=True)
class LogStream:
    """Where the awslogs driver sends a container's output, and with which role: the execution role."""

    group: str
    name: str
    role_arn: str


@dataclass(frozen=True)
class Container:
    """One container of a task: its definition with the overrides of RunTask applied."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    essential: bool
    stop_timeout: float  # seconds between SIGTERM and SIGKILL
    arn: str
    log: LogStream | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)  # environment variable → valueFrom
    execution_role_arn: str = ""  # reads the secrets
    exit_code: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Attachment:
    """The task's elastic network interface; without an interface id until the interface exists."""

    id: str
    subnet_id: str
    status: str = "PRECREATED"
    interface_id: str = ""
    mac_address: str = ""
    private_ip: str = ""
    private_dns_name: str = ""

    def details(self) -> list[dict[str, str]]:
        """Return the attachment's known name-value pairs."""
        pairs = {
            "subnetId": self.subnet_id,
            "networkInterfaceId": self.interface_id,
            "macAddress": self.mac_address,
            "privateDnsName": self.private_dns_name,
            "privateIPv4Address": self.private_ip,
        }
        return [{"name": name, "value": value} for name, value in pairs.items() if value]


@dataclass(frozen=True)
class Task:
    """One task. `due` is the time of its next step; all times are seconds since the epoch."""

    id: str
    arn: str
    cluster_arn: str
    cluster_name: str
    task_definition_arn: str
    task_role_arn: str
    group: str
    started_by: str
    capacity_provider: str
    launch_type: str
    cpu: str
    memory: str
    overrides: Mapping[str, Any]
    tags: tuple[Mapping[str, str], ...]
    security_groups: tuple[str, ...]
    assign_public_ip: bool
    availability_zone: str
    containers: tuple[Container, ...]
    attachment: Attachment
    created_at: float
    due: float
    status: Status = Status.PROVISIONING
    desired_status: Status = Status.RUNNING
    version: int = 1
    address: str = ""  # the public address, set when the containers start
    listens: str = ""  # where the containers listen: the public address, if the security groups admit everyone
    address_allocation: str = ""
    address_shown: bool = False  # DescribeNetworkInterfaces shows it with a delay
    stop_code: StopCode | None = None
    stopped_reason: str = ""
    interrupted: bool = False
    moments: Mapping[str, float] = field(default_factory=dict)  # startedAt, stoppingAt, …

    @property
    def is_over(self) -> bool:
        """Whether the task is STOPPED, so that only its record is left."""
        return self.status is Status.STOPPED


def describe(task: Task, *, with_tags: bool = False) -> dict[str, Any]:
    """Return the task as RunTask, StopTask and DescribeTasks show it; times are epoch seconds."""
    shown = {
        **_shape(task),
        "attachments": [_attachment(task, "ElasticNetworkInterface")],
        "createdAt": task.created_at,
        **task.moments,
    }
    if with_tags:
        shown["tags"] = [dict(tag) for tag in task.tags]
    return shown


def event_detail(task: Task, now: float) -> dict[str, Any]:
    """Return the `detail` of an ECS Task State Change event: ISO times and attachment type `eni`.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
    """
    moments = {"createdAt": task.created_at, "updatedAt": now, **task.moments}
    return {
        **_shape(task),
        "attachments": [_attachment(task, "eni")],
        **{name: _iso(moment) for name, moment in moments.items()},
    }


def _shape(task: Task) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
        "availabilityZone": task.availability_zone,
        "clusterArn": task.cluster_arn,
        "connectivity": "CONNECTED",
        "containers": [_container(task, container) for container in task.containers],
        "cpu": task.cpu,
        "desiredStatus": task.desired_status.value,
        "enableExecuteCommand": False,
        "group": task.group,
        "lastStatus": task.status.value,
        "launchType": task.launch_type,
        "memory": task.memory,
        "overrides": {"containerOverrides": [], "inferenceAcceleratorOverrides": [], **task.overrides},
        "platformFamily": "Linux",
        "platformVersion": "1.4.0",
        "taskArn": task.arn,
        "taskDefinitionArn": task.task_definition_arn,
        "version": task.version,
    }
    optional = {
        "capacityProviderName": task.capacity_provider,
        "startedBy": task.started_by,
        "stopCode": task.stop_code.value if task.stop_code else "",
        "stoppedReason": task.stopped_reason,
    }
    return shape | {name: value for name, value in optional.items() if value}


def _attachment(task: Task, kind: str) -> dict[str, Any]:
    attachment = task.attachment
    return {"id": attachment.id, "type": kind, "status": attachment.status, "details": attachment.details()}


def _container(task: Task, container: Container) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "containerArn": container.arn,
        "taskArn": task.arn,
        "name": container.name,
        "image": container.image,
        "lastStatus": _container_status(task, container),
        "networkInterfaces": [],
        "healthStatus": "UNKNOWN",
        "cpu": "0",
    }
    if task.attachment.interface_id:
        shown["networkInterfaces"] = [
            {"attachmentId": task.attachment.id, "privateIpv4Address": task.attachment.private_ip}
        ]
    if container.exit_code is not None:
        shown["exitCode"] = container.exit_code
    if container.reason:
        shown["reason"] = container.reason
    return shown


def _container_status(task: Task, container: Container) -> str:
    if task.is_over or container.exit_code is not None:
        return "STOPPED"
    up = (Status.RUNNING, Status.DEACTIVATING, Status.STOPPING)
    return "RUNNING" if task.status in up else "PENDING"


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
