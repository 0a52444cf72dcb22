"""A small AWS in this process (moto), with one deployment and a clock that tests move.

MotoWorld    the deployment: what a test puts into it, calls, and reads afterwards

From other modules, for the tests that import this one:

FakeClock    `sleep` advances it and runs the world's callbacks
entry        a project entry to register
http_event   the event that API Gateway passes to a function
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import Any

import boto3
from moto.ecs.models import ecs_backends

from hippo_gym.participants.access import Judge
from hippo_gym.participants.visits import Visits, no_links
from hippo_gym.runtime import http
from hippo_gym.runtime.metrics import Tally
from hippo_gym.runtime.settings import MAX_LINE
from hippo_gym.sessions import messages
from hippo_gym.sessions.capacity import Places
from hippo_gym.sessions.converge import Lifecycle, Outcome
from hippo_gym.sessions.launch import LaunchSettings
from hippo_gym.sessions.messages import Start, Stop
from hippo_gym.sessions.resources.dns import Dns
from hippo_gym.sessions.resources.fargate import Fargate
from hippo_gym.sessions.resources.schedules import Schedules
from hippo_gym.sessions.start import SessionStarter
from hippo_gym.sessions.stop import SessionStopper
from hippo_gym.sessions.store import SessionStore
from hippo_gym.sessions.sweep import Report, Sweeper
from hippo_gym.sessions.warm_pool import WarmPool
from hippo_gym.sessions.warm_servers import WarmServers
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies.master_list import Projects
from hippo_gym.studies.object_cache import ObjectCache
from hippo_gym.studies.projects import MASTER_LIST_KEY
from tests.support.fake_clock import NOON, FakeClock
from tests.support.inputs import ADMITTED_FAMILIES, BUCKET, entry, http_event

__all__ = [
    "ACCOUNT",
    "BUCKET",
    "DEPLOYMENT",
    "NOON",
    "OTHER_SESSION",
    "REGION",
    "ROLE",
    "ROOT",
    "SESSION",
    "Clients",
    "FakeClock",
    "MotoWorld",
    "clients",
    "entry",
    "http_event",
    "versions",
]

REGION = "ca-central-1"
ACCOUNT = "123456789012"
ROOT = "example.net"
DEPLOYMENT = "HIPPO_Gym"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/scheduler"
SESSION = "20261122-0f3c5d7e9a1b2c4d"
OTHER_SESSION = "20261122-1111111111111111"


@dataclass(frozen=True)
class Clients:
    """One client per service; typed loosely, so that a test can wrap it."""

    s3: Any
    sns: Any
    sqs: Any
    ecs: Any
    ec2: Any
    route53: Any
    scheduler: Any
    ssm: Any


@cache
def clients() -> Clients:
    """Make the clients once: moto answers every client that was made after its import."""
    names = ("s3", "sns", "sqs", "ecs", "ec2", "route53", "scheduler", "ssm")
    made: Any = {name: boto3.client(name, region_name=REGION) for name in names}  # type: ignore[call-overload]
    return Clients(**made)


@dataclass
class MotoWorld:
    """One deployment.

    `answering`: whether containers accept connections; `addresses`: whether tasks get an IP.
    """

    clients: Clients = field(default_factory=clients)
    clock: FakeClock = field(default_factory=FakeClock)
    answering: bool = True
    shared_cluster: str | None = None
    max_sessions: int | None = None
    max_line: int = MAX_LINE
    addresses: bool = True
    topics: dict[str, str] = field(default_factory=dict)
    queues: dict[str, str] = field(default_factory=dict)
    zone: str = ""
    root: str = ROOT
    reserved: tuple[str, ...] = ()
    launch: LaunchSettings | None = None
    meter: Tally = field(default_factory=Tally)
    trace: str | None = None
    judge: Judge = no_links
    admitted_families: tuple[str, ...] = ADMITTED_FAMILIES

    def build(self) -> MotoWorld:
        """Make what Terraform makes and the functions use, and a task definition named `grid`."""
        aws = self.clients
        aws.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        aws.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        for action in ("start", "stop"):
            topic = aws.sns.create_topic(Name=f"{DEPLOYMENT}_{action}_server")["TopicArn"]
            queue = aws.sqs.create_queue(QueueName=action)["QueueUrl"]
            aws.sns.subscribe(
                TopicArn=topic,
                Protocol="sqs",
                Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{action}",
                Attributes={"RawMessageDelivery": "true"},
            )
            self.topics[action], self.queues[action] = topic, queue
        zone = aws.route53.create_hosted_zone(Name=self.root, CallerReference="world")
        self.zone = zone["HostedZone"]["Id"].rsplit("/", 1)[-1]
        self.register_task_definition("grid")
        self.clock.while_asleep.append(self._hand_out_addresses)
        return self

    # --- set up by tests ---

    def register_task_definition(self, family: str, tags: Mapping[str, str] | None = None, **more: Any) -> None:
        container = {"name": "server", "image": "image", "memory": 512}
        self.clients.ecs.register_task_definition(
            family=family,
            networkMode="awsvpc",
            containerDefinitions=[container],
            tags=[{"key": key, "value": value} for key, value in (tags or {}).items()],
            **more,
        )

    def register(self, *entries: dict[str, Any]) -> None:
        """Write the master list, and a page for each file in its entries."""
        self.put(MASTER_LIST_KEY, json.dumps({"projects": list(entries)}))
        for registered in entries:
            for name in registered["steps"].values():
                if name not in (None, "game"):
                    self.put(f"{registered['id']}/{name}", f"<p>{name}</p>")

    def put(self, key: str, text: str | bytes) -> None:
        self.clients.s3.put_object(Bucket=BUCKET, Key=key, Body=text)

    def put_session(self, session_id: str = SESSION, user: str = "ada", **changes: Any) -> None:
        """Write the live record of a session of project `study`, as start_server does."""
        now = self.clock.now().isoformat()
        record = {
            "sessionId": session_id,
            "projectId": "study",
            "userId": user,
            "requestedAt": now,
            "createdAt": now,
            "updatedAt": now,
            "stopAt": (self.clock.now() + timedelta(minutes=30)).isoformat(),
            "wanted": "running",
            "launch": {"taskDefinition": "grid", "capacity": "on-demand", "port": 5000},
            "seen": {},
        } | changes
        self.put(f"_sessions/live/{user}.json", json.dumps(record))

    def end_session(self, session_id: str, user: str = "ada", *, failed: bool = False) -> None:
        """Move a session's record from live to ended, as a finished stop does."""
        record = self.json(f"_sessions/live/{user}.json")
        key = f"_sessions/ended/{record['projectId']}/2026-11-22/{session_id}.json"
        self.put(key, json.dumps(record | {"wanted": "stopped", "failed": failed}))
        self.clients.s3.delete_object(Bucket=BUCKET, Key=f"_sessions/live/{user}.json")

    # --- the functions of the deployment ---

    def visits(self, s3: Any = None, cache_seconds: float = 15) -> Visits:
        """Make a warm next_step function; `s3` replaces its client."""
        bucket = Bucket(s3 or self.clients.s3, BUCKET)
        visits = Visits.over(
            bucket, self.clock, self._publish, self.root, cache_seconds, self.reserved, self.judge, self.max_line
        )
        return replace(visits, meter=self.meter)

    def _publish(self, message: Start | Stop) -> None:
        action = "start" if isinstance(message, Start) else "stop"
        messages.publish(self.clients.sns, self.topics[action], message)

    def lifecycle(self, *, launches: bool = False) -> Lifecycle:
        aws = self.clients
        return Lifecycle(
            SessionStore(Bucket(aws.s3, BUCKET), self.clock),
            Fargate(aws.ecs, aws.ec2),
            Dns(aws.route53, self.zone, self.root, DEPLOYMENT, self.reserved),
            Schedules(aws.scheduler, self.clock),
            self.clock,
            DEPLOYMENT,
            launch=self.network() if launches else None,
            ask_for_start=self._publish,
            places=self.places(),
            accepts=lambda ip, port: self.answering,
            shared_cluster=self.shared_cluster,
            meter=self.meter,
            warm=self._warm_servers(),
        )

    def _warm_servers(self) -> WarmServers:
        bucket = Bucket(self.clients.s3, BUCKET)
        return WarmServers(bucket, SessionStore(bucket, self.clock), self.clock)

    def network(self) -> LaunchSettings:
        """Return start_server's launch settings, made at the first use: most tests need none."""
        if self.launch is None:
            subnet = clients().ec2.describe_subnets()["Subnets"][0]["SubnetId"]
            group = clients().ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
            self.launch = LaunchSettings(BUCKET, (subnet,), (group,), self.topics["stop"], ROLE)
        return self.launch

    def starting(self) -> SessionStarter:
        lifecycle = self.lifecycle(launches=True)
        projects, admitted = self._projects(), self.admitted_families
        return SessionStarter(
            projects, lifecycle.sessions, lifecycle, 60, lambda: self.trace, admitted_families=admitted
        )

    def stopping(self) -> SessionStopper:
        lifecycle = self.lifecycle()
        return SessionStopper(self._projects(), lifecycle.sessions, lifecycle)

    def sweeping(self) -> Sweeper:
        lifecycle = self.lifecycle()
        bucket = Bucket(self.clients.s3, BUCKET)
        pool = WarmPool(bucket, self._warm_servers(), lifecycle.places, self.clock, self._publish)
        return Sweeper(lifecycle.sessions, lifecycle, bucket, read_all=map, warm=pool)

    def places(self) -> Places:
        return Places(Bucket(self.clients.s3, BUCKET), self.clock, self.max_sessions, self._publish, self.max_line)

    def _projects(self) -> Projects:
        return Projects(ObjectCache(Bucket(self.clients.s3, BUCKET), self.clock, 0))

    # --- requests, messages and events ---

    def request(self, event: Mapping[str, Any], visits: Visits | None = None) -> dict[str, Any]:
        return (visits or self.visits()).serve(http.read_request(event))

    def get(self, user: str = "ada", project: str = "study", **query: str) -> dict[str, Any]:
        return self.request(http_event("GET", {"projectId": project, "userId": user} | query))

    def post(self, user: str = "ada", project: str = "study", body: str = "{}", **query: str) -> dict[str, Any]:
        return self.request(http_event("POST", {"projectId": project, "userId": user} | query, body))

    def seconds(self, budget: float) -> Callable[[], float]:
        """Return a function that returns the rest of a time budget on this world's clock."""
        end = self.clock.now() + timedelta(seconds=budget)
        return lambda: (end - self.clock.now()).total_seconds()

    def start(
        self, session_id: str = SESSION, user: str = "ada", project: str = "study", budget: float = 300
    ) -> Outcome:
        message = Start(project, user, session_id, self.clock.now(), takes_over=True)
        return self.starting().start(message, self.seconds(budget))

    def stop(
        self, session_id: str | None = SESSION, user: str = "ada", project: str = "study", delay: int = 0
    ) -> Outcome:
        return self.stopping().stop(Stop(project, user, session_id, delay), self.seconds(30))

    def task_stopped(self, session_id: str = SESSION, user: str = "ada") -> Outcome:
        return self.stopping().task_stopped(messages.TaskStopped(user, session_id), self.seconds(30))

    def sweep_twice(self) -> Report:
        """Sweep, and sweep again later: the second sweep clears what the first one has marked."""
        self.sweep()
        self.clock.advance(minutes=5)
        return self.sweep()

    def sweep(self, budget: float = 60, *, dry_run: bool = False) -> Report:
        """Sweep once, after removing deleted clusters, which moto lists and AWS does not."""
        there = ecs_backends[ACCOUNT][REGION].clusters
        for name in [name for name in there if name not in self.clusters()]:
            del there[name]
        return self.sweeping().sweep(self.seconds(budget), dry_run=dry_run)

    def task_ends(self, code: str, session_id: str = SESSION) -> None:
        """Stop the tasks of a session as ECS does without StopTask."""
        for task in self.tasks_ever(session_id):
            task.last_status = "STOPPED"
            task.stop_code = code
            task.stopped_reason = code

    def _hand_out_addresses(self) -> None:
        """Give each running task an elastic IP, which moto shows as its public address."""
        ec2 = clients().ec2
        for cluster in self.clusters() if self.addresses else []:
            for task in self.tasks(cluster.removeprefix(f"{DEPLOYMENT}-")):
                details = {found["name"]: found["value"] for found in task.attachments[0]["details"]}
                interface = details["networkInterfaceId"]
                found = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]
                if "Association" not in found:
                    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
                    ec2.associate_address(AllocationId=address, NetworkInterfaceId=interface)

    def tasks_ever(self, session_id: str) -> list[Any]:
        return list(ecs_backends[ACCOUNT][REGION].tasks.get(f"{DEPLOYMENT}-{session_id}", {}).values())

    # --- what a test reads ---

    def received(self, action: str) -> list[dict[str, Any]]:
        """Take the messages of a topic since the last call, in the order of publishing."""
        found: list[dict[str, Any]] = []
        while (
            answer := clients()
            .sqs.receive_message(QueueUrl=self.queues[action], MaxNumberOfMessages=10)
            .get("Messages")
        ):
            for message in answer:
                found.append(json.loads(message["Body"]))
                clients().sqs.delete_message(QueueUrl=self.queues[action], ReceiptHandle=message["ReceiptHandle"])
        return found

    def text(self, key: str) -> str:
        body: bytes = clients().s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body.decode()

    def json(self, key: str) -> Any:
        return json.loads(self.text(key))

    def keys(self, prefix: str = "") -> list[str]:
        listed = clients().s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return [found["Key"] for found in listed]

    def texts(self) -> dict[str, str]:
        """Return every object by its key."""
        return {key: self.text(key) for key in self.keys("")}

    def record(self, user: str = "ada", project: str = "study") -> Any:
        return self.json(f"{project}/Users/{user}")

    def session(self, user: str = "ada") -> Any:
        return self.json(f"_sessions/live/{user}.json")

    def ended(self, session_id: str = SESSION, project: str = "study") -> Any:
        day = f"{session_id[:4]}-{session_id[4:6]}-{session_id[6:8]}"
        return self.json(f"_sessions/ended/{project}/{day}/{session_id}.json")

    def clusters(self) -> list[str]:
        """Name the active clusters; moto also lists deleted ones, as INACTIVE, AWS does not."""
        found = ecs_backends[ACCOUNT][REGION].clusters
        return [name for name, cluster in found.items() if cluster.status == "ACTIVE"]

    def tasks(self, session_id: str = SESSION) -> list[Any]:
        """Return the tasks of a session that have not stopped."""
        return [task for task in self.tasks_ever(session_id) if task.last_status != "STOPPED"]

    def records(self) -> set[tuple[str, str, str]]:
        """Return name, type and value of each record in the zone except its NS and SOA."""
        listed = clients().route53.list_resource_record_sets(HostedZoneId=self.zone)["ResourceRecordSets"]
        return {
            (record["Name"].rstrip("."), record["Type"], value["Value"])
            for record in listed
            if record["Type"] not in {"NS", "SOA"}
            for value in record["ResourceRecords"]
        }

    def schedules(self) -> dict[str, Any]:
        """Return each schedule by its name."""
        listed = clients().scheduler.list_schedules(GroupName="default")["Schedules"]
        return {found["Name"]: clients().scheduler.get_schedule(Name=found["Name"]) for found in listed}

    def left_over(self) -> list[str]:
        """Name what exists of sessions: clusters, schedules, DNS names, live records."""
        names = sorted({name for name, _, _ in self.records()})
        return [*self.clusters(), *self.schedules(), *names, *self.keys("_sessions/live/")]


def versions(world: MotoWorld, key: str) -> Iterator[bytes]:
    """Yield every version of an object."""
    listed = world.clients.s3.list_object_versions(Bucket=BUCKET, Prefix=key)["Versions"]
    for version in listed:
        yield world.clients.s3.get_object(Bucket=BUCKET, Key=key, VersionId=version["VersionId"])["Body"].read()
