"""A deployment to verify, in this process: moto's AWS; tests set answers of functions, web and DNS.

Only `sleep` moves the clock; then `Stage.meanwhile` changes the deployment, too.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

from hippo_deploy.preflight.public_dns import DnsUnavailable
from hippo_deploy.verify.cloud import Cloud
from hippo_deploy.verify.page import Reply
from hippo_deploy.verify.records import Session
from hippo_deploy.verify.results import Failed
from hippo_deploy.verify.study import Study
from hippo_deploy.verify.target import Target
from hippo_deploy.verify.world import World

REGION = "ca-central-1"
ACCOUNT = "123456789012"
ROOT = "play.example.net"
NAME = "HIPPO_Gym"
BUCKET = "projects.example"
API = "https://api.play.example.net"
SITE = "https://study.play.example.net"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:{NAME}_alarms"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SESSION = "20261122-0f3c5d7e9a1b2c4d"
ADDRESS = "203.0.113.9"
STUDY = Study("hippo-verify-0a1b2c3d")
FUNCTIONS = {
    name: f"{NAME}_{name}" for name in ("next_step", "stop_server", "sweep_sessions", "update_project_master_list")
}
CALM = {
    "sessions": {"ready": 2},
    "marked": 0,
    "cleared": 0,
    "uncleared": 0,
    "unreadable": 0,
    "unfinished": False,
}


class Time:
    """A clock that only `sleep` moves."""

    def __init__(self) -> None:
        self.moment = NOON
        self.meanwhile: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        for happen in self.meanwhile:
            happen()


class Zone:
    """A resolver with given answers."""

    def __init__(self, *addresses: str, broken: Exception | None = None) -> None:
        self.addresses = addresses
        self.broken = broken

    def look_up(self, name: str, kind: str) -> tuple[str, ...]:
        if self.broken is not None:
            raise self.broken
        return self.addresses


@dataclass
class Web:
    """Answers by the longest matching URL prefix; raises an answer that is an exception."""

    answers: dict[str, Reply | Exception] = field(default_factory=dict)

    def send(self, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        fitting = [start for start in self.answers if url.startswith(start)]
        if not fitting:
            raise Failed(f"{url} does not answer")
        answer = self.answers[max(fitting, key=len)]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Functions:
    """Lambda: each function's answer, or the error with which it ends."""

    answers: dict[str, Any] = field(default_factory=dict)
    error: str | None = None

    def invoke(self, FunctionName: str, Payload: bytes) -> Mapping[str, Any]:  # noqa: N803
        answer = self.answers[FunctionName]
        if isinstance(answer, ClientError):
            raise answer
        reply = answer(json.loads(Payload)) if callable(answer) else answer
        body = {"Payload": io.BytesIO(json.dumps(reply).encode())}
        return body | ({"FunctionError": self.error} if self.error else {})


def denied(operation: str, code: str = "AccessDeniedException", message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@cache
def _client(service: str, region: str) -> Any:
    """Return a client that all tests share: moto gives each test a new account."""
    return boto3.client(service, region_name=region)  # type: ignore[call-overload]


class Clients(Cloud):
    """moto's clients, and those with which a test replaces them."""

    def __init__(self) -> None:
        super().__init__(boto3.Session(), REGION)
        self.instead: dict[str, Any] = {}

    def client(self, service: str, region: str | None = None) -> Any:
        return self.instead.get(service) or _client(service, self.region)


class Stage:
    """A deployment without a fault, in which a test then plants one."""

    def __init__(self, **changes: Any) -> None:
        self.time = Time()
        self.clients = Clients()
        self.functions = Functions({FUNCTIONS["sweep_sessions"]: CALM})
        self.clients.instead["lambda"] = self.functions
        self.web = Web()
        self.target = target(self, **changes)
        self.world = World(
            self.target,
            self.clients,
            STUDY,
            self.time,
            self.web,
            {"one": Zone(ADDRESS), "two": Zone(ADDRESS)},
            connect=lambda *_, **__: f"hippo-verify {SESSION}",
            accepts=lambda *_: False,
        )

    def s3(self) -> Any:
        return self.clients.client("s3")

    def put(self, key: str, value: Any) -> None:
        self.s3().put_object(Bucket=BUCKET, Key=key, Body=json.dumps(value).encode())

    def lists(self, *ids: str) -> None:
        self.put("project_master_list.json", {"projects": [{"id": each} for each in ids]})

    def plays(self, role: str, project: str = STUDY.id, **changes: Any) -> Session:
        """Add a playing participant: a session in the world, and its live record in the bucket."""
        found = record(STUDY.participant(role), project, **changes)
        self.put(f"_sessions/live/{STUDY.participant(role)}.json", found)
        session = Session(found)
        self.world.sessions[session.user_id] = session
        self.world.participants.add((project, session.user_id))
        self.world.host = self.world.host_of(session.user_id)
        return session

    def ends(self, session: Session, reason: str, at: datetime, *, failed: bool = False) -> None:
        """End a session: replace its live record by an ended one."""
        ended = session.record | {"reason": reason, "failed": failed, "endedAt": at.isoformat(), "wanted": "stopped"}
        self.put(f"_sessions/ended/{session.project_id}/2026-11-22/{session.id}.json", ended)
        self.s3().delete_object(Bucket=BUCKET, Key=f"_sessions/live/{session.user_id}.json")


def record(user_id: str, project: str, **changes: Any) -> dict[str, Any]:
    seen = {
        "attempt": {
            "number": 1,
            "capacityProvider": "FARGATE",
            "taskArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{NAME}-{SESSION}/{'0' * 32}",
        },
        "publicIp": ADDRESS,
        "readyAt": NOON.isoformat(),
        "lastFailure": None,
    }
    return {
        "sessionId": SESSION,
        "projectId": project,
        "userId": user_id,
        "createdAt": NOON.isoformat(),
        "admittedAt": NOON.isoformat(),
        "stopAt": (NOON + timedelta(minutes=30)).isoformat(),
        "wanted": "running",
        "reason": None,
        "failed": False,
        "endedAt": None,
        "seen": seen,
    } | changes


def zone_of(clients: Clients) -> str:
    """Make the hosted zone of the servers' names; return its id."""
    made = clients.client("route53").create_hosted_zone(Name=ROOT, CallerReference="x")
    return str(made["HostedZone"]["Id"]).rsplit("/", 1)[-1]


def target(stage: Stage, **changes: Any) -> Target:
    """Make bucket and zone, and describe the deployment."""
    stage.s3().create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    stage.s3().put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    described: dict[str, Any] = {
        "name": NAME,
        "region": REGION,
        "account_id": ACCOUNT,
        "bucket": BUCKET,
        "root_domain": ROOT,
        "hosted_zone_id": zone_of(stage.clients),
        "api_url": API,
        "execute_api_url": f"https://abc123.execute-api.{REGION}.amazonaws.com",
        "functions": FUNCTIONS,
        "stop_topic_arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:{NAME}_stop_server",
        "execution_role_arn": f"arn:aws:iam::{ACCOUNT}:role/execution",
        "task_role_arn": f"arn:aws:iam::{ACCOUNT}:role/task",
        "session_log_group": f"/hippo-gym/{NAME}",
        "website_url": SITE,
        "alarm_names": (f"{NAME}_orphans", f"{NAME}_throttles"),
        "alarm_topic_arn": TOPIC,
    }
    return Target(**(described | changes))


def cut_off() -> Iterator[Zone]:
    """A resolver that this machine cannot reach."""
    while True:
        yield Zone(broken=DnsUnavailable("no answer"))
