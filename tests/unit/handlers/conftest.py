"""Fixtures of the handlers' tests: a new world for each test, and the handlers' log."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Callable, Iterator

import pytest
from moto import mock_aws
from moto.moto_api import state_manager

from hippo_gym.runtime import aws_clients
from hippo_gym.runtime.logs import logger
from hippo_gym.wiring import next_step, session_functions
from tests.support import moto_world as worlds
from tests.support.inputs import ADMITTED_FAMILIES
from tests.support.moto_world import MotoWorld, entry

# moto accepts any credentials; no call leaves this process.
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_SESSION_TOKEN="testing",
    AWS_DEFAULT_REGION=worlds.REGION,
    MOTO_EC2_LOAD_DEFAULT_AMIS="false",  # no test needs one, and loading them takes longer than most tests
)
for _name in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]:
    del os.environ[_name]


def forget_deployments() -> None:
    """Make every function cold: drop the objects that were assembled from its settings."""
    for built in (next_step.visits, session_functions.starting, session_functions.stopping, session_functions.sweeping):
        built.cache_clear()


@pytest.fixture(scope="session")
def function_clients() -> Iterator[None]:
    """The functions' clients, made once for all tests: making them takes longer than most tests."""
    aws_clients._client.cache_clear()
    yield
    aws_clients._client.cache_clear()


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[MotoWorld]:
    """An AWS with one deployment; an indirect parameter sets the root domain.

    ECS tasks keep their status until a test or a call changes it.
    """
    with mock_aws():
        state_manager.set_transition("ecs::task", {"progression": "manual", "times": 1_000_000})
        yield MotoWorld(root=getattr(request, "param", worlds.ROOT)).build()
    state_manager.unset_transition("ecs::task")


@pytest.fixture
def study(world: MotoWorld) -> MotoWorld:
    """The world with one study; modules that need another state have a `study` of their own."""
    world.register(entry())
    return world


@pytest.fixture
def environment(world: MotoWorld, function_clients: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[MotoWorld]:
    """The functions' environment variables as Terraform sets them, for `lambda_handler`."""
    forget_deployments()
    for name, value in {
        "BUCKET": worlds.BUCKET,
        "HOSTED_ZONE_ID": world.zone,
        "ROOT_DOMAIN": worlds.ROOT,
        "START_SERVER_TOPIC_ARN": world.topics["start"],
        "STOP_SERVER_TOPIC_ARN": world.topics["stop"],
        "SUBNET": "subnet-1",
        "SECURITY_GROUP": "sg-1, sg-2",
        "MAX_RUNTIME": "60",
        "ADMITTED_TASK_FAMILIES": ",".join(ADMITTED_FAMILIES),
        "SCHEDULER_ROLE_ARN": worlds.ROLE,
    }.items():
        monkeypatch.setenv(name, value)
    yield world
    forget_deployments()


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    """Return a function that returns the log so far, at every level."""
    stream = io.StringIO()
    handler = next(found for found in logger.handlers if isinstance(found, logging.StreamHandler))
    before, level = handler.setStream(stream), logger.log_level
    logger.setLevel("DEBUG")
    yield stream.getvalue
    logger.setLevel(level)
    if before is not None:
        handler.setStream(before)
