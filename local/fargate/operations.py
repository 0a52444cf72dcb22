"""The ECS calls that differ from moto's.

Each operation takes the request's JSON and returns the answer's; `None` from `answer` means that
moto serves it. Messages have AWS's wording where it is known, because code matches on them.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from moto.ecs.models import Cluster, ecs_backends

from local.fargate.engine import Engine
from local.fargate.errors import EcsError
from local.fargate.network import Network, UnknownNetworkError
from local.fargate.placement import build_containers, choose_capacity
from local.fargate.tasks import Attachment, Status, StopCode, Task, describe
from local.places import ACCOUNT_ID, REGION

Body = Mapping[str, Any]
Answer = dict[str, Any]

NO_CAPACITY: Final = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
_MAX_COUNT = 10  # RunTask's count; DescribeTasks takes 100 and ListTasks pages by 100
_PAGE = 100
_MAX_OVERRIDES = 8192  # characters
_COMING_UP = (Status.PROVISIONING, Status.PENDING, Status.ACTIVATING)
_INCONSISTENT: Final = (
    "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
)


@dataclass
class Shortage:
    """The number of next RunTask calls that find no capacity, per capacity provider."""

    remaining: dict[str, int] = field(default_factory=dict)

    def take(self, provider: str) -> bool:
        """Return whether this launch finds no capacity; then one launch fewer will find none."""
        left = self.remaining.get(provider, 0)
        self.remaining[provider] = max(0, left - 1)
        return left > 0


class Operations:
    """The ECS calls that this stand-in answers, on moto's clusters and definitions and the engine's tasks."""

    def __init__(self, engine: Engine, network: Network, shortage: Shortage) -> None:
        self._engine = engine
        self._network = network
        self._shortage = shortage
        self._replays: dict[tuple[str, str], tuple[Body, Answer]] = {}
        self._run_lock = threading.Lock()
        self._ready_at: dict[str, float] = {}
        self._calls: dict[str, Callable[[Body], Answer | None]] = {
            "CreateCluster": self._create_cluster,
            "DescribeClusters": self._describe_clusters,
            "ListClusters": self._list_clusters,
            "DeleteCluster": self._delete_cluster,
            "RunTask": self._run_task,
            "StopTask": self._stop_task,
            "DescribeTasks": self._describe_tasks,
            "ListTasks": self._list_tasks,
            "ListTagsForResource": self._list_tags,
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }

    def answer(self, operation: str, body: Body) -> Answer | None:
        """Answer a call; return None if moto must answer it.

        Raises:
            EcsError: the call fails, as it would on AWS.
        """
        call = self._calls.get(operation)
        return call(body) if call else None

    def amend(self, operation: str, answer: Answer) -> Answer:
        """Correct moto's answer, which does not count our tasks."""
        if operation == "DescribeClusters":
            for cluster in answer["clusters"]:
                states = [t.status for t in self._engine.tasks() if t.cluster_arn == cluster["clusterArn"]]
                cluster["runningTasksCount"] = states.count(Status.RUNNING)
                cluster["pendingTasksCount"] = sum(state in _COMING_UP for state in states)
        return answer

    # --- clusters ---

    @property
    def _ecs(self) -> Any:
        return ecs_backends[ACCOUNT_ID][REGION]

    def _find_cluster(self, reference: str | None) -> Cluster | None:
        cluster: Cluster | None = self._ecs.clusters.get((reference or "default").rsplit("/", 1)[-1])
        ready = cluster is not None and self._engine.clock() >= self._ready_at.get(cluster.arn, 0)
        if cluster is not None and cluster.status == "PROVISIONING" and ready:
            cluster.status = "ACTIVE"
        return cluster

    def _cluster(self, reference: str | None) -> Cluster:
        cluster = self._find_cluster(reference)
        if cluster is None:
            raise EcsError("ClusterNotFoundException", "Cluster not found.")
        if cluster.status == "INACTIVE":
            raise EcsError("ClusterNotFoundException", "The referenced cluster was inactive.")
        return cluster

    def _create_cluster(self, body: Body) -> Answer | None:
        """Create a cluster, idempotent by name; with capacity providers it becomes ACTIVE later."""
        name = body.get("clusterName") or "default"
        existing = self._find_cluster(name)
        if existing is not None and existing.status != "INACTIVE":
            providers, strategy = body.get("capacityProviders"), body.get("defaultCapacityProviderStrategy")
            had = (existing.capacity_providers or [], existing.default_capacity_provider_strategy or [])
            settings = existing.settings if body.get("settings") else None
            if (providers or [], strategy or []) != had or settings != body.get("settings"):
                raise EcsError("InvalidParameterException", _INCONSISTENT)
            return {"cluster": self._show_cluster(existing)}
        created = self._ecs.create_cluster(
            name,
            body.get("tags"),
            body.get("settings"),
            body.get("configuration"),
            body.get("capacityProviders"),
            body.get("defaultCapacityProviderStrategy"),
        )
        if body.get("capacityProviders"):
            created.status = "PROVISIONING"
            self._ready_at[created.arn] = self._engine.clock() + self._engine.timings.cluster_update
        return {"cluster": self._show_cluster(created)}

    @staticmethod
    def _show_cluster(cluster: Cluster) -> Answer:
        return {
            "clusterArn": cluster.arn,
            "clusterName": cluster.name,
            "status": cluster.status,
            "registeredContainerInstancesCount": 0,
            "runningTasksCount": 0,
            "pendingTasksCount": 0,
            "activeServicesCount": 0,
            "statistics": [],
            "tags": cluster.tags or [],
            "settings": cluster.settings,
            "capacityProviders": cluster.capacity_providers or [],
            "defaultCapacityProviderStrategy": cluster.default_capacity_provider_strategy or [],
        }

    def _describe_clusters(self, body: Body) -> None:
        """Make due clusters ACTIVE, then let moto describe all."""
        for reference in body.get("clusters") or ["default"]:
            self._find_cluster(reference)

    def _list_clusters(self, body: Body) -> Answer:
        """List clusters without the deleted ones, which moto keeps in its list."""
        arns = [cluster.arn for cluster in self._ecs.clusters.values() if cluster.status != "INACTIVE"]
        return _page("clusterArns", arns, body)

    def _delete_cluster(self, body: Body) -> None:
        """Refuse while a task is not yet STOPPED; else let moto make the cluster INACTIVE."""
        cluster = self._find_cluster(body.get("cluster"))
        if cluster is None:
            raise EcsError("ClusterNotFoundException", "Cluster not found.")
        if cluster.status == "PROVISIONING":
            message = "The specified cluster is in a busy state. Cluster attachments update in progress."
            raise EcsError("UpdateInProgressException", message)
        if any(task.cluster_arn == cluster.arn and not task.is_over for task in self._engine.tasks()):
            message = "The Cluster cannot be deleted while Tasks are active."
            raise EcsError("ClusterContainsTasksException", message)

    # --- tasks ---

    def _run_task(self, body: Body) -> Answer:
        """Run a task; repeat the first answer, failures included, if the clientToken repeats."""
        cluster = self._cluster(body.get("cluster"))
        token = body.get("clientToken")
        with self._run_lock:
            if not token:
                return self._launch(cluster, body)
            if len(token) > 64:
                raise EcsError("InvalidParameterException", "clientToken is limited to 64 characters.")
            parameters = {name: value for name, value in body.items() if name not in ("clientToken", "cluster")}
            key = (cluster.arn, token)
            if key in self._replays:
                first, answer = self._replays[key]
                if first != parameters:
                    raise EcsError(
                        "ConflictException",
                        "The client token was used before with other parameters.",
                        resourceIds=[task["taskArn"] for task in answer["tasks"]],
                    )
                return answer
            answer = self._launch(cluster, body)
            self._replays[key] = (parameters, answer)
            return answer

    def _launch(self, cluster: Cluster, body: Body) -> Answer:
        if cluster.status != "ACTIVE":
            raise EcsError("InvalidParameterException", "Cluster was not ACTIVE.")
        count = body.get("count", 1)
        if not 1 <= count <= _MAX_COUNT:
            raise EcsError("InvalidParameterException", f"count should be between 1 and {_MAX_COUNT}.")
        if len(str(body.get("overrides") or "")) > _MAX_OVERRIDES:
            message = f"overrides are limited to {_MAX_OVERRIDES} characters."
            raise EcsError("InvalidParameterException", message)
        launch_type, provider = choose_capacity(body, cluster.capacity_providers or [])
        if self._shortage.take(provider or launch_type):
            return {"tasks": [], "failures": [{"reason": NO_CAPACITY}]}
        tasks = [self._new_task(cluster, body, provider) for _ in range(count)]
        for task in tasks:
            self._engine.add(task)
        return {"tasks": [describe(task, with_tags=True) for task in tasks], "failures": []}

    def _new_task(self, cluster: Cluster, body: Body, provider: str) -> Task:
        definition = self._definition(body["taskDefinition"])
        network = (body.get("networkConfiguration") or {}).get("awsvpcConfiguration")
        if not network or not network.get("subnets"):
            message = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
            raise EcsError("InvalidParameterException", message)
        subnet, groups = network["subnets"][0], tuple(network.get("securityGroups") or ())
        try:
            zone = self._network.availability_zone(subnet, groups)
        except UnknownNetworkError as error:
            raise EcsError("InvalidParameterException", str(error)) from error
        overrides = body.get("overrides") or {}
        execution_role = overrides.get("executionRoleArn") or getattr(definition, "execution_role_arn", "") or ""
        task_id, now = uuid.uuid4().hex, self._engine.clock()
        return Task(
            id=task_id,
            arn=f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:task/{cluster.name}/{task_id}",
            cluster_arn=cluster.arn,
            cluster_name=cluster.name,
            task_definition_arn=definition.arn,
            task_role_arn=overrides.get("taskRoleArn") or getattr(definition, "task_role_arn", "") or "",
            group=body.get("group") or f"family:{definition.family}",
            started_by=body.get("startedBy") or "",
            capacity_provider=provider,
            launch_type="FARGATE",
            cpu=str(overrides.get("cpu") or definition.cpu or ""),
            memory=str(overrides.get("memory") or definition.memory or ""),
            overrides=overrides,
            tags=tuple(body.get("tags") or ()),
            security_groups=groups,
            assign_public_ip=network.get("assignPublicIp") == "ENABLED",
            availability_zone=zone,
            containers=build_containers(
                definition.container_definitions, overrides, cluster.name, task_id, execution_role
            ),
            attachment=Attachment(id=str(uuid.uuid4()), subnet_id=subnet),
            created_at=now,
            due=now + self._engine.timings.provisioning,
        )

    def _definition(self, reference: str) -> Any:
        name = reference.rsplit("/", 1)[-1]
        family, _, revision = name.partition(":")
        revisions: dict[int, Any] = self._ecs.task_definitions.get(family, {})
        active = {number: item for number, item in revisions.items() if item.status == "ACTIVE"}
        number = int(revision) if revision.isdigit() else max(active, default=0)
        if number not in active:
            raise EcsError("ClientException", "TaskDefinition not found.")
        return active[number]

    def _stop_task(self, body: Body) -> Answer:
        task = self._find_task(self._cluster(body.get("cluster")), body["task"])
        if task is None:
            raise EcsError("InvalidParameterException", "The referenced task was not found.")
        reason = body.get("reason") or "Task stopped by user"
        return {"task": describe(self._engine.stop(task.id, StopCode.USER, reason))}

    def _describe_tasks(self, body: Body) -> Answer:
        cluster = self._cluster(body.get("cluster"))
        with_tags = "TAGS" in (body.get("include") or [])
        found, failures = [], []
        for reference in body["tasks"]:
            task = self._find_task(cluster, reference)
            if task is not None:
                found.append(describe(task, with_tags=with_tags))
            else:
                task_id = reference.rsplit("/", 1)[-1]
                arn = f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:task/{cluster.name}/{task_id}"
                failures.append({"arn": arn, "reason": "MISSING"})
        return {"tasks": found, "failures": failures}

    def _find_task(self, cluster: Cluster, reference: str) -> Task | None:
        task = self._engine.find(reference.rsplit("/", 1)[-1])
        return task if task is not None and task.cluster_arn == cluster.arn else None

    def _list_tasks(self, body: Body) -> Answer:
        """List tasks by desiredStatus, by default RUNNING; startedBy allows no other filter."""
        if body.get("startedBy") and (body.get("desiredStatus") or body.get("family") or body.get("launchType")):
            raise EcsError("InvalidParameterException", "cannot specify startedBy with other arguments")
        cluster = self._cluster(body.get("cluster"))
        wanted = {
            "desired_status": body.get("desiredStatus") or "RUNNING",
            "started_by": body.get("startedBy"),
            "launch_type": body.get("launchType"),
        }
        arns = [
            task.arn
            for task in self._engine.tasks()
            if task.cluster_arn == cluster.arn
            and all(value is None or getattr(task, name) == value for name, value in wanted.items())
            and (not body.get("family") or f"/{body['family']}:" in task.task_definition_arn)
        ]
        return _page("taskArns", arns, body)

    # --- tags of tasks; moto stores the tags of all other resources ---

    def _tagged_task(self, body: Body) -> Task | None:
        arn = body["resourceArn"]
        if ":task/" not in arn:
            return None
        task = self._engine.find(arn.rsplit("/", 1)[-1])
        if task is None:
            raise EcsError("InvalidParameterException", "The specified task is not found.")
        return task

    def _list_tags(self, body: Body) -> Answer | None:
        task = self._tagged_task(body)
        return {"tags": [dict(tag) for tag in task.tags]} if task else None

    def _tag(self, body: Body) -> Answer | None:
        task = self._tagged_task(body)
        if task is None:
            return None
        added = {tag["key"] for tag in body["tags"]}
        kept = [tag for tag in task.tags if tag["key"] not in added]
        self._engine.tag(task.id, (*kept, *body["tags"]))
        return {}

    def _untag(self, body: Body) -> Answer | None:
        task = self._tagged_task(body)
        if task is None:
            return None
        self._engine.tag(task.id, tuple(tag for tag in task.tags if tag["key"] not in body["tagKeys"]))
        return {}


def _page(name: str, items: list[str], body: Body) -> Answer:
    start, size = int(body.get("nextToken") or 0), int(body.get("maxResults") or _PAGE)
    page: Answer = {name: items[start : start + size]}
    if start + size < len(items):
        page["nextToken"] = str(start + size)
    return page
