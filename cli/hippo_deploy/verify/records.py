"""Reads session records, and the resources that AWS holds of a session.

It calls AWS directly and uses no code of the deployment, so that a fault there cannot hide itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_deploy.verify.cloud import Cloud
from hippo_deploy.verify.target import Target
from hippo_gym.runtime.aws_clients import code_of

_MISSING: Final = frozenset({"NoSuchKey", "404", "NotFound"})
_NO_CLUSTER: Final = frozenset({"ClusterNotFoundException"})


@dataclass(frozen=True)
class Session:
    """A session's record, live or ended."""

    record: dict[str, Any]

    @property
    def id(self) -> str:
        """Id of the session."""
        return str(self.record["sessionId"])

    @property
    def project_id(self) -> str:
        """Id of the session's project."""
        return str(self.record["projectId"])

    @property
    def user_id(self) -> str:
        """Id of the session's participant, in lower case."""
        return str(self.record["userId"])

    @property
    def task_arn(self) -> str | None:
        """ARN of the session's task; None before it exists."""
        arn = (self.record["seen"].get("attempt") or {}).get("taskArn")
        return None if arn is None else str(arn)

    @property
    def capacity_provider(self) -> str:
        """The capacity provider of the session's task."""
        return str((self.record["seen"].get("attempt") or {}).get("capacityProvider", "FARGATE"))

    @property
    def public_ip(self) -> str | None:
        """The public address of the session's task."""
        ip = self.record["seen"].get("publicIp")
        return None if ip is None else str(ip)

    @property
    def is_ready(self) -> bool:
        """Whether the deployment has recorded the session's server as ready."""
        return self.record["seen"].get("readyAt") is not None

    @property
    def reason(self) -> str:
        """Why the session ended or failed."""
        return str(self.record.get("reason") or "no reason")

    def moment(self, key: str) -> datetime | None:
        """Return a time of the record, such as stopAt."""
        text = self.record.get(key)
        return None if text is None else datetime.fromisoformat(text)


@dataclass(frozen=True)
class Leftover:
    """A remaining resource or object.

    Attributes:
        what: its kind and name.
        command: a command that removes it.
    """

    what: str
    command: str


class Records:
    """Reads records and resources of the deployment.

    Args:
        cloud: makes the clients.
        target: the deployment.
    """

    def __init__(self, cloud: Cloud, target: Target) -> None:
        self._cloud = cloud
        self._target = target

    def live(self, user_id: str) -> Session | None:
        """Return a participant's live session."""
        record = self.object(f"_sessions/live/{user_id}.json")
        return None if record is None else Session(record)

    def ended(self, session: Session) -> Session | None:
        """Return the ended record of a session; None while resources of the session are left."""
        day = f"{session.id[:4]}-{session.id[4:6]}-{session.id[6:8]}"
        record = self.object(f"_sessions/ended/{session.project_id}/{day}/{session.id}.json")
        return None if record is None else Session(record)

    def object(self, key: str) -> Any:
        """Return a JSON object of the projects bucket; None if there is none."""
        try:
            body = self._cloud.client("s3").get_object(Bucket=self._target.bucket, Key=key)["Body"].read()
        except ClientError as error:
            if code_of(error) in _MISSING:
                return None
            raise
        return json.loads(body)

    def keys(self, prefix: str) -> list[str]:
        """Return the keys of the projects bucket below a prefix."""
        lists = self._cloud.client("s3").get_paginator("list_objects_v2")
        pages = lists.paginate(Bucket=self._target.bucket, Prefix=prefix)
        return [str(found["Key"]) for page in pages for found in page.get("Contents", [])]

    def address_of(self, host: str) -> str | None:
        """Return the address that the hosted zone holds for a name."""
        for kind, values in self._names(host):
            if kind == "A" and values:
                return values[0]
        return None

    def cluster_of(self, session: Session) -> str:
        """Return the name of the cluster in which a session's task runs."""
        return self._target.shared_cluster or f"{self._target.name}-{session.id}"

    def left_of(self, session: Session) -> Iterator[Leftover]:
        """Yield every resource that AWS still holds of a session."""
        target, name = self._target, f"{self._target.name}-{session.id}"
        at = f"--region {target.region}"
        sweep = f"aws lambda invoke {at} --function-name {target.functions['sweep_sessions']} /dev/stdout"
        for arn in self._tasks(session):
            cluster = self.cluster_of(session)
            yield Leftover(f"the task {arn}", f"aws ecs stop-task {at} --cluster {cluster} --task {arn}")
        if target.shared_cluster is None:
            found = self._cloud.client("ecs").describe_clusters(clusters=[name])["clusters"]
            if any(cluster["status"] == "ACTIVE" for cluster in found):
                yield Leftover(f"the cluster {name}", f"aws ecs delete-cluster {at} --cluster {name}")
        host = f"{session.user_id}.{target.root_domain}"
        for kind, _ in self._names(host):
            yield Leftover(f"the {kind} record of {host}", f"{sweep}   # twice, three minutes apart")
        scheduler = self._cloud.client("scheduler")
        try:
            scheduler.get_schedule(Name=name)
            yield Leftover(f"the schedule {name}", f"aws scheduler delete-schedule {at} --name {name}")
        except scheduler.exceptions.ResourceNotFoundException:
            pass
        live = self.live(session.user_id)
        if live is not None and live.id == session.id:
            yield Leftover(f"the live record of {session.user_id}", sweep)

    def _tasks(self, session: Session) -> Iterator[str]:
        """Yield a session's tasks that have not stopped, from ECS's list and from the record."""
        ecs, cluster = self._cloud.client("ecs"), self.cluster_of(session)
        try:
            pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, startedBy=session.id)
            known = {str(arn) for page in pages for arn in page["taskArns"]}
            known |= {session.task_arn} if session.task_arn else set()
            if not known:
                return
            for task in ecs.describe_tasks(cluster=cluster, tasks=sorted(known))["tasks"]:
                if task["lastStatus"] != "STOPPED":
                    yield str(task["taskArn"])
        except ClientError as error:
            if code_of(error) not in _NO_CLUSTER:
                raise

    def _names(self, host: str) -> Iterator[tuple[str, list[str]]]:
        """Yield type and values of the A and TXT records of a name."""
        answer = self._cloud.client("route53").list_resource_record_sets(
            HostedZoneId=self._target.hosted_zone_id, StartRecordName=host, MaxItems="5"
        )
        for found in answer["ResourceRecordSets"]:
            if found["Name"].rstrip(".") == host and found["Type"] in ("A", "TXT"):
                yield str(found["Type"]), [str(value["Value"]) for value in found.get("ResourceRecords", [])]
