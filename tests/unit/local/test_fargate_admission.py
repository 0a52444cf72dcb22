"""Whom a task's security groups admit decides where its containers listen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.local.stand_in import StandIn

WORLD = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
OFFICE = {"IpRanges": [{"CidrIp": "192.0.2.0/24"}]}


def group(fargate: StandIn, *rules: dict[str, Any]) -> str:
    vpc = fargate.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    made = str(fargate.ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"])
    for rule in rules:
        permission = {"IpProtocol": "tcp", "FromPort": 5000, "ToPort": 5000, **rule}
        fargate.ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[permission])
    return made


def cloudfront(fargate: StandIn) -> dict[str, Any]:
    """A rule for CloudFront's edges, as the edge route has it."""
    name = "com.amazonaws.global.cloudfront.origin-facing"
    filters = [{"Name": "prefix-list-name", "Values": [name]}]
    (found,) = fargate.ec2.describe_managed_prefix_lists(Filters=filters)["PrefixLists"]
    return {"PrefixListIds": [{"PrefixListId": found["PrefixListId"]}]}


def run(fargate: StandIn, group_id: str) -> Any:
    network = {"subnets": [fargate.subnet], "securityGroups": [group_id], "assignPublicIp": "ENABLED"}
    fargate.started(networkConfiguration={"awsvpcConfiguration": network})
    (task,) = fargate.engine.tasks()
    return task


def test_a_task_that_everyone_may_reach_listens_at_its_public_address(fargate: StandIn) -> None:
    task = run(fargate, group(fargate, OFFICE, WORLD))
    assert task.listens == task.address != ""


@pytest.mark.parametrize("admitted", ["none", "some", "the edges"])
def test_any_other_task_listens_behind_its_public_address(fargate: StandIn, admitted: str) -> None:
    rules = {"none": [], "some": [OFFICE], "the edges": [cloudfront(fargate)]}
    task = run(fargate, group(fargate, *rules[admitted]))
    assert task.listens not in {task.address, ""}
    shown = fargate.ec2.describe_addresses()["Addresses"][0]["PublicIp"]
    assert shown == task.address, "AWS shows the public address only"
