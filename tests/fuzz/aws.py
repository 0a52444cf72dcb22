"""An AWS in this process for the fuzzer: the real entry files of all functions, on simulated services.

    Aws         the services, a virtual clock, a queue of messages, and every call since the last event
    use         lets the functions work on an Aws

The services are those of tests/support/simulated_world without latency, rate limits and faults: a
call takes effect at once. Messages wait in `queue` until the fuzzer delivers them.
"""

from __future__ import annotations

import base64
import json
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock

import boto3
from botocore.config import Config

from hippo_gym.runtime import aws_clients, caller_identity, clock
from hippo_gym.runtime.clock import to_text
from hippo_gym.runtime.logs import logger
from hippo_gym.sessions import converge
from hippo_gym.wiring import next_step, session_functions, upload_tickets
from tests.support.inputs import ADMITTED_FAMILIES, BUCKET
from tests.support.simulated_world.clients import Paginator
from tests.support.simulated_world.ec2 import Ec2
from tests.support.simulated_world.ecs import Ecs, Quotas, event_of
from tests.support.simulated_world.errors import client_error
from tests.support.simulated_world.faults import Faults, Rates
from tests.support.simulated_world.functions import ROLE, ROOT, START_TOPIC, STOP_TOPIC, ZONE
from tests.support.simulated_world.kernel import Kernel
from tests.support.simulated_world.limits import Limits
from tests.support.simulated_world.route53 import Route53
from tests.support.simulated_world.s3 import S3
from tests.support.simulated_world.scheduler import Scheduler
from tests.support.simulated_world.tasks import QUICK, Task, TaskLives

MAX_SESSIONS: Final = 2
MAX_LINE: Final = 3
LINK_KEY: Final = b"k" * 32
_LONGEST_KEY: Final = 1024
_LONGEST_MESSAGE: Final = 256 * 1024
_SERVICES: Final = ("s3", "sns", "ecs", "ec2", "route53", "scheduler", "ssm")


@dataclass(frozen=True)
class Call:
    """One call of a service."""

    operation: str
    arguments: dict[str, Any]

    @property
    def key(self) -> str | None:
        """The object that the call is about; for a list, its prefix."""
        found: str | None = self.arguments.get("Key", self.arguments.get("Prefix"))
        return found

    @property
    def writes(self) -> bool:
        """Whether it changes an object."""
        return self.operation in {"s3.put_object", "s3.delete_object"}


class Topics:
    """SNS: a message waits in the queue of the Aws (Amazon SNS API reference, Publish)."""

    PAGES: Final[dict[str, Any]] = {}

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def publish(self, *, TopicArn: str, Message: str) -> dict[str, Any]:  # noqa: N803
        """Publish: a message is text in UTF-8 of at most 256 KB."""
        if TopicArn not in (START_TOPIC, STOP_TOPIC) or len(Message.encode("utf-8")) > _LONGEST_MESSAGE:
            raise client_error("InvalidParameter", "Invalid parameter", "Publish")
        self._aws.deliver(TopicArn, Message)
        return {"MessageId": "message"}


class Parameters:
    """SSM: the keys of the study `signed`."""

    PAGES: Final[dict[str, Any]] = {}

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> dict[str, Any]:  # noqa: N803
        """GetParameter."""
        if not Name.endswith("/signed") or not WithDecryption:
            raise client_error("ParameterNotFound", "", "GetParameter")
        return {"Parameter": {"Value": json.dumps({"keys": [base64.b64encode(LINK_KEY).decode()]})}}


