"""RunTask: idempotency, failures and refusals."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.loopback import post
from tests.unit.local.stand_in import StandIn


def test_the_same_client_token_repeats_the_first_answer(fargate: StandIn) -> None:
    fargate.cluster()
    fargate.define()

    first = fargate.run(clientToken="one")
    again = fargate.run(clientToken="one")

    assert first["tasks"] == again["tasks"]
    assert len(fargate.engine.tasks()) == 1


def test_a_client_token_with_other_parameters_is_a_conflict_that_lists_the_tasks(fargate: StandIn) -> None:
    fargate.cluster()
    fargate.define()
    arn = fargate.run(clientToken="one")["tasks"][0]["taskArn"]

    with pytest.raises(fargate.ecs.exceptions.ConflictException) as conflict:
        fargate.run(clientToken="one", startedBy="another caller")

    assert conflict.value.response["resourceIds"] == [arn]


def test_a_client_token_applies_only_within_its_cluster(fargate: StandIn) -> None:
    fargate.cluster("study-1")
    fargate.cluster("study-2")
    fargate.define()

    fargate.run(clientToken="one")
    fargate.run(clientToken="one", cluster="study-2")

    assert len(fargate.engine.tasks()) == 2


def test_a_shortage_is_a_failure_of_a_successful_call_and_is_replayed(fargate: StandIn) -> None:
    fargate.cluster()
    fargate.define()
    post(f"{fargate.url}/_fargate/capacity", {"capacityProvider": "FARGATE_SPOT", "count": 1})

    short = fargate.run(clientToken="one")
    replayed = fargate.run(clientToken="one")
    fresh = fargate.run(clientToken="two")

    assert short["tasks"] == replayed["tasks"] == []
    assert short["failures"][0]["reason"].startswith("Capacity is unavailable at this time")
    assert replayed["failures"] == short["failures"]
    assert len(fresh["tasks"]) == 1


def test_a_shortage_of_spot_does_not_affect_on_demand(fargate: StandIn) -> None:
    fargate.cluster()
    fargate.define()
    post(f"{fargate.url}/_fargate/capacity", {"capacityProvider": "FARGATE_SPOT", "count": 1})

    answer = fargate.run(capacityProviderStrategy=[{"capacityProvider": "FARGATE"}])

    assert answer["tasks"][0]["capacityProviderName"] == "FARGATE"


def test_an_ordered_error_occurs_once(fargate: StandIn) -> None:
    fargate.cluster()
    fargate.define()
    error = {"operation": "RunTask", "code": "ThrottlingException", "message": "Rate exceeded"}
    post(f"{fargate.url}/_fargate/errors", error)

    with pytest.raises(ClientError, match="Rate exceeded"):
        fargate.run()
    assert len(fargate.run()["tasks"]) == 1


def test_a_provisioning_cluster_accepts_no_tasks(fargate: StandIn) -> None:
    fargate.define()
    made = fargate.ecs.create_cluster(clusterName="study-1", capacityProviders=["FARGATE_SPOT"])

    assert made["cluster"]["status"] == "PROVISIONING"
    with pytest.raises(ClientError, match="Cluster was not ACTIVE"):
        fargate.run()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cluster": "other"}, "Cluster not found"),
        ({"taskDefinition": "other"}, "TaskDefinition not found"),
        ({"networkConfiguration": {}}, "Network Configuration must be provided"),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0"]}}},
            "The subnet ID 'subnet-0' does not exist",
        ),
        ({"capacityProviderStrategy": [{"capacityProvider": "mine"}]}, "not associated with the cluster"),
        ({"overrides": {"containerOverrides": [{"name": "x"}]}}, "not a container in the TaskDefinition"),
        ({"clientToken": "x" * 65}, "64 characters"),
        ({"count": 11}, "between 1 and 10"),
        ({"launchType": "FARGATE"}, "both a launch type and capacity provider strategy"),
    ],
)
def test_a_call_that_aws_would_refuse_is_refused(fargate: StandIn, changes: dict[str, Any], message: str) -> None:
    fargate.cluster()
    fargate.define()

    with pytest.raises(ClientError, match=message):
        fargate.run(**changes)
    assert fargate.engine.tasks() == []
