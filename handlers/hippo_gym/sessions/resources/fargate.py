"""A session's cluster and task: the ECS and EC2 calls, each safe to repeat.

The cluster's name contains the session's id, so a takedown needs no stored list of resources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.runtime.errors import OperatorError, ResearcherError
from hippo_gym.studies import task_limits
from hippo_gym.studies.task_limits import NO_LIMITS, TaskLimits

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecs import ECSClient

CAPACITY_PROVIDERS: Final = ("FARGATE", "FARGATE_SPOT")
_NO_ROOM: Final = ("capacity is unavailable", "limit on the number of")
_GONE: Final = frozenset({"ClusterNotFoundException", "ResourceNotFoundException"})


class LaunchRefused(OperatorError):
    """ECS answered RunTask with failures instead of a task.

    The text is ECS's own. Another attempt may succeed.
    """


class TaskTooLarge(ResearcherError):
    """The project's task definition is larger than the deployment allows; the text says the limit."""


class TaskDefinitionMissing(ResearcherError):
    """The project's task definition is not registered; the text names it."""


@dataclass(frozen=True)
class Task:
    """A task as ECS describes it.

    Attributes:
        status: lastStatus, PROVISIONING … STOPPED.
        interface_id: the elastic network interface; None until the attachment names one.
        stop_code: such as SpotInterruption or EssentialContainerExited; None while the task runs.
        stopped_reason: ECS's text.
        exit_code: of its containers: the first that is not 0, else 0; None while none has exited.
        started_at: when it began to run.
    """

    arn: str
    status: str
    interface_id: str | None
    stop_code: str | None
    stopped_reason: str | None
    exit_code: int | None = None
    started_at: datetime | None = None


@dataclass(frozen=True)
class TaskRequest:
    """The arguments of RunTask.

    Attributes:
        cluster: the cluster's name.
        client_token: at most 64 characters; a repeated call with the same token returns the same
            task.
        environment: environment variables of every container of the task.
        study_environment: further ones of the study's container: the one with the family's name,
            or the first.
        tags: for cost reports.
        limits: the largest size that the deployment allows.
    """

    cluster: str
    task_definition: str
    capacity_provider: str
    client_token: str
    started_by: str
    environment: Mapping[str, str]
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    tags: Mapping[str, str]
    study_environment: Mapping[str, str] = field(default_factory=dict)
    limits: TaskLimits = NO_LIMITS


