"""Clusters, where moto differs from AWS: idempotent creation, deletion only when empty."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.unit.local.stand_in import StandIn


def test_creating_a_cluster_twice_returns_the_same_cluster(fargate: StandIn) -> None:
    arn = fargate.started()
    fargate.ecs.create_cluster(clusterName="study-1", capacityProviders=["FARGATE", "FARGATE_SPOT"])

    assert fargate.describe(arn)["lastStatus"] == "RUNNING"


def test_creating_a_cluster_with_other_arguments_is_refused(fargate: StandIn) -> None:
    fargate.cluster()
    with pytest.raises(ClientError, match="Arguments on this idempotent request are inconsistent"):
        fargate.ecs.create_cluster(clusterName="study-1", capacityProviders=["FARGATE"])


def test_a_cluster_with_a_stopping_task_is_not_deleted(fargate: StandIn) -> None:
    arn = fargate.started()
    fargate.ecs.stop_task(cluster="study-1", task=arn)

    with pytest.raises(fargate.ecs.exceptions.ClusterContainsTasksException):
        fargate.ecs.delete_cluster(cluster="study-1")
    fargate.pass_time(3)
    fargate.ecs.delete_cluster(cluster="study-1")

    assert fargate.ecs.list_clusters()["clusterArns"] == []


def test_a_deleted_cluster_is_inactive_and_accepts_no_tasks(fargate: StandIn) -> None:
    fargate.cluster()
    fargate.define()
    fargate.ecs.delete_cluster(cluster="study-1")

    status = fargate.ecs.describe_clusters(clusters=["study-1"])["clusters"][0]["status"]
    assert status == "INACTIVE"
    with pytest.raises(fargate.ecs.exceptions.ClusterNotFoundException):
        fargate.run()


def test_a_cluster_counts_its_tasks(fargate: StandIn) -> None:
    fargate.started()
    fargate.run()

    cluster = fargate.ecs.describe_clusters(clusters=["study-1"])["clusters"][0]
    assert (cluster["runningTasksCount"], cluster["pendingTasksCount"]) == (1, 1)


def test_the_tags_of_a_task_are_stored(fargate: StandIn) -> None:
    arn = fargate.started(tags=[{"key": "HIPPO_USER_ID", "value": "u-1"}])
    fargate.ecs.tag_resource(resourceArn=arn, tags=[{"key": "more", "value": "1"}])
    fargate.ecs.untag_resource(resourceArn=arn, tagKeys=["HIPPO_USER_ID"])

    assert fargate.ecs.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "more", "value": "1"}]
