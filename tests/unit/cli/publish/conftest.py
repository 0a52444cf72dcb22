"""A deployment in this process (moto), with the real function that writes the master list."""

from __future__ import annotations

import logging
import os
import stat
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

import update_project_master_list
from hippo_cli import deployment as deployments
from hippo_gym.runtime import aws_clients
from hippo_gym.runtime.logs import logger
from tests.support.moto_deployment import BUCKET, REGION, Clock, Folder, MotoDeployment
from tests.unit.handlers.interposed import Interposed

# moto treats these like real credentials; they never leave this process.
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_SESSION_TOKEN="testing",
    AWS_DEFAULT_REGION=REGION,
)

# No other program is on its PATH. It logs a line for each call: the arguments and standard input, separated by tabs.
FAKE_DOCKER = """#!/bin/sh
input=
if [ "$1" = login ]; then IFS= read -r input; fi
failed=
if [ "$1" = "$FAKE_DOCKER_FAILS" ]; then failed="failed "; fi
printf '%s' "$failed" >> "$FAKE_DOCKER_LOG"
printf '%s\\t' "$@" >> "$FAKE_DOCKER_LOG"
printf '%s\\n' "$input" >> "$FAKE_DOCKER_LOG"
if [ "$failed" ]; then echo "docker says no" >&2; exit 1; fi
"""


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, function_s3: Any) -> Iterator[MotoDeployment]:
    """An AWS account with one deployment, and a clock that only tests move."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "HIPPO_DEPLOYMENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("BUCKET", BUCKET)
    clock = Clock()
    monkeypatch.setattr("moto.s3.models.utcnow", lambda: clock.now().replace(tzinfo=None))
    monkeypatch.setattr(update_project_master_list, "SystemClock", lambda: clock)
    with mock_aws():
        made = MotoDeployment(clock)
        _hook_clients(made, monkeypatch)
        _make_writes_atomic(function_s3, monkeypatch)
        yield made


def _hook_clients(cloud: MotoDeployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Route each call of the command's clients through the cloud."""
    listening.append(cloud)
    monkeypatch.setattr(deployments, "_client", lambda session, service, region: listened_to(service))


listening: list[MotoDeployment] = []


@cache
def listened_to(service: str) -> Any:
    """Return a client, cached for all tests because creation is slow.

    Its calls go to the latest cloud.
    """
    session: Any = boto3.Session()
    made = session.client(service, region_name=REGION, config=deployments._CONFIG)
    made.meta.events.register("before-call", lambda **call: listening[-1].before_call(**call))
    made.meta.events.register("after-call", lambda **call: listening[-1].after_call(**call))
    return made


@pytest.fixture(scope="session")
def function_s3() -> Iterator[Any]:
    """The function's own client, created once."""
    aws_clients._client.cache_clear()
    yield aws_clients.s3()
    aws_clients._client.cache_clear()


def _make_writes_atomic(real: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make conditional writes atomic, as in S3; those of moto are not, with threads."""
    lock = threading.Lock()

    def put(write: Callable[..., Any], **arguments: Any) -> Any:
        with lock:
            return write(**arguments)

    monkeypatch.setattr(aws_clients, "s3", lambda: Interposed(real, put_object=put))


@pytest.fixture(autouse=True)
def quiet_function() -> Iterator[None]:
    """Keep the function's log out of the command's output."""
    level = logger.log_level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A study on disk, with two groups and a server to build."""
    return Folder(tmp_path / "study").write()


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cloud: MotoDeployment) -> Path:
    """A program named docker that logs its calls; its pushed images are added to the registry."""
    programs = tmp_path / "programs"
    programs.mkdir()
    program = programs / "docker"
    program.write_text(FAKE_DOCKER)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    log = tmp_path / "docker.log"
    log.touch()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("FAKE_DOCKER_LOG", str(log))
    monkeypatch.delenv("FAKE_DOCKER_FAILS", raising=False)
    cloud.docker_log = log
    return log


@pytest.fixture
def s3(cloud: MotoDeployment) -> Any:
    """An S3 client whose calls are not counted."""
    return boto3.client("s3", region_name=REGION)
