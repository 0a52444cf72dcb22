"""The moto world of the handlers' tests, which records every AWS call with the function that made it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

import boto3
from moto import mock_aws
from moto.moto_api import state_manager

from hippo_gym.participants.visits import Visits
from hippo_gym.retention.looking import Look
from hippo_gym.retention.removing import Remover
from hippo_gym.retention.rounds import Rounds
from hippo_gym.runtime import aws_clients
from hippo_gym.sessions.converge import Outcome
from hippo_gym.sessions.launch import LaunchSettings
from hippo_gym.sessions.messages import Start
from hippo_gym.sessions.store import SessionStore
from hippo_gym.sessions.sweep import Report
from hippo_gym.storage.bucket import Bucket
from hippo_gym.storage.past_versions import PastVersions
from hippo_gym.wiring import next_step, retaining, session_functions, upload_tickets
from tests.support import moto_world as worlds
from tests.support.moto_world import Clients, MotoWorld
from tests.terraform.calls.recorder import Call, Recorder

NAME = worlds.DEPLOYMENT
ZONE = "ZRECORDED"
"""The hosted zone's id in recorded calls: moto generates another one for each world."""

SHARED_CLUSTER = f"{NAME}-shared"


def role(name: str, path: str) -> str:
    """Return the ARN of one of the deployment's roles."""
    return f"arn:aws:iam::{worlds.ACCOUNT}:role{path}{NAME}_{name}"


@dataclass
class Recorded(MotoWorld):
    """A world that records the calls of the functions, but not those of the test itself."""

    recorder: Recorder = field(default_factory=Recorder)
    role_path: str = "/"

    def build(self) -> Recorded:
        """Create the deployment, with a task definition that names its roles, as `hippo` registers it."""
        super().build()
        self.clients.ecs.register_task_definition(
            family="grid",
            networkMode="awsvpc",
            containerDefinitions=[{"name": "server", "image": "image", "memory": 512}],
            executionRoleArn=role("session_execution", self.role_path),
        )
        subnet = self.clients.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        group = self.clients.ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
        scheduler = role("scheduler", self.role_path)
        self.launch = LaunchSettings(worlds.BUCKET, (subnet,), (group,), self.topics["stop"], scheduler)
        return self

    def request(self, event: Mapping[str, Any], visits: Visits | None = None) -> dict[str, Any]:
        with self.recorder.by("next_step"):
            return super().request(event, visits)

    def start(
        self, session_id: str = worlds.SESSION, user: str = "ada", project: str = "study", budget: float = 300
    ) -> Outcome:
        with self.recorder.by("start_server"):
            return super().start(session_id, user, project, budget)

    def start_in_version(self, message: Start) -> Outcome:
        """Process a start message as next_step published it."""
        with self.recorder.by("start_server"):
            return self.starting().start(message, self.seconds(300))

    def stop(
        self, session_id: str | None = worlds.SESSION, user: str = "ada", project: str = "study", delay: int = 0
    ) -> Outcome:
        with self.recorder.by("stop_server"):
            return super().stop(session_id, user, project, delay)

    def task_stopped(self, session_id: str = worlds.SESSION, user: str = "ada") -> Outcome:
        with self.recorder.by("stop_server"):
            return super().task_stopped(session_id, user)

    def sweep(self, budget: float = 60, *, dry_run: bool = False) -> Report:
        with self.recorder.by("sweep_sessions"):
            return super().sweep(budget, dry_run=dry_run)

    def retain(self, *, dry_run: bool = False) -> None:
        """Make a turn of the retention, as sweep_sessions does after a sweep."""
        bucket = Bucket(self.clients.s3, worlds.BUCKET)
        versions = PastVersions(self.clients.s3, worlds.BUCKET)
        remover = Remover(bucket, versions, SessionStore(bucket, self.clock), self.clock)
        with self.recorder.by("sweep_sessions"):
            report = Rounds(remover, Look(self.clients.s3, remover)).turn(self.seconds(50), dry_run=dry_run)
        assert not report.faults


@contextmanager
def worlds_of(role_path: str) -> Iterator[tuple[Recorder, Any]]:
    """Yield a recorder and a factory of recorded worlds, with the functions' environment variables set."""
    names = ("s3", "sns", "sqs", "ecs", "ec2", "route53", "scheduler", "ssm")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_ENDPOINT_URL")}
    settings = {
        "AWS_DEFAULT_REGION": worlds.REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
        "BUCKET": worlds.BUCKET,
    }
    recorder = Recorder()
    with mock.patch.dict(os.environ, environment | settings, clear=True):
        aws_clients._client.cache_clear()
        own: Any = {name: boto3.client(name, region_name=worlds.REGION) for name in names}  # type: ignore[call-overload]
        functions = (aws_clients.s3, aws_clients.sns, aws_clients.sns_once, aws_clients.ssm, aws_clients.ecs)
        for client in (*own.values(), *(make() for make in functions)):
            recorder.listen(client)

        @contextmanager
        def fresh() -> Iterator[Recorded]:
            with mock_aws():
                state_manager.set_transition("ecs::task", {"progression": "manual", "times": 1_000_000})
                world = Recorded(clients=Clients(**own), recorder=recorder, role_path=role_path).build()
                os.environ.update(
                    HOSTED_ZONE_ID=world.zone,
                    ROOT_DOMAIN=worlds.ROOT,
                    START_SERVER_TOPIC_ARN=world.topics["start"],
                    STOP_SERVER_TOPIC_ARN=world.topics["stop"],
                )
                _forget()
                yield world
                _forget()
                recorder.calls[:] = [_in_the_zone(call, world.zone) for call in recorder.calls]
            state_manager.unset_transition("ecs::task")

        try:
            yield recorder, fresh
        finally:
            aws_clients._client.cache_clear()


def _in_the_zone(call: Call, zone: str) -> Call:
    if call.arguments.get("HostedZoneId") != zone:
        return call
    return replace(call, arguments={**call.arguments, "HostedZoneId": ZONE})


def _forget() -> None:
    of_sessions = (session_functions.starting, session_functions.stopping, session_functions.sweeping)
    for built in (next_step.visits, *of_sessions, retaining.rounds, upload_tickets.tickets):
        built.cache_clear()
