"""What was changed outside Terraform: shown, unless it is the work of Terraform's last apply."""

from __future__ import annotations

from typing import Any

import pytest

from plan_review import drift
from tests.unit.plan_review.plans import change, plan_of, policy, review

READ = policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
ROLE = {"id": "r", "name": "r", "inline_policy": [], "managed_policy_arns": []}
GROUP = {"id": "sg-1", "name": "g", "ingress": []}
BUCKET = {"id": "b", "bucket": "b", "policy": ""}
TOPIC = {"id": "arn:t", "arn": "arn:t", "name": "t", "policy": "{}"}
TABLE = {"id": "rtb-1", "route": []}

ROLE_POLICY = change("aws_iam_role_policy.p", *[{"role": "r", "name": "p", "policy": READ}] * 2)
ATTACHED = change("aws_iam_role_policy_attachment.a", *[{"role": "r", "policy_arn": "arn:p"}] * 2)
RULE = change(
    "aws_vpc_security_group_ingress_rule.i",
    *[{"security_group_id": "sg-1", "cidr_ipv4": "0.0.0.0/0", "from_port": 80, "to_port": 80, "ip_protocol": "tcp"}]
    * 2,
)
BUCKET_POLICY = change("aws_s3_bucket_policy.p", *[{"bucket": "b", "policy": READ}] * 2)
TOPIC_POLICY = change("aws_sns_topic_policy.p", *[{"arn": "arn:t", "policy": READ}] * 2)
INTERNET = change("aws_route.r", *[{"route_table_id": "rtb-1", "destination_cidr_block": "0.0.0.0/0"}] * 2)

OPEN = {"cidr_blocks": ["0.0.0.0/0"], "from_port": 80, "to_port": 80, "protocol": "tcp", "ipv6_cidr_blocks": []}
ADDED = {"name": "p", "policy": READ}

NO_CHANGES = "**No changes.** The deployment matches this checkout, its bundle and its settings."

MIRRORS: dict[str, tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "a role's inline policy": ("aws_iam_role.r", ROLE, {"inline_policy": [ADDED]}, ROLE_POLICY),
    "a role's managed policies": ("aws_iam_role.r", ROLE, {"managed_policy_arns": ["arn:p"]}, ATTACHED),
    "a group's rules": ("aws_security_group.g", GROUP, {"ingress": [OPEN]}, RULE),
    "a bucket's policy": ("aws_s3_bucket.b", BUCKET, {"policy": READ}, BUCKET_POLICY),
    "a topic's policy": ("aws_sns_topic.t", TOPIC, {"policy": READ}, TOPIC_POLICY),
    "a table's routes": ("aws_route_table.t", TABLE, {"route": [{"cidr_block": "0.0.0.0/0"}]}, INTERNET),
    "empty tags": ("aws_vpc.v", {"id": "v", "tags": None}, {"tags": {}, "tags_all": {"a": "b"}}, RULE),
    "a version that follows": ("aws_lambda_function.f", {"version": "1"}, {"version": "2", "last_modified": "x"}, RULE),
}

MADE_BY_HAND: dict[str, tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], str]] = {
    "another inline policy": (
        *("aws_iam_role.r", {**ROLE, "inline_policy": [ADDED]}),
        *({"inline_policy": [ADDED, {"name": "own", "policy": READ}]}, ROLE_POLICY, "`inline_policy."),
    ),
    "another managed policy": (
        *("aws_iam_role.r", ROLE, {"managed_policy_arns": ["arn:p", "arn:q"]}, ATTACHED),
        '`managed_policy_arns` (none) → ["arn:p", "arn:q"]',
    ),
    "another rule": (
        *("aws_security_group.g", GROUP, {"ingress": [OPEN, {**OPEN, "from_port": 22, "to_port": 22}]}, RULE),
        "`ingress.",
    ),
    "another route": (
        *("aws_route_table.t", TABLE, {"route": [{"cidr_block": "0.0.0.0/0"}, {"cidr_block": "10.9.0.0/16"}]}),
        *(INTERNET, "`route."),
    ),
    "a policy of a bucket without one": (
        *("aws_s3_bucket.b", {**BUCKET, "policy": READ}, {"policy": policy()}, TOPIC_POLICY),
        "`policy` was changed → see plan.json",
    ),
    "another name": ("aws_sns_topic.t", TOPIC, {"display_name": "x"}, TOPIC_POLICY, "`display_name` (none) → x"),
}


@pytest.mark.parametrize("name", MIRRORS)
def test_a_setting_that_repeats_another_resource_is_no_drift(name: str) -> None:
    address, before, after, other = MIRRORS[name]
    real = {**before, **after}
    plan = plan_of(change(address, real, real), other, resource_drift=[change(address, before, real)])
    assert drift.text(plan) == ""
    assert (
        review(plan)
        .rstrip()
        .endswith("**No changes.** The deployment matches this checkout, its bundle and its settings.")
    )


@pytest.mark.parametrize("name", MADE_BY_HAND)
def test_a_change_by_hand_is_drift(name: str) -> None:
    address, before, after, other, words = MADE_BY_HAND[name]
    real = {**before, **after}
    plan = plan_of(change(address, real, real), other, resource_drift=[change(address, before, real)])
    assert "Changed outside Terraform since the last apply: 1 resource" in review(plan)
    assert words in drift.text(plan)


def test_a_resource_that_was_deleted_by_hand_is_drift() -> None:
    plan = plan_of(change("aws_sns_topic.t", None, TOPIC), resource_drift=[change("aws_sns_topic.t", TOPIC, None)])
    assert "SNS topic `t`: deleted" in drift.text(plan)
