"""Reads what a deployment holds: session resources and stored participant records.

Uses AWS's own APIs as administrator and no code of HIPPO Gym, so that a fault in the product cannot
hide itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local.cloud import Cloud

_LIVE, _ENDED = "_sessions/live/", "_sessions/ended/"


@dataclass(frozen=True)
class Snapshot:
    """Every session resource of a deployment at one moment, by name."""

    clusters: frozenset[str]
    tasks: frozenset[str]
    """`{cluster}/{task id}` of every task that is not yet STOPPED."""
    records: frozenset[str]
    """`{type} {name}` of every A and TXT record in the zone."""
    schedules: frozenset[str]
    live_sessions: frozenset[str]
    """User ids with a session record."""

    def counts(self) -> dict[str, int]:
        """Return the number of resources by kind."""
        return {kind: len(names) for kind, names in self.by_kind().items()}

    def by_kind(self) -> dict[str, frozenset[str]]:
        """Return the names of the resources by kind."""
        return {
            "ECS clusters": self.clusters,
            "ECS tasks": self.tasks,
            "DNS records (A, TXT)": self.records,
            "Stop schedules": self.schedules,
            "Live session records": self.live_sessions,
        }

    def of_session(self, session_id: str, host: str, user_id: str) -> dict[str, int]:
        """Return the number of resources by kind that belong to one session."""
        return {
            "ECS clusters": sum(name.endswith(f"-{session_id}") for name in self.clusters),
            "ECS tasks": sum(name.split("/")[0].endswith(f"-{session_id}") for name in self.tasks),
            "DNS records (A, TXT)": sum(name.split(" ")[1] == host for name in self.records),
            "Stop schedules": sum(name.endswith(f"-{session_id}") for name in self.schedules),
            "Live session records": int(user_id in self.live_sessions),
        }

    @property
    def is_empty(self) -> bool:
        """Whether no session resource exists."""
        return not any(self.by_kind().values())


class Inspector:
    """Reads one deployment."""

    def __init__(self, cloud: Cloud) -> None:
        """Make clients of a cloud's deployment; several threads may use them."""
        self._name = str(cloud.outputs["name"])
        self._bucket = str(cloud.outputs["bucket"])
        self._zone = str(cloud.outputs["hosted_zone_id"])
        self._ecs: Any = cloud.client("ecs")
        self._route53: Any = cloud.client("route53")
        self._s3: Any = cloud.client("s3")
        self._scheduler: Any = cloud.client("scheduler")

    def snapshot(self) -> Snapshot:
        """Return every session resource that exists now."""
        clusters = frozenset(self._clusters())
        return Snapshot(
            clusters=clusters,
            tasks=frozenset(task for cluster in clusters for task in self._tasks(cluster)),
            records=frozenset(f"{kind} {name}" for kind, name, _ in self._records() if kind in ("A", "TXT")),
            schedules=frozenset(self._schedules()),
            live_sessions=frozenset(key.removeprefix(_LIVE).removesuffix(".json") for key in self.keys(_LIVE)),
        )

    def address_of(self, host: str) -> str:
        """Return the IPv4 address that the zone holds for a name.

        Raises:
            LookupError: there is no A record.
        """
        for kind, name, values in self._records():
            if kind == "A" and name == host and values:
                return values[0]
        raise LookupError(f"the zone has no A record for {host}")

    def live_session(self, user_id: str) -> dict[str, Any]:
        """Return a participant's session record.

        Raises:
            LookupError: there is none.
        """
        return self._object(f"{_LIVE}{user_id}.json")

    def ended_sessions(self, project_id: str) -> list[dict[str, Any]]:
        """Return the records of a project's ended sessions."""
        return [self._object(key) for key in self.keys(f"{_ENDED}{project_id}/")]

    def participant(self, project_id: str, user_id: str) -> dict[str, Any]:
        """Return a participant record.

        Raises:
            LookupError: there is none.
        """
        return self._object(f"{project_id}/Users/{user_id}")

    def keys(self, prefix: str) -> list[str]:
        """Return the keys of the projects bucket with this prefix."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def _object(self, key: str) -> dict[str, Any]:
        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey as error:
            raise LookupError(f"the projects bucket has no {key}") from error
        return dict(json.loads(body))

    def _clusters(self) -> Iterator[str]:
        for page in self._ecs.get_paginator("list_clusters").paginate():
            for arn in page["clusterArns"]:
                name = arn.rsplit("/", 1)[-1]
                if name.startswith(f"{self._name}-"):
                    yield name

    def _tasks(self, cluster: str) -> Iterator[str]:
        try:
            for wanted in ("RUNNING", "STOPPED"):
                pages = self._ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus=wanted)
                arns = [arn for page in pages for arn in page["taskArns"]]
                if not arns:
                    continue
                for task in self._ecs.describe_tasks(cluster=cluster, tasks=arns[:100])["tasks"]:
                    if task["lastStatus"] != "STOPPED":
                        yield f"{cluster}/{task['taskArn'].rsplit('/', 1)[-1]}"
        except self._ecs.exceptions.ClusterNotFoundException:
            return  # deleted after it was listed

    def _records(self) -> Iterator[tuple[str, str, list[str]]]:
        pages = self._route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=self._zone)
        for page in pages:
            for found in page["ResourceRecordSets"]:
                values = [value["Value"] for value in found.get("ResourceRecords", [])]
                yield found["Type"], found["Name"].rstrip("."), values

    def _schedules(self) -> Iterator[str]:
        for page in self._scheduler.get_paginator("list_schedules").paginate(NamePrefix=f"{self._name}-"):
            for schedule in page["Schedules"]:
                yield schedule["Name"]
