"""ECS on Fargate: clusters, RunTask with its client tokens, and the API's view of tasks.

Sources: Amazon ECS API reference (CreateCluster, DeleteCluster, RunTask, ListTasks), Amazon ECS developer guide
("Ensuring idempotency", "API failure reasons"), docs/aws-limits/compute.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from tests.support.simulated_world.errors import client_error
from tests.support.simulated_world.faults import Faults
from tests.support.simulated_world.kernel import Kernel
from tests.support.simulated_world.limits import FARGATE_LAUNCHES, SPOT_LAUNCHES, Limits
from tests.support.simulated_world.tasks import RUNNING, STOPPED, Task, TaskLives, cluster_arn

NO_CAPACITY: Final = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
_REMEMBERED: Final = 3600.0
_LAUNCHES: Final = {"FARGATE": FARGATE_LAUNCHES, "FARGATE_SPOT": SPOT_LAUNCHES}


@dataclass
class Cluster:
    """One cluster, INACTIVE once deleted; busy until `settled_at`; `tokens`: answers to replay."""

    name: str
    capacity_providers: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    settled_at: float
    status: str = "ACTIVE"
    tokens: dict[str, tuple[str, dict[str, Any], list[str]]] = field(default_factory=dict)


@dataclass
class Quotas:
    """Concurrent Fargate vCPUs by capacity provider (default 6 and 6: docs/aws-limits/compute.md)."""

    vcpus: dict[str, float] = field(default_factory=lambda: {"FARGATE": 6.0, "FARGATE_SPOT": 6.0})


class Ecs:
    """The operations of one Region.

    Attributes:
        clusters, tasks: all, including deleted and stopped ones, by name and by ARN.
        definitions: task definition → vCPUs of its task.
    """

    PAGES: Final = {
        "list_tasks": (("nextToken", "nextToken"),),
        "list_clusters": (("nextToken", "nextToken"),),
    }

    def __init__(self, kernel: Kernel, faults: Faults, limits: Limits, lives: TaskLives, quotas: Quotas) -> None:
        self._kernel = kernel
        self._faults = faults
        self._limits = limits
        self._lives = lives
        self._quotas = quotas
        self.clusters: dict[str, Cluster] = {}
        self.tasks: dict[str, Task] = {}
        self.living: dict[str, Task] = {}
        self.definitions: dict[str, float] = {}

    def add_cluster(self, name: str) -> None:
        """Add a cluster that Terraform created."""
        self.clusters[name] = Cluster(name, ("FARGATE", "FARGATE_SPOT"), (), (), 0.0)

    # --- clusters ---

    def create_cluster(
        self,
        *,
        clusterName: str,  # noqa: N803
        capacityProviders: list[str],  # noqa: N803
        tags: list[dict[str, str]] | None = None,
        settings: list[dict[str, str]] | None = None,
        **_: Any,
    ) -> dict[str, Any]:
        """CreateCluster: idempotent by name; other arguments, settings among them, "are inconsistent"."""
        self._assume_role("CreateCluster")
        wanted = (
            tuple(sorted(capacityProviders)),
            tuple(sorted((tag["key"], tag["value"]) for tag in tags or [])),
            tuple(sorted((setting["name"], setting["value"]) for setting in settings or [])),
        )
        cluster = self.clusters.get(clusterName)
        if cluster is not None and cluster.status == "ACTIVE":
            if (cluster.capacity_providers, cluster.tags, cluster.settings) != wanted:
                message = "Arguments on this idempotent request are inconsistent."
                raise client_error("InvalidParameterException", message, "CreateCluster")
        else:
            busy = self._kernel.random.uniform(0.5, 10.0) if self._faults.happens("slow_cluster") else 0.0
            cluster = self.clusters[clusterName] = Cluster(clusterName, *wanted, self._kernel.seconds + busy)
        return {"cluster": self._shown(cluster)}

    def describe_clusters(self, *, clusters: list[str], **_: Any) -> dict[str, Any]:
        """DescribeClusters: unknown clusters are in `failures`; deleted ones are INACTIVE."""
        found = [self.clusters[_name(each)] for each in clusters if _name(each) in self.clusters]
        missing = [each for each in clusters if _name(each) not in self.clusters]
        return {
            "clusters": [self._shown(cluster) for cluster in found],
            "failures": [{"arn": cluster_arn(each), "reason": "MISSING"} for each in missing],
        }

    def delete_cluster(self, *, cluster: str) -> dict[str, Any]:
        """DeleteCluster: refused while a task is not STOPPED, or while the cluster is busy."""
        found = self._active(cluster, "DeleteCluster")
        if self._kernel.seconds < found.settled_at:
            raise _busy("DeleteCluster")
        if any(task.cluster == found.name for task in self.living.values()):
            message = "The Cluster cannot be deleted while Tasks are active."
            raise client_error("ClusterContainsTasksException", message, "DeleteCluster")
        found.status = "INACTIVE"
        return {"cluster": self._shown(found)}

    def list_clusters(self, *, nextToken: str = "", **_: Any) -> dict[str, Any]:  # noqa: N803
        """ListClusters: at most 100 a page."""
        names = sorted(name for name, cluster in self.clusters.items() if cluster.status == "ACTIVE")
        return _page([name for name in names if name > nextToken], "clusterArns", cluster_arn)

    # --- tasks ---

    def describe_task_definition(self, *, taskDefinition: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        """DescribeTaskDefinition: ClientException for an unknown one."""
        if taskDefinition not in self.definitions:
            raise client_error("ClientException", "Unable to describe task definition.", "DescribeTaskDefinition")
        return {"taskDefinition": {"family": taskDefinition, "containerDefinitions": [{"name": "server"}]}}

    def run_task(self, *, cluster: str, clientToken: str = "", **request: Any) -> dict[str, Any]:  # noqa: N803
        """RunTask: one answer per client token of a cluster ("Ensuring idempotency")."""
        found = self._active(cluster, "RunTask")
        asked = json.dumps(request, sort_keys=True)
        if clientToken in found.tokens:
            return self._replay(found, clientToken, asked)
        if self._kernel.seconds < found.settled_at:
            if self._kernel.random.random() < 0.5:
                raise _busy("RunTask")
            raise client_error("ClientException", "Cluster was not ACTIVE.", "RunTask")
        self._assume_role("RunTask")
        if request["taskDefinition"] not in self.definitions:
            raise client_error("ClientException", "TaskDefinition not found.", "RunTask")
        provider = request["capacityProviderStrategy"][0]["capacityProvider"]
        if not self._limits.admits(_LAUNCHES[provider], self._kernel.seconds):
            raise client_error("ThrottlingException", "Rate exceeded", "RunTask")
        reason = self._refusal(provider, self.definitions[request["taskDefinition"]])
        if reason is not None:
            answer: dict[str, Any] = {"tasks": [], "failures": [{"reason": reason}]}
            found.tokens[clientToken] = (asked, answer, [])
            return answer
        task = self._launch(found, provider, request)
        answer = {"tasks": [task.shown()], "failures": []}
        if clientToken:
            found.tokens[clientToken] = (asked, answer, [task.arn])
        return answer

    def describe_tasks(self, *, cluster: str, tasks: list[str], **_: Any) -> dict[str, Any]:
        """DescribeTasks: eventually consistent; shows stopped tasks for about an hour."""
        found = self._active(cluster, "DescribeTasks")
        now = self._kernel.seconds
        known = [
            task
            for task in (self.tasks.get(arn) for arn in tasks)
            if task is not None
            and task.cluster == found.name
            and task.visible_at <= now
            and (task.stopped_at is None or now - task.stopped_at < _REMEMBERED)
        ]
        arns = {task.arn for task in known}
        return {
            "tasks": [task.shown() for task in known],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in tasks if arn not in arns],
        }

    def list_tasks(
        self,
        *,
        cluster: str,
        startedBy: str | None = None,  # noqa: N803
        desiredStatus: str | None = None,  # noqa: N803
        nextToken: str = "",  # noqa: N803
    ) -> dict[str, Any]:
        """ListTasks: by desired status, default RUNNING; a new task appears some seconds late.

        "When you specify startedBy as the filter, it must be the only filter that you use." (API
        reference; aws/aws-sdk-go-v2#1893 reports that ECS refuses it beside others.)
        """
        found = self._active(cluster, "ListTasks")
        if startedBy is not None and desiredStatus is not None:
            message = "startedBy cannot be combined with other filters."
            raise client_error("InvalidParameterException", message, "ListTasks")
        now = self._kernel.seconds
        arns = sorted(
            task.arn
            for task in (self.tasks if desiredStatus == STOPPED else self.living).values()
            if task.cluster == found.name
            and task.desired == (desiredStatus or RUNNING)
            and task.listed_at <= now
            and (task.stopped_at is None or now - task.stopped_at < _REMEMBERED)
            and startedBy in (None, task.request.get("startedBy"))
        )
        return _page([arn for arn in arns if arn > nextToken], "taskArns", str)

    def stop_task(self, *, cluster: str, task: str, reason: str = "") -> dict[str, Any]:
        """StopTask: SIGTERM now, SIGKILL after the stop timeout; no effect on a stopped task."""
        found = self._active(cluster, "StopTask")
        named = self.tasks.get(task)
        if named is None or named.cluster != found.name:
            raise client_error("InvalidParameterException", "The referenced task was not found.", "StopTask")
        self._lives.stop(named, "UserInitiated", reason)
        return {"task": named.shown()}

    def note(self, task: Task) -> None:
        """Update the list of living tasks; called when a task's status changes."""
        if not task.alive:
            self.living.pop(task.arn, None)

    # --- helpers ---

    def _launch(self, cluster: Cluster, provider: str, request: dict[str, Any]) -> Task:
        now, chance = self._kernel.seconds, self._kernel.random
        task = Task(
            arn=f"arn:aws:ecs:ca-central-1:000000000000:task/{cluster.name}/{len(self.tasks) + 1:032x}",
            cluster=cluster.name,
            capacity_provider=provider,
            vcpus=self.definitions[request["taskDefinition"]],
            request=request,
            visible_at=now + (chance.uniform(0.2, 2.0) if chance.random() < 0.2 else 0.0),
            listed_at=now + chance.uniform(0.0, 4.0),
        )
        self.tasks[task.arn] = self.living[task.arn] = task
        self._lives.launch(task)
        return task

    def _replay(self, cluster: Cluster, token: str, asked: str) -> dict[str, Any]:
        known, answer, arns = cluster.tokens[token]
        if known == asked:
            return answer
        raise client_error(
            "ConflictException",
            "The specified client token is already in use with a different RunTask request.",
            "RunTask",
            resourceIds=arns,
        )

    def _refusal(self, provider: str, vcpus: float) -> str | None:
        """Return why a launch is refused, with HTTP 200 and `failures`; None: not refused."""
        if self._faults.happens("spot_shortage" if provider == "FARGATE_SPOT" else "shortage"):
            return NO_CAPACITY
        used = sum(task.vcpus for task in self.living.values() if task.capacity_provider == provider)
        if used + vcpus > self._quotas.vcpus[provider]:
            return "You’ve reached the limit on the number of vCPUs you can run concurrently"  # noqa: RUF001 - AWS's text
        return None

    def _assume_role(self, operation: str) -> None:
        if self._faults.happens("first_use"):
            message = "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
            raise client_error("InvalidParameterException", message, operation)

    def _active(self, cluster: str, operation: str) -> Cluster:
        found = self.clusters.get(_name(cluster))
        if found is None:
            raise client_error("ClusterNotFoundException", "Cluster not found.", operation)
        if found.status != "ACTIVE":
            raise client_error("ClusterNotFoundException", "The referenced cluster was inactive.", operation)
        return found

    def _shown(self, cluster: Cluster) -> dict[str, Any]:
        return {
            "clusterName": cluster.name,
            "clusterArn": cluster_arn(cluster.name),
            "status": cluster.status,
            "capacityProviders": list(cluster.capacity_providers),
            "attachmentsStatus": (
                "UPDATE_IN_PROGRESS" if self._kernel.seconds < cluster.settled_at else "UPDATE_COMPLETE"
            ),
            "tags": [{"key": key, "value": value} for key, value in cluster.tags],
            "settings": [{"name": name, "value": value} for name, value in cluster.settings],
        }


def event_of(task: Task, now: str) -> dict[str, Any]:
    """Make the EventBridge event of a task's status ("Amazon ECS task state change events")."""
    return {
        "version": "0",
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "time": now,
        "detail": task.shown(),
    }


def _busy(operation: str) -> Exception:
    message = (
        "The specified cluster is in a busy state. "
        "Cluster attachments must be in UPDATE_COMPLETE or UPDATE_FAILED state."
    )
    return client_error("UpdateInProgressException", message, operation)


def _name(cluster: str) -> str:
    return cluster.rsplit("/", 1)[-1]


def _page(names: list[str], key: str, shown: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {key: [shown(name) for name in names[:100]]}
    if len(names) > 100:
        answer["nextToken"] = names[99]
    return answer
