"""The stand-in sends the containers' output to CloudWatch Logs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.fargate.containers import CannotStartError, Processes
from local.fargate.placement import build_containers
from local.fargate.task_logs import CannotLogError, TaskLogs
from local.fargate.tasks import Container, LogStream
from local.places import REGION

ROLE = "arn:aws:iam::123456789012:role/execution"
STREAM = LogStream("/ecs/study", "grid/grid/t1", ROLE)


@pytest.fixture
def logs() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("logs", region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b")
        client.create_log_group(logGroupName="/ecs/study")
        yield client


@pytest.fixture
def task_logs(logs: Any) -> TaskLogs:
    return TaskLogs(lambda role_arn: logs)


def written(logs: Any) -> list[str]:
    events = logs.get_log_events(logGroupName=STREAM.group, logStreamName=STREAM.name, startFromHead=True)["events"]
    return [event["message"] for event in events]


def test_a_line_is_sent_once_and_only_when_complete(logs: Any, task_logs: TaskLogs, tmp_path: Path) -> None:
    path = tmp_path / "t1.log"
    task_logs.follow("arn:c", STREAM, path)
    path.write_text("one\ntwo\nthr")
    task_logs.send()
    assert written(logs) == ["one", "two"]
    path.write_text("one\ntwo\nthree\n\nfour")
    task_logs.send()
    assert written(logs) == ["one", "two", "three"]
    task_logs.finish("arn:c")
    task_logs.send()
    assert written(logs) == ["one", "two", "three", "four"]


def test_undecodable_and_long_output_is_sent(logs: Any, task_logs: TaskLogs, tmp_path: Path) -> None:
    path = tmp_path / "t1.log"
    task_logs.follow("arn:c", STREAM, path)
    path.write_bytes(b"caf\xe9\n" + b"".join(b"line %d\n" % number for number in range(2500)))
    task_logs.send()
    assert len(written(logs)) == 2501


def test_a_container_does_not_start_if_its_role_may_not_write_logs(tmp_path: Path, logs: Any) -> None:
    (tmp_path / "server").mkdir()
    nowhere = LogStream("/ecs/nothing", "grid/grid/t1", ROLE)
    container = Container("server", "local/server", ("true",), {}, True, 1, "arn:c", log=nowhere)
    processes = Processes(tmp_path, tmp_path / "logs", TaskLogs(lambda role_arn: logs))
    with pytest.raises(CannotStartError, match="failed to create Cloudwatch log stream"):
        processes.start(container, "t1", {})


def test_a_missing_role_is_a_cannot_log_error(tmp_path: Path) -> None:
    def no_role(role_arn: str) -> Any:
        raise LookupError(f"the role {role_arn} does not exist")

    with pytest.raises(CannotLogError, match="does not exist"):
        TaskLogs(no_role).follow("arn:c", STREAM, tmp_path / "t1.log")


def test_the_output_of_a_process_arrives(logs: Any, task_logs: TaskLogs, tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    command = ("python", "-c", "print('up')")
    container = Container("server", "local/server", command, {}, True, 1, "arn:c", log=STREAM)
    processes = Processes(tmp_path, tmp_path / "logs", task_logs)
    processes.start(container, "t1", {"PATH": os.environ["PATH"]})
    deadline = time.monotonic() + 300
    while processes.exit_code("arn:c") is None and time.monotonic() < deadline:
        time.sleep(0.02)
    processes.forget("arn:c")
    task_logs.send()
    assert written(logs) == ["up"]


@pytest.mark.parametrize(
    ("log", "role", "expected"),
    [
        ({"awslogs-group": "/ecs/study", "awslogs-stream-prefix": "grid"}, ROLE, STREAM),
        ({"awslogs-group": "/ecs/study"}, ROLE, None),
        ({"awslogs-group": "/ecs/study", "awslogs-stream-prefix": "grid"}, "", None),
    ],
)
def test_a_log_stream_needs_group_prefix_and_role(log: dict[str, str], role: str, expected: LogStream | None) -> None:
    definition = {"name": "grid", "image": "i", "logConfiguration": {"logDriver": "awslogs", "options": log}}
    (container,) = build_containers([definition], {}, "study-1", "t1", role)
    assert container.log == expected