class Fargate:
    """Clusters and tasks of one Region."""

    def __init__(self, ecs: ECSClient, ec2: EC2Client) -> None:
        self._ecs = ecs
        self._ec2 = ec2

    def create_cluster(self, name: str, tags: Mapping[str, str]) -> None:
        """Make a cluster with both Fargate capacity providers; an existing one stays unchanged.

        CreateCluster is idempotent by name. With other arguments it answers that they "are
        inconsistent", which also means that the cluster exists (docs/aws-limits/compute.md): for example
        one that an earlier release made for this session without settings.

        Container Insights, which bills each task's metrics, is off even if it is the account's
        default: CreateCluster's `containerInsights` overrides the account setting (Amazon ECS API
        reference, "ClusterSetting").
        """
        try:
            self._ecs.create_cluster(
                clusterName=name,
                capacityProviders=list(CAPACITY_PROVIDERS),
                settings=[{"name": "containerInsights", "value": "disabled"}],
                tags=_tags(tags),
            )
        except ClientError as error:
            if "inconsistent" not in str(error):
                raise

    def run_task(self, request: TaskRequest) -> str:
        """Run one task and return its ARN.

        Raises:
            LaunchRefused: ECS had no capacity, or gave another reason in `failures`.
            TaskDefinitionMissing: the task definition is not registered.
            TaskTooLarge: it is larger than the deployment allows.
        """
        try:
            answer = self._ecs.run_task(
                cluster=request.cluster,
                taskDefinition=request.task_definition,
                count=1,
                clientToken=request.client_token,
                startedBy=request.started_by,
                capacityProviderStrategy=[{"capacityProvider": request.capacity_provider, "weight": 1}],
                networkConfiguration={
                    "awsvpcConfiguration": {
                        "subnets": list(request.subnets),
                        "securityGroups": list(request.security_groups),
                        "assignPublicIp": "ENABLED",
                    }
                },
                overrides={"containerOverrides": self._overrides(request)},
                tags=_tags(request.tags),
            )
        except ClientError as error:
            existing = _conflicting_tasks(error)
            if existing:
                return existing[0]
            if any(words in str(error).lower() for words in _NO_ROOM):
                raise LaunchRefused(str(error)) from error
            raise
        if answer["tasks"]:
            return answer["tasks"][0]["taskArn"]
        failures = "; ".join(
            f"{failure.get('reason', 'no reason given')} {failure.get('detail', '')}".strip()
            for failure in answer.get("failures", [])
        )
        raise LaunchRefused(failures or "RunTask answered neither a task nor a failure")

    def _overrides(self, request: TaskRequest) -> Any:
        """Return the environment as overrides; each must name its container."""
        try:
            answer = self._ecs.describe_task_definition(taskDefinition=request.task_definition)
        except ClientError as error:
            if code_of(error) == "ClientException":
                raise TaskDefinitionMissing(
                    f"there is no active task definition {request.task_definition!r}: register it, or correct ecsTask"
                ) from error
            raise
        found = request.limits.faults(*task_limits.size_of(answer["taskDefinition"]))
        if found:
            raise TaskTooLarge(
                f"the task definition {request.task_definition!r}: {'; '.join(found)}. {task_limits.FIX}"
            )
        names = [container["name"] for container in answer["taskDefinition"]["containerDefinitions"]]
        family = answer["taskDefinition"]["family"]
        of_study = family if family in names else names[0]
        environments = {
            name: request.environment if name != of_study else {**request.environment, **request.study_environment}
            for name in names
        }
        return [
            {"name": name, "environment": [{"name": key, "value": value} for key, value in variables.items()]}
            for name, variables in environments.items()
        ]

    def describe(self, cluster: str, task_arns: Iterable[str]) -> dict[str, Task]:
        """Return the tasks of these ARNs that ECS shows.

        ECS may not show a new task yet, and shows a stopped one for about an hour. DescribeTasks
        accepts up to 100 ARNs per call.
        """
        found: dict[str, Task] = {}
        for some in _by_hundreds(task_arns):
            try:
                answer = self._ecs.describe_tasks(cluster=cluster, tasks=some)
            except ClientError as error:
                if code_of(error) in _GONE:
                    return {}
                raise
            found |= {task["taskArn"]: _task(task) for task in answer["tasks"]}
        return found

    def public_ip(self, interface_id: str) -> str | None:
        """Return the public IPv4 address of a network interface; None until EC2 shows one.

        The interface appears in the task before EC2 shows its association (docs/aws-limits/compute.md).
        """
        try:
            answer = self._ec2.describe_network_interfaces(NetworkInterfaceIds=[interface_id])
        except ClientError as error:
            if code_of(error) == "InvalidNetworkInterfaceID.NotFound":
                return None
            raise
        for interface in answer["NetworkInterfaces"]:
            return interface.get("Association", {}).get("PublicIp")
        return None

    def stop_task(self, cluster: str, task_arn: str, reason: str) -> None:
        """Call StopTask; a task that no longer exists is no error."""
        try:
            self._ecs.stop_task(cluster=cluster, task=task_arn, reason=reason[:255])
        except ClientError as error:
            if code_of(error) in _GONE or "not found" in str(error).lower():
                return
            raise

    def running(self, cluster: str, started_by: str) -> list[str]:
        """List the tasks in a cluster that a session started and for which StopTask was not called.

        A missing cluster has none. By default ListTasks returns tasks with the desired status
        RUNNING, and "When you specify startedBy as the filter, it must be the only filter that you
        use" (Amazon ECS API reference, ListTasks). So record a task's ARN before you stop it.
        """
        found: list[str] = []
        try:
            for page in self._ecs.get_paginator("list_tasks").paginate(cluster=cluster, startedBy=started_by):
                found += page["taskArns"]
        except ClientError as error:
            if code_of(error) not in _GONE:
                raise
        return found

    def starters(self, cluster: str, tag: str) -> dict[str, bool]:
        """Return the `startedBy`, a session id, of each task with the desired status RUNNING.

        Returns:
            `startedBy` → whether one of its tasks has a tag of this key.
        """
        found: dict[str, bool] = {}
        try:
            for page in self._ecs.get_paginator("list_tasks").paginate(cluster=cluster):
                if page["taskArns"]:
                    answer = self._ecs.describe_tasks(cluster=cluster, tasks=page["taskArns"], include=["TAGS"])
                    for task in answer["tasks"]:
                        if "startedBy" in task:
                            starter, tagged = task["startedBy"], _has_tag(task, tag)
                            found[starter] = found.get(starter, False) or tagged
        except ClientError as error:
            if code_of(error) not in _GONE:
                raise
        return found

    def delete_cluster(self, name: str) -> bool:
        """Delete a cluster; True if it no longer exists, False if a task in it has not stopped yet.

        DeleteCluster fails until every task is STOPPED (ClusterContainsTasksException).
        """
        try:
            self._ecs.delete_cluster(cluster=name)
        except ClientError as error:
            if code_of(error) in _GONE:
                return True
            if code_of(error) == "ClusterContainsTasksException":
                return False
            raise
        return True

    def with_tag(self, clusters: Iterable[str], tag: str) -> set[str]:
        """Return the clusters that have a tag of this key.

        DescribeClusters accepts up to 100 per call.
        """
        found: set[str] = set()
        for some in _by_hundreds(clusters):
            answer = self._ecs.describe_clusters(clusters=some, include=["TAGS"])
            found |= {cluster["clusterName"] for cluster in answer["clusters"] if _has_tag(cluster, tag)}
        return found

    def clusters(self, prefix: str) -> Iterator[str]:
        """Yield the names of the clusters that begin with `prefix`."""
        for page in self._ecs.get_paginator("list_clusters").paginate():
            for arn in page["clusterArns"]:
                name = arn.rsplit("/", 1)[-1]
                if name.startswith(prefix):
                    yield name


