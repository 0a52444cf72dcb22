"""What the task of a session is: its size, how long it has run, and where its log goes."""

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
    """Where a container's output is, in CloudWatch Logs."""

    group: str
    name: str


@dataclass(frozen=True)
class TaskDefinition:
    """What matters here of a task definition.

    Attributes:
        vcpu, gb: the size that is paid for.
        architecture: X86_64 or ARM64.
        log_options: of the awslogs driver; empty if the log goes elsewhere.
        container: the container that a participant plays with.
    """

    vcpu: float
    gb: float
    architecture: str
    log_options: Mapping[str, str]
    container: str

    def stream_of(self, task_arn: str) -> LogStream | None:
        """Return where a task's output is; None if it is not sent to CloudWatch Logs in a stream of its own.

        Streams are `{prefix}/{container}/{task id}` (Amazon ECS developer guide, "awslogs log driver").
        """
        group, prefix = self.log_options.get("awslogs-group"), self.log_options.get("awslogs-stream-prefix")
        if not group or not prefix:
            return None
        return LogStream(group, f"{prefix}/{self.container}/{task_arn.rsplit('/', 1)[-1]}")


class TaskDefinitions:
    """The task definitions of a deployment's sessions, each looked up once."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._known: dict[str, TaskDefinition | None] = {}

    def of(self, session: Session) -> TaskDefinition | None:
        """Return a session's; None if it never got one, or it is not there any more."""
        if session.launch is None:
            return None
        name = session.launch.task_definition
        if name not in self._known:
            found = task_definitions.describe(self._deployment, name)
            self._known[name] = None if found is None else _read(found)
        return self._known[name]

    def cost_of(self, session: Session, now: datetime) -> Cost | None:
        """Return what a session has cost until now, or did until it ended; None if size or price are not known."""
        definition, attempt = self.of(session), session.seen.attempt
        if definition is None:
            return None
        provider = attempt.capacity_provider if attempt is not None else "FARGATE"
        seconds = seconds_run(session, now)
        return cost(definition.vcpu, definition.gb, seconds, self._deployment.region, provider, definition.architecture)


def seconds_run(session: Session, now: datetime) -> float:
    """Return for how long a session's task has been paid for, by what its record says; 0 if it never had one.

    Of a session whose task AWS took away, the whole time counts: the record does not say when the first task ended.
    """
    attempt = session.seen.attempt
    if attempt is None or (attempt.task_arn is None and session.seen.lost_at is None):
        return 0.0
    began = attempt.not_before if session.seen.lost_at is None else session.admitted_at or session.created_at
    return max(0.0, ((session.ended_at or now) - began).total_seconds())


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
