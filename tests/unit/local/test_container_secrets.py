"""Secrets of a task definition reach its container as variables, or the container does not start."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.fargate.container_secrets import CannotReadSecretError, ContainerSecrets
from local.fargate.containers import CannotStartError, Processes
from local.fargate.placement import build_containers
from local.fargate.tasks import Container
from local.places import REGION

ROLE = "arn:aws:iam::123456789012:role/execution"


@pytest.fixture
def arn() -> Any:
    with mock_aws():
        client = boto3.client("secretsmanager", region_name=REGION)
        made = client.create_secret(Name="lab/certificate", SecretString=json.dumps({"fullchain": "F", "privkey": "K"}))
        yield made["ARN"]


def reader(roles: list[str] | None = None) -> ContainerSecrets:
    def client_of(role: str) -> Any:
        if roles is not None:
            roles.append(role)
        return boto3.client("secretsmanager", region_name=REGION)

    return ContainerSecrets(client_of)


def test_a_key_of_a_secret_and_a_whole_secret_are_read_with_the_execution_role(arn: str) -> None:
    roles: list[str] = []
    found = reader(roles).values({"CHAIN": f"{arn}:fullchain::", "WHOLE": arn}, ROLE)
    assert found["CHAIN"] == "F"
    assert json.loads(found["WHOLE"]) == {"fullchain": "F", "privkey": "K"}
    assert roles == [ROLE]


def test_a_container_without_secrets_asks_for_none() -> None:
    roles: list[str] = []
    assert reader(roles).values({}, ROLE) == {}
    assert roles == []


@pytest.mark.parametrize(("suffix", "why"), [(":other::", "did not contain json key other"), ("x", "can't find")])
def test_a_secret_that_cannot_be_read_stops_the_start(arn: str, tmp_path: Path, suffix: str, why: str) -> None:
    with pytest.raises(CannotReadSecretError, match=why):
        reader().values({"CHAIN": arn + suffix}, ROLE)
    (tmp_path / "server").mkdir()
    processes = Processes(tmp_path, tmp_path / "logs", secrets=reader())
    container = Container("s", "local/server", ("true",), {}, True, 1, "arn:c", secrets={"CHAIN": arn + suffix})
    with pytest.raises(CannotStartError, match="ResourceInitializationError"):
        processes.start(container, "t1", {"PATH": os.environ["PATH"]})


def test_a_task_definition_s_secrets_are_the_container_s(arn: str) -> None:
    definition = {"name": "s", "image": "local/server", "secrets": [{"name": "CHAIN", "valueFrom": arn}]}
    (container,) = build_containers([definition], {}, "c", "t1", ROLE)
    assert (container.secrets, container.execution_role_arn) == ({"CHAIN": arn}, ROLE)