def _by_hundreds(names: Iterable[str]) -> Iterator[list[str]]:
    """Yield names in lists of at most 100, the limit of ECS's Describe calls."""
    left = iter(names)
    while some := list(islice(left, 100)):
        yield some


def _task(described: Any) -> Task:
    return Task(
        arn=described["taskArn"],
        status=described["lastStatus"],
        interface_id=_interface(described.get("attachments", [])),
        stop_code=described.get("stopCode"),
        stopped_reason=described.get("stoppedReason"),
        exit_code=_exit_code(described.get("containers", [])),
        started_at=described.get("startedAt"),
    )


def _exit_code(containers: Any) -> int | None:
    codes = [int(each["exitCode"]) for each in containers if each.get("exitCode") is not None]
    return next(filter(None, codes), 0) if codes else None


def _has_tag(described: Any, tag: str) -> bool:
    return any(each.get("key") == tag for each in described.get("tags", []))


def _interface(attachments: Any) -> str | None:
    """Find the interface by the attachment's type and the detail's name.

    ECS does not define their order.
    """
    for attachment in attachments:
        if attachment.get("type") == "ElasticNetworkInterface":
            for detail in attachment.get("details", []):
                if detail.get("name") == "networkInterfaceId":
                    return str(detail["value"])
    return None


def _conflicting_tasks(error: ClientError) -> list[str]:
    """Return the tasks in a ConflictException: those that the same client token started."""
    if code_of(error) != "ConflictException":
        return []
    named: Any = error.response.get("resourceIds", [])
    return [str(arn) for arn in named]


def _tags(tags: Mapping[str, str]) -> Any:
    return [{"key": key, "value": value} for key, value in tags.items()]
