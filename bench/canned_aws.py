"""A fake AWS on loopback with fixed answers: N ready sessions, and nothing else.

It runs as a separate process (`python -m bench.canned_aws N per-session`), prints its port, and
ends when its standard input closes. It answers only the calls of a sweep. Its answers are as long
as those of AWS: a task has its containers, attachments and tags.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from hippo_gym.sessions.model import Attempt, Launch, Seen, Session
from hippo_gym.sessions.store import LIVE_PREFIX, _to_record

BUCKET: Final = "projects.bench"
DEPLOYMENT: Final = "HIPPO_Gym"
ROOT: Final = "play.example.net"
ZONE: Final = "Z0123456789"
SHARED: Final = f"{DEPLOYMENT}-shared"
_ACCOUNT: Final = "ca-central-1:123456789012"
_PAGE: Final = 100
_NAMES_A_PAGE: Final = 300


def session_id(number: int) -> str:
    """Return the id of the session with this number."""
    return f"20261122-{number:016x}"


def task_arn(number: int, *, shared: bool) -> str:
    """Return the ARN of a session's task, in the shared cluster or in its own."""
    cluster = SHARED if shared else f"{DEPLOYMENT}-{session_id(number)}"
    return f"arn:aws:ecs:{_ACCOUNT}:task/{cluster}/{number:032x}"


def record(number: int, *, shared: bool) -> bytes:
    """Return the live record of a session that has been ready for some minutes."""
    now = datetime.now(UTC)
    began = now - timedelta(minutes=5)
    session = Session(
        id=session_id(number),
        project_id="large_study",
        user_id=f"user-{number}",
        requested_at=began,
        created_at=began,
        updated_at=began,
        stop_at=now + timedelta(minutes=25),
        launch=Launch("grid_world:7", "spot-then-on-demand", 5000, 30, SHARED if shared else None),
        admitted_at=began,
        seen=Seen(
            schedule=True,
            cluster=not shared,
            attempt=Attempt(1, "FARGATE_SPOT", began, task_arn(number, shared=shared)),
            public_ip="203.0.113.7",
            dns_ip="203.0.113.7",
            dns_change="C0123456789",
            dns_in_sync=True,
            ready_at=began + timedelta(seconds=40),
        ),
    )
    return json.dumps(_to_record(session)).encode()


def _etag(key: str) -> str:
    return f'"{hashlib.sha256(key.encode()).hexdigest()[:32]}"'


