"""The permissions that each call needs, and the error that a refused caller gets."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.fargate.authorization import Check, access_key_of, checks_for_ecs
from local.places import ACCOUNT_ID, REGION
from tests.unit.local.stand_in import StandIn

ECS = f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:"
CLUSTER = f"{ECS}cluster/study-1"


def test_run_task_is_checked_against_the_task_definition_within_the_cluster(fargate: StandIn) -> None:
    fargate.cluster()
    definition = fargate.define()
    fargate.run()

    assert Check("ecs:RunTask", definition, {"ecs:cluster": CLUSTER}) in fargate.checks


def test_run_task_passes_the_roles_of_the_definition(fargate: StandIn) -> None:
    role = f"arn:aws:iam::{ACCOUNT_ID}:role/session_task"
    fargate.cluster()
    fargate.ecs.register_task_definition(
        family="grid",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        taskRoleArn=role,
        containerDefinitions=[{"name": "server", "image": "local/x"}],
    )
    fargate.checks.clear()
    fargate.run()

    assert Check("iam:PassRole", role, {"iam:PassedToService": "ecs-tasks.amazonaws.com"}) in fargate.checks


@pytest.mark.parametrize(
    ("operation", "body", "expected"),
    [
        ("StopTask", {"cluster": "study-1", "task": "t1"}, [("ecs:StopTask", f"{ECS}task/study-1/t1")]),
        (
            "DescribeTasks",
            {"cluster": CLUSTER, "tasks": ["t1", f"{ECS}task/study-1/t2"]},
            [("ecs:DescribeTasks", f"{ECS}task/study-1/t1"), ("ecs:DescribeTasks", f"{ECS}task/study-1/t2")],
        ),
        ("ListTasks", {"cluster": "study-1"}, [("ecs:ListTasks", "*")]),
        ("DeleteCluster", {"cluster": "study-1"}, [("ecs:DeleteCluster", CLUSTER)]),
        ("DescribeClusters", {"clusters": ["study-1"]}, [("ecs:DescribeClusters", CLUSTER)]),
        ("ListClusters", {}, [("ecs:ListClusters", "*")]),
        ("CreateCluster", {"clusterName": "study-1"}, [("ecs:CreateCluster", "*")]),
        (
            "CreateCluster",
            {"clusterName": "study-1", "tags": [{"key": "a", "value": "b"}]},
            [("ecs:CreateCluster", "*"), ("ecs:TagResource", CLUSTER)],
        ),
        ("RegisterTaskDefinition", {"family": "grid"}, [("ecs:RegisterTaskDefinition", "*")]),
        (
            "RegisterTaskDefinition",
            {"family": "grid", "taskRoleArn": "arn:aws:iam::1:role/a", "tags": [{"key": "a", "value": "b"}]},
            [
                ("ecs:RegisterTaskDefinition", "*"),
                ("ecs:TagResource", f"{ECS}task-definition/grid:*"),
                ("iam:PassRole", "arn:aws:iam::1:role/a"),
            ],
        ),
    ],
)
def test_an_operation_needs_its_action_on_its_resources(
    operation: str, body: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert [(check.action, check.resource) for check in checks_for_ecs(operation, body)] == expected


def test_tasks_are_checked_with_their_cluster_as_condition() -> None:
    for operation in ("StopTask", "ListTasks"):
        (check,) = checks_for_ecs(operation, {"cluster": "study-1", "task": "t1"})
        assert check.context == {"ecs:cluster": CLUSTER}


def test_a_definition_is_registered_and_tagged_with_its_tags_as_condition() -> None:
    body = {"family": "grid", "tags": [{"key": "a", "value": "b"}]}
    registered, tagged = checks_for_ecs("RegisterTaskDefinition", body)
    assert registered.context == {"aws:RequestTag/a": "b", "aws:TagKeys": ["a"]}
    assert tagged.context == {**registered.context, "ecs:CreateAction": "RegisterTaskDefinition"}


def test_a_refused_call_names_action_and_resource_and_does_nothing(fargate: StandIn) -> None:
    fargate.cluster()
    definition = fargate.define()
    fargate.refuse.append("ecs:RunTask")

    with pytest.raises(fargate.ecs.exceptions.AccessDeniedException, match=f"ecs:RunTask on {definition}"):
        fargate.run()
    assert fargate.engine.tasks() == []


def test_a_refused_ec2_call_fails_as_ec2_fails(fargate: StandIn) -> None:
    fargate.refuse.append("ec2:DescribeNetworkInterfaces")
    with pytest.raises(ClientError) as refused:
        fargate.ec2.describe_network_interfaces()
    assert refused.value.response["Error"]["Code"] == "UnauthorizedOperation"


def test_the_access_key_is_read_from_the_signature() -> None:
    header = "AWS4-HMAC-SHA256 Credential=ASIAX/20260101/us-east-1/ecs/aws4_request, SignedHeaders=host"
    assert access_key_of(header) == "ASIAX"
    assert access_key_of("") == ""
