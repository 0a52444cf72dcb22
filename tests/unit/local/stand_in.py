"""The Fargate stand-in in this process: real moto and operations; tests move containers and time."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
from botocore.config import Config
from moto.ec2.models import ec2_backends
from moto.ecs.models import ecs_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from local.fargate.__main__ import QuietHandler
from local.fargate.application import FargateApplication
from local.fargate.authorization import Check, Refusal
from local.fargate.containers import CannotStartError, Processes
from local.fargate.control import Control
from local.fargate.engine import Engine
from local.fargate.network import Network
from local.fargate.operations import Operations, Shortage
from local.fargate.tasks import Container, Task
from local.places import ACCOUNT_ID, LOOPBACK, REGION


class FakeRunner:
    """Containers without processes: they end on SIGTERM, or when a test ends them."""

    def __init__(self) -> None:
        self.started: dict[str, Mapping[str, str]] = {}
        self.signals: list[tuple[str, signal.Signals]] = []
        self.exit_codes: dict[str, int] = {}
        self.ignores_sigterm = False
        self.broken_image = False

    def start(self, container: Container, log_name: str, environment: Mapping[str, str]) -> None:
        if self.broken_image:
            raise CannotStartError("CannotPullContainerError: no such image")
        self.started[container.arn] = {**environment, **container.environment}

    def exit_code(self, container_arn: str) -> int | None:
        return self.exit_codes.get(container_arn)

    def send(self, container_arn: str, signal_number: signal.Signals) -> None:
        if container_arn not in self.started or container_arn in self.exit_codes:
            return
        self.signals.append((container_arn, signal_number))
        if signal_number is signal.SIGKILL:
            self.exit_codes[container_arn] = 137
        elif not self.ignores_sigterm:
            self.exit_codes[container_arn] = 143

    def forget(self, container_arn: str) -> None:
        self.started.pop(container_arn, None)

    def exit(self, code: int = 0) -> None:
        """End every running container, as if its process had exited."""
        for arn in self.started:
            self.exit_codes.setdefault(arn, code)


@dataclass
class StandIn:
    """The stand-in, and what a test sets or reads."""

    ecs: Any
    ec2: Any
    engine: Engine
    runner: FakeRunner
    url: str
    seen: list[Task] = field(default_factory=list)
    refuse: list[str] = field(default_factory=list)  # actions that the caller may not take
    checks: list[Check] = field(default_factory=list)
    now: float = 1_800_000_000.0

    @cached_property
    def subnet(self) -> str:
        return str(self.ec2.describe_subnets()["Subnets"][0]["SubnetId"])

    def pass_time(self, seconds: float) -> None:
        """Advance time in the engine's own step size."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + 0.05)
            self.engine.step(self.now)

    def cluster(self, name: str = "study-1") -> str:
        self.ecs.create_cluster(clusterName=name, capacityProviders=["FARGATE", "FARGATE_SPOT"])
        self.pass_time(self.engine.timings.cluster_update)
        return name

    def define(self, **container: Any) -> str:
        answer = self.ecs.register_task_definition(
            family="grid",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "server", "image": "local/x", "command": ["run"], **container}],
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def run(self, **changes: Any) -> dict[str, Any]:
        network = {"subnets": [self.subnet], "assignPublicIp": "ENABLED"}
        request = {
            "cluster": "study-1",
            "taskDefinition": "grid",
            "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}],
            "networkConfiguration": {"awsvpcConfiguration": network},
            **changes,
        }
        return dict(self.ecs.run_task(**request))

    def started(self, **changes: Any) -> str:
        """Run one task, wait until it is RUNNING with its address shown; return its ARN."""
        self.cluster()
        self.define()
        arn = str(self.run(**changes)["tasks"][0]["taskArn"])
        self.pass_time(3)
        return arn

    def describe(self, arn: str) -> dict[str, Any]:
        return dict(self.ecs.describe_tasks(cluster=arn.split("/")[1], tasks=[arn])["tasks"][0])

    def states(self) -> list[str]:
        return [task.status.value for task in self.seen]


@cache
def session() -> Any:
    """One session for all tests: it caches botocore's models, and EC2's is large."""
    return boto3.Session("key", "secret", region_name=REGION)


@cache
def moto() -> DomainDispatcherApplication:
    """One application for all tests, which takes half a second to make; each test resets its state."""
    return DomainDispatcherApplication(create_backend_app)


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """Serve the stand-in on a free loopback port; yield it with boto3 clients."""
    ecs_backends[ACCOUNT_ID][REGION].reset()
    ec2_backends[ACCOUNT_ID][REGION].reset()
    world: StandIn

    def authorize(access_key_id: str, checks: Sequence[Check]) -> Refusal | None:
        world.checks.extend(checks)
        refused = (check for check in checks if check.action in world.refuse)
        return next((Refusal("AccessDeniedException", f"{c.action} on {c.resource}") for c in refused), None)

    runner, network, shortage = FakeRunner(), Network(), Shortage()
    engine = Engine(
        runner,
        network,
        publish=lambda task: world.seen.append(task),
        environment=lambda task: {"HIPPO_LISTEN_ADDRESS": task.address},
        clock=lambda: world.now,
    )
    application = FargateApplication(
        Operations(engine, network, shortage),
        Control(engine, Processes(Path(), Path()), shortage),
        authorize,
        moto(),
    )
    server = make_server(LOOPBACK, 0, application, threaded=True, request_handler=QuietHandler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    url = f"http://{LOOPBACK}:{server.server_port}"
    config = Config(retries={"total_max_attempts": 1})
    ecs, ec2 = (session().client(name, endpoint_url=url, config=config) for name in ("ecs", "ec2"))
    world = StandIn(ecs, ec2, engine, runner, url)
    try:
        yield world
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        ecs.close()
        ec2.close()