class CannedAws(BaseHTTPRequestHandler):
    """Answers S3 (path style), ECS, EventBridge Scheduler and Route 53 by path and target."""

    protocol_version = "HTTP/1.1"
    sessions: int = 0
    shared: bool = False
    records: dict[str, bytes] = {}  # noqa: RUF012 - set once, before the server starts

    def log_message(self, *_: Any) -> None:
        """Do not log requests."""

    def do_GET(self) -> None:
        """Answer S3, Scheduler and Route 53."""
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if url.path.startswith("/schedules"):
            self._answer(json.dumps(self._schedules(query)).encode())
        elif "/rrset" in url.path:
            self._answer(self._names(query).encode())
        elif query.get("list-type") == "2":
            self._answer(self._keys(query).encode())
        else:
            key = url.path.removeprefix(f"/{BUCKET}/")
            body = self.records.get(key)
            missing = b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>"
            self._answer(missing if body is None else body, 404 if body is None else 200, _etag(key))

    def do_PUT(self) -> None:
        """Accept a write without storing it."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(b"")

    def do_POST(self) -> None:
        """Answer ECS."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        self._answer(json.dumps(getattr(self, f"_{operation}")(body)).encode())

    def _answer(self, body: bytes, status: int = 200, etag: str = '"written"') -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", etag)
        self.end_headers()
        self.wfile.write(body)

    def _numbers(self, token: str | None, page: int) -> tuple[range, str | None]:
        first = int(token or 0)
        last = min(first + page, self.sessions)
        return range(first, last), str(last) if last < self.sessions else None

    def _keys(self, query: dict[str, str]) -> str:
        numbers, following = self._numbers(query.get("continuation-token"), 1000)
        more = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{following}</NextContinuationToken>"
        found = "".join(
            f"<Contents><Key>{LIVE_PREFIX}user-{number}.json</Key><LastModified>2026-11-22T12:00:00.000Z</LastModified>"
            f"<ETag>{_etag(f'{LIVE_PREFIX}user-{number}.json')}</ETag><Size>900</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for number in (numbers if query.get("prefix") == LIVE_PREFIX else ())
        )
        tail = more if following else "<IsTruncated>false</IsTruncated>"
        return f"<ListBucketResult><Name>{BUCKET}</Name>{tail}{found}</ListBucketResult>"

    def _schedules(self, query: dict[str, str]) -> dict[str, Any]:
        numbers, following = self._numbers(query.get("NextToken"), _PAGE)
        names = [f"{DEPLOYMENT}-{session_id(number)}" for number in numbers]
        arn = f"arn:aws:scheduler:{_ACCOUNT}:schedule/default/"
        listed = [{"Name": name, "Arn": arn + name, "GroupName": "default", "State": "ENABLED"} for name in names]
        return {"Schedules": listed} | ({"NextToken": following} if following else {})

    def _names(self, query: dict[str, str]) -> str:
        token = query.get("name", "").partition(".")[0].removeprefix("user-")
        numbers, following = self._numbers(token, _NAMES_A_PAGE // 2)
        sets = "".join(
            f"<ResourceRecordSet><Name>user-{number}.{ROOT}.</Name><Type>{kind}</Type><TTL>30</TTL><ResourceRecords>"
            f"<ResourceRecord><Value>{value}</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>"
            for number in numbers
            for kind, value in (
                ("A", "203.0.113.7"),
                ("TXT", f'"hippo-gym deployment={DEPLOYMENT} session={session_id(number)}"'),
            )
        )
        more = f"<NextRecordName>user-{following}.{ROOT}.</NextRecordName>" if following else ""
        truncated = "true" if following else "false"
        return (
            f"<ListResourceRecordSetsResponse><ResourceRecordSets>{sets}</ResourceRecordSets>"
            f"<IsTruncated>{truncated}</IsTruncated>{more}<MaxItems>300</MaxItems></ListResourceRecordSetsResponse>"
        )

    def _ListClusters(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - the API's name
        numbers, following = self._numbers(body.get("nextToken"), _PAGE)
        names = [SHARED] if self.shared else [f"{DEPLOYMENT}-{session_id(number)}" for number in numbers]
        arns = [f"arn:aws:ecs:{_ACCOUNT}:cluster/{name}" for name in names]
        return {"clusterArns": arns} | ({"nextToken": following} if following and not self.shared else {})

    def _DescribeClusters(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        shown = [
            {
                "clusterArn": f"arn:aws:ecs:{_ACCOUNT}:cluster/{name}",
                "clusterName": name,
                "status": "ACTIVE",
                "runningTasksCount": 1,
                "settings": [{"name": "containerInsights", "value": "disabled"}],
                "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
                "tags": [{"key": "hippo-gym:session", "value": name}, {"key": "Deployment", "value": DEPLOYMENT}],
            }
            for name in body["clusters"]
        ]
        return {"clusters": shown, "failures": []}

    def _ListTasks(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        numbers, following = self._numbers(body.get("nextToken"), _PAGE)
        arns = [task_arn(number, shared=self.shared) for number in numbers]
        return {"taskArns": arns} | ({"nextToken": following} if following else {})

    def _DescribeTasks(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"tasks": [self._task(arn) for arn in body["tasks"]], "failures": []}

    def _DescribeTaskDefinition(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        found = {"taskDefinitionArn": f"arn:aws:ecs:{_ACCOUNT}:task-definition/{body['taskDefinition']}"}
        container = {"name": "server", "image": "registry.example/grid_world", "environment": []}
        made = {
            "family": "grid_world",
            "revision": 7,
            "cpu": "256",
            "memory": "512",
            "containerDefinitions": [container],
        }
        return {"taskDefinition": found | made, "tags": []}

    def _task(self, arn: str) -> dict[str, Any]:
        session = session_id(int(arn.rsplit("/", 1)[-1], 16))
        interface = [
            {"name": "subnetId", "value": "subnet-0123456789abcdef0"},
            {"name": "networkInterfaceId", "value": "eni-0123456789abcdef0"},
            {"name": "privateIPv4Address", "value": "10.0.0.7"},
        ]
        variables = ("PROJECT_ID", "USER_ID", "SESSION_ID", "BUCKET", "DEADLINE")
        environment = [{"name": f"HIPPO_{name}", "value": session} for name in variables]
        return {
            "taskArn": arn,
            "clusterArn": f"arn:aws:ecs:{_ACCOUNT}:cluster/{arn.split('/')[1]}",
            "taskDefinitionArn": f"arn:aws:ecs:{_ACCOUNT}:task-definition/grid_world:7",
            "lastStatus": "RUNNING",
            "desiredStatus": "RUNNING",
            "startedBy": session,
            "capacityProviderName": "FARGATE_SPOT",
            "createdAt": 1795348800.0,
            "startedAt": 1795348830.0,
            "attachments": [{"id": "a", "type": "ElasticNetworkInterface", "status": "ATTACHED", "details": interface}],
            "containers": [{"name": "server", "lastStatus": "RUNNING", "taskArn": arn, "healthStatus": "UNKNOWN"}],
            "overrides": {"containerOverrides": [{"name": "server", "environment": environment}]},
            "tags": [{"key": "hippo-gym:session", "value": session}, {"key": "Deployment", "value": DEPLOYMENT}],
        }


def main() -> None:
    """Serve until standard input ends."""
    CannedAws.sessions = int(sys.argv[1])
    CannedAws.shared = sys.argv[2] == "shared"
    CannedAws.records = {
        f"{LIVE_PREFIX}user-{number}.json": record(number, shared=CannedAws.shared)
        for number in range(CannedAws.sessions)
    }
    server = ThreadingHTTPServer(("127.0.0.1", 0), CannedAws)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
