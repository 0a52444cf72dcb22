"""The task of a session: its size, how long it has run, and where its log goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hippo_cli.deployment import Deployment
from hippo_cli.publish import task_definitions
from hippo_cli.publish.task_definitions import Revision
from hippo_common.prices import Cost, cost
from hippo_gym.sessions.model import Session

_UNITS_PER_VCPU: Final = 1024.0
_MIB_PER_GB: Final = 1024.0


@dataclass(frozen=True)
class LogStream:
    """The log stream of a container in CloudWatch Logs."""

    group: str
    name: str


@dataclass(frozen=True)
class TaskDefinition:
    """The parts of a task definition that this package needs.

    Attributes:
        vcpu, gb: the size that AWS bills.
        architecture: X86_64 or ARM64.
        log_options: the options of the awslogs driver; empty if the log goes elsewhere.
        container: the name of the container that the participant connects to.
    """

    vcpu: float
    gb: float
    architecture: str
    log_options: Mapping[str, str]
    container: str

    def stream_of(self, task_arn: str) -> LogStream | None:
        """Return the log stream of a task; None if the task has no own stream in CloudWatch Logs.

        Streams are `{prefix}/{container}/{task id}` (Amazon ECS developer guide, "awslogs log
        driver").
        """
        group, prefix = self.log_options.get("awslogs-group"), self.log_options.get("awslogs-stream-prefix")
        if not group or not prefix:
            return None
        return LogStream(group, f"{prefix}/{self.container}/{task_arn.rsplit('/', 1)[-1]}")


class TaskDefinitions:
    """The task definitions of a deployment's sessions; each is read only once."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._known: dict[str, TaskDefinition | None] = {}

    def of(self, session: Session) -> TaskDefinition | None:
        """Return a session's task definition; None if it never had one, or ECS no longer has it."""
        if session.launch is None:
            return None
        name = session.launch.task_definition
        if name not in self._known:
            found = task_definitions.describe(self._deployment, name)
            self._known[name] = None if found is None else _read(found)
        return self._known[name]

    def cost_of(self, session: Session, now: datetime) -> Cost | None:
        """Return the cost of a session until now, or until it ended.

        Return None if its size or price is unknown.
        """
        definition, attempt = self.of(session), session.seen.attempt
        if definition is None:
            return None
        provider = attempt.capacity_provider if attempt is not None else "FARGATE"
        seconds = seconds_run(session, now)
        return cost(definition.vcpu, definition.gb, seconds, self._deployment.region, provider, definition.architecture)


def seconds_run(session: Session, now: datetime) -> float:
    """Return the billed seconds of a session's task, from its record; 0 if it never had one.

    Those of a warm server end when a session takes it, whose own begin then.

    If AWS took the task away and another one followed, the whole time counts: the record does not
    hold the end of the first task.
    """
    attempt = session.seen.attempt
    if attempt is None or (attempt.task_arn is None and session.seen.lost_at is None):
        return 0.0
    began = attempt.not_before if session.seen.lost_at is None else session.admitted_at or session.created_at
    return max(0.0, ((session.taken_at or session.ended_at or now) - began).total_seconds())


def _read(revision: Revision) -> TaskDefinition:
    settings = revision.settings
    containers: Mapping[str, Any] = settings.get("containerDefinitions", {})
    name = revision.family if revision.family in containers else next(iter(containers), revision.family)
    log: Mapping[str, Any] = containers.get(name, {}).get("logConfiguration", {})
    options = log.get("options", {}) if log.get("logDriver") == "awslogs" else {}
    return TaskDefinition(
        vcpu=float(settings.get("cpu", 0)) / _UNITS_PER_VCPU,
        gb=float(settings.get("memory", 0)) / _MIB_PER_GB,
        architecture=revision.architecture,
        log_options=options,
        container=name,
    )
