"""`make destroy` names what stays, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from hippo_deploy.destroy import Inventory
from hippo_deploy.environments import Environment
from hippo_deploy.remains import log_groups, remaining

REGION = "ca-central-1"
FOUND = Inventory("projects", ("module.projects_bucket.aws_s3_bucket.this",), ("module.api.aws_apigatewayv2_api.this",))
MADE_ZONE = Inventory("projects", FOUND.kept, (*FOUND.destroyed, "module.dns.aws_route53_zone.made[0]"))
OUTPUTS = {"name": "HIPPO_Gym", "hosted_zone_id": "Z123"}


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def prod(tmp_path: Path) -> Environment:
    environment = Environment("prod", tmp_path)
    environment.tfvars.parent.mkdir(parents=True)
    environment.tfvars.write_text('session_certificate_secret_arn = "arn:aws:secretsmanager:x"\n')
    environment.backend.write_text('bucket = "states"\n')
    return environment


def said(environment: Environment, found: Inventory) -> str:
    return "\n".join(map(str, remaining(environment, found, OUTPUTS, client)))


@pytest.mark.usefixtures("account")
def test_bucket_task_definitions_zone_secret_and_state_bucket_are_named(prod: Environment) -> None:
    text = said(prod, FOUND)
    assert "the projects bucket projects, with every version of every object: S3 storage" in text
    assert "task definitions that `hippo submit` registered: free" in text
    assert "the hosted zone Z123, which was given: $0.50 a month" in text
    assert "arn:aws:secretsmanager:x, which was given as session_certificate_secret_arn: $0.40 a month" in text
    assert "the state bucket states" in text


@pytest.mark.usefixtures("account")
def test_a_zone_that_terraform_made_does_not_stay(prod: Environment) -> None:
    assert "hosted zone" not in said(prod, MADE_ZONE)


@pytest.mark.usefixtures("account")
def test_a_key_that_stays_is_named_with_its_price(prod: Environment) -> None:
    found = Inventory("projects", (*FOUND.kept, "module.encryption[0].aws_kms_key.this"), FOUND.destroyed)
    assert "the KMS key of the data: $1.00 a month" in said(prod, found)


@pytest.mark.usefixtures("account")
def test_the_images_of_this_deployment_s_studies_are_named_and_no_others(prod: Environment) -> None:
    ecr = client("ecr")
    for name, owner in (("grid", "HIPPO_Gym"), ("maze", "another")):
        ecr.create_repository(repositoryName=name, tags=[{"Key": "hippo-gym:deployment", "Value": owner}])
    text = said(prod, FOUND)
    assert "the ECR repository grid, with 0 images of 0.00 GB together: at most $0.00 a month" in text
    assert "aws ecr delete-repository --force --repository-name grid" in text
    assert "maze" not in text


class Images:
    """An ECR with one repository of two images, 12.5 GB together."""

    def get_paginator(self, call: str) -> Images:
        self._call = call
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        if self._call == "describe_repositories":
            return [{"repositories": [{"repositoryName": "grid", "repositoryArn": "a"}]}]
        return [
            {"imageDetails": [{"imageSizeInBytes": 10 * 10**9}]},
            {"imageDetails": [{"imageSizeInBytes": 25 * 10**8}]},
        ]

    def list_tags_for_resource(self, **_: str) -> dict[str, Any]:
        return {"tags": [{"Key": "hippo-gym:deployment", "Value": "HIPPO_Gym"}]}


def test_the_cost_of_images_is_computed_from_their_size(prod: Environment) -> None:
    text = "\n".join(map(str, remaining(prod, FOUND, OUTPUTS, lambda _: Images())))
    assert "grid, with 2 images of 12.50 GB together: at most $1.25 a month" in text


def refuses(service: str) -> Any:
    raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, service)


def test_what_cannot_be_listed_is_named_with_the_reason(prod: Environment) -> None:
    text = "\n".join(map(str, remaining(prod, FOUND, OUTPUTS, refuses)))
    assert "images of studies in ECR: $0.10 a GB and month. They cannot be listed (AccessDeniedException)" in text
    [line] = log_groups("HIPPO_Gym", refuses)
    assert "They cannot be listed (AccessDeniedException)" in str(line)


@pytest.mark.usefixtures("account")
def test_log_groups_that_aws_made_are_named_with_the_command_that_deletes_them() -> None:
    logs = client("logs")
    ours = ("/aws/lambda/HIPPO_Gym_next_step", "/aws/ecs/containerinsights/HIPPO_Gym-20261122-0/performance")
    for name in (*ours, "/aws/lambda/other", "/aws/lambda/HIPPO_Gymnasium"):
        logs.create_log_group(logGroupName=name)
    assert {one.removal for one in log_groups("HIPPO_Gym", client)} == {
        f"aws logs delete-log-group --log-group-name {name}" for name in ours
    }
