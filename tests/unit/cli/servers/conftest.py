"""A deployment in this process for each test."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from moto import mock_aws

from hippo_cli import deployment as deployments
from hippo_gym.runtime import aws_clients
from hippo_gym.runtime.logs import logger
from tests.support.moto_sessions import REGION, MotoSessions
from tests.support.moto_sessions import aws as client


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[MotoSessions]:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "HIPPO_DEPLOYMENT", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.setenv(name, REGION)
    aws_clients._client.cache_clear()
    with mock_aws():
        made = MotoSessions()
        monkeypatch.setenv("STOP_SERVER_TOPIC_ARN", made.topic)
        listening[:] = [made]
        monkeypatch.setattr(deployments, "_client", lambda session, service, region: listened_to(service))
        yield made
    aws_clients._client.cache_clear()


@pytest.fixture(autouse=True)
def quiet_function() -> Iterator[None]:
    """Keep the function's log out of the command's output."""
    level = logger.log_level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


listening: list[MotoSessions] = []
_heard: set[str] = set()


def listened_to(service: str) -> object:
    """Return a client whose calls to Lambda are answered by the test's deployment."""
    made = client(service)
    if service not in _heard:
        _heard.add(service)
        made.meta.events.register("before-call", lambda **call: listening[-1].answer(**call))
    return made