@dataclass
class Aws:
    """The services of one deployment.

    Attributes:
        queue: messages that wait for their delivery: topic and text.
        calls: since `begin`.
    """

    seed: int = 0
    queue: list[tuple[str, str]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kernel = Kernel(self.seed)
        random.seed(self.seed)  # the functions' jitter
        faults = Faults(self.kernel, Rates())
        self.s3 = S3(self.kernel, faults)
        self.sns = Topics(self)
        self.ssm = Parameters()
        self.route53 = Route53(self.kernel, faults, QUICK.name_servers_median)
        self.scheduler = Scheduler(self.kernel, faults, self.deliver)
        self.lives = TaskLives(self.kernel, faults, QUICK, self._task_changed)
        quotas = Quotas({"FARGATE": 1000.0, "FARGATE_SPOT": 1000.0})
        self.ecs = Ecs(self.kernel, faults, Limits(enforced=False), self.lives, quotas)
        self.ecs.definitions["grid"] = 0.5
        self.ec2 = Ec2(self.lives.interfaces)

    def deliver(self, topic: str, message: str) -> None:
        """Put a message into the queue."""
        self.queue.append((topic, message))

    def begin(self) -> None:
        """Forget the calls of earlier events."""
        self.calls.clear()

    def advance(self, seconds: float) -> None:
        """Let time pass: tasks start and stop, schedules fire."""
        self.kernel.run(self.kernel.seconds + seconds)

    def now(self) -> datetime:
        """Return the virtual time."""
        return self.kernel.now

    def accepts(self, address: tuple[str, int]) -> bool:
        """Return whether a container answers at an address."""
        task = self.lives.by_address.get(address[0])
        return task is not None and task.answers

    def call(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:
        """Carry a call out and remember it."""
        call = Call(f"{service}.{operation}", arguments)
        self.calls.append(call)
        if len(str(arguments.get("Key", "")).encode("utf-8")) > _LONGEST_KEY:
            raise client_error("KeyTooLongError", "Your key is too long", operation)
        return getattr(getattr(self, service), operation)(**arguments)

    def _task_changed(self, task: Task) -> None:
        self.ecs.note(task)
        if task.status == "STOPPED":
            self.deliver(STOP_TOPIC, json.dumps(event_of(task, to_text(self.now()))))


class _Client:
    """What boto3.client returns, on the Aws that is installed."""

    def __init__(self, service: str) -> None:
        self._service = service
        self.meta = SimpleNamespace(endpoint_url="https://sts.invalid")

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        if operation.startswith("generate_presigned"):
            found: Callable[..., Any] = getattr(_signer(), operation)
            return found
        return lambda **arguments: _current[-1].call(self._service, operation, arguments)

    def get_paginator(self, operation: str) -> Paginator:
        return Paginator(getattr(self, operation), getattr(_current[-1], self._service).PAGES[operation])


@cache
def _signer() -> Any:
    """A client that signs and sends nothing."""
    return boto3.client(
        "s3",
        region_name="ca-central-1",
        config=Config(signature_version="s3v4"),
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


_current: Final[list[Aws]] = []
_clients: Final = {name: _Client(name) for name in (*_SERVICES, "sts")}
_SETTINGS: Final = {
    "BUCKET": BUCKET,
    "HOSTED_ZONE_ID": ZONE,
    "ROOT_DOMAIN": ROOT,
    "START_SERVER_TOPIC_ARN": START_TOPIC,
    "STOP_SERVER_TOPIC_ARN": STOP_TOPIC,
    "SUBNET": "subnet-1",
    "SECURITY_GROUP": "sg-1",
    "MAX_RUNTIME": "60",
    "MAX_SESSIONS": str(MAX_SESSIONS),
    "MAX_LINE": str(MAX_LINE),
    "MAX_TASK_CPU": "2048",
    "MAX_TASK_MEMORY": "16384",
    "ADMITTED_TASK_FAMILIES": ",".join(ADMITTED_FAMILIES),
    "SCHEDULER_ROLE_ARN": ROLE,
    "RESERVED_NAMES": "www,api",
}


def _now(_: object) -> datetime:
    return _current[-1].now()


def _refused(*_: Any) -> tuple[int, bytes]:
    """Answer as STS does to a signature that is not one."""
    return 403, b"<ErrorResponse/>"


class _Socket:
    """What converge uses of the module `socket`."""

    @staticmethod
    def create_connection(address: tuple[str, int], timeout: float) -> Any:
        """Connect, or raise as the network does."""
        if not _current[-1].accepts(address):
            raise TimeoutError(f"no answer within {timeout:g} s")
        return mock.MagicMock()


@contextmanager
def functions_on_simulated_services() -> Iterator[None]:
    """Give every function in this process simulated clients, a virtual clock and a deployment's settings."""
    level = logger.log_level
    logger.setLevel("CRITICAL")
    with (
        mock.patch.dict(os.environ, _SETTINGS),
        mock.patch.object(aws_clients, "_client", lambda service, *_: _clients[service]),
        mock.patch.object(clock.SystemClock, "now", _now),
        mock.patch.object(clock.SystemClock, "sleep", lambda _, seconds: _current[-1].advance(seconds)),
        mock.patch.object(converge, "socket", _Socket),
        mock.patch.object(caller_identity, "post", _refused),
    ):
        yield
    logger.setLevel(level)


def use(aws: Aws) -> None:
    """Let the functions work on this Aws, as new processes."""
    _current[:] = [aws]
    for built in (
        next_step.visits,
        session_functions.starting,
        session_functions.stopping,
        session_functions.sweeping,
        upload_tickets.tickets,
    ):
        built.cache_clear()
