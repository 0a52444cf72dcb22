"""The optional permissions boundary, role path and customer key: on and off, in every place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.terraform.planning import ACCOUNT_ID, REGION, Plan, Root

pytestmark = pytest.mark.terraform

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0"
BOUNDARY = f"arn:aws:iam::{ACCOUNT_ID}:policy/teams/boundary"
PATH = "/research/hippo/"

#: Places of the key: resource type and attribute.
PLACES = {
    "aws_cloudwatch_log_group": "kms_key_id",
    "aws_sns_topic": "kms_master_key_id",
    "aws_sqs_queue": "kms_master_key_id",
    "aws_ssm_parameter": "key_id",
}


@pytest.fixture(scope="module")
def guarded(root: Root) -> Plan:
    """A deployment with all three, and every optional part that has a role or a place for the key."""
    route53 = boto3.client("route53", region_name=REGION)
    zone = route53.create_hosted_zone(Name="play.example.net", CallerReference="guarded")["HostedZone"]["Id"]
    return root.plan(
        region=REGION,
        root_domain="play.example.net",
        hosted_zone_id=zone.removeprefix("/hostedzone/"),
        subnet_ids=["subnet-0a1"],
        security_group_ids=["sg-0b2"],
        website={},
        cluster_mode="shared",
        permissions_boundary_arn=BOUNDARY,
        role_path=PATH,
        kms_key_arn=KEY,
        session_task_role="shared",
    )


@pytest.fixture(scope="module")
def key_policy(guarded: Plan) -> dict[str, dict[str, Any]]:
    """The statements that the key's policy needs, by name."""
    output = guarded.document["planned_values"]["outputs"]["kms_key_policy"]
    return {statement["Sid"]: statement for statement in json.loads(output["value"])["Statement"]}


def encrypted_buckets(plan: Plan) -> Iterator[dict[str, Any]]:
    for found in plan.of_type("aws_s3_bucket_server_side_encryption_configuration"):
        (rule,) = found.values["rule"]
        yield rule


def test_every_role_has_the_boundary_and_the_path(guarded: Plan) -> None:
    roles = guarded.of_type("aws_iam_role")
    assert len(roles) >= 10
    assert {(role.values["permissions_boundary"], role.values["path"]) for role in roles} == {(BOUNDARY, PATH)}


def test_without_the_settings_no_role_has_a_boundary_or_path(pilot: Plan) -> None:
    roles = pilot.of_type("aws_iam_role")
    assert {(role.values["permissions_boundary"], role.values["path"]) for role in roles} == {(None, "/")}


STATE_RECORD = "module.owner.aws_ssm_parameter.this"
"""Holds the address of a state and no secret; a preflight without the key reads it."""


def test_policies_name_roles_with_their_path(guarded: Plan) -> None:
    role = f"arn:aws:iam::{ACCOUNT_ID}:role{PATH}HIPPO_Gym"
    assert guarded.environment("start_server")["SCHEDULER_ROLE_ARN"] == f"{role}_scheduler"
    to_tasks: dict[str, Any] = {"iam__PassedToService": "ecs-tasks.amazonaws.com"}
    for name in ("session_execution", "session_task"):
        assert guarded.allows("start_server", "iam:PassRole", f"{role}_{name}", **to_tasks)
        assert guarded.researcher_may("iam:PassRole", f"{role}_{name}", **to_tasks)
        assert not guarded.researcher_may("iam:PassRole", f"{role.replace(PATH, '/')}_{name}", **to_tasks)


def test_every_place_has_the_key(guarded: Plan) -> None:
    for kind, attribute in PLACES.items():
        encrypted = [found for found in guarded.of_type(kind) if found.address != STATE_RECORD]
        assert {found.values[attribute] for found in encrypted} == {KEY}, kind
    assert len(guarded.of_type("aws_cloudwatch_log_group")) >= 9
    rules = list(encrypted_buckets(guarded))
    assert len(rules) == 2  # projects and page
    for rule in rules:
        assert rule["bucket_key_enabled"] is True
        (default,) = rule["apply_server_side_encryption_by_default"]
        assert (default["sse_algorithm"], default["kms_master_key_id"]) == ("aws:kms", KEY)


def test_the_description_is_a_secure_string_only_with_a_key(guarded: Plan, pilot: Plan) -> None:
    address = "module.deployment_description.aws_ssm_parameter.this"
    assert (guarded.at(address)["type"], pilot.at(address)["type"]) == ("SecureString", "String")


def test_without_a_key_no_place_names_one(pilot: Plan) -> None:
    for kind, attribute in PLACES.items():
        assert {found.values.get(attribute) for found in pilot.of_type(kind)} <= {None}, kind
    for rule in encrypted_buckets(pilot):
        (default,) = rule["apply_server_side_encryption_by_default"]
        assert default["sse_algorithm"] == "AES256"
    assert all(queue.values["sqs_managed_sse_enabled"] is True for queue in pilot.of_type("aws_sqs_queue"))


def test_without_a_key_no_policy_allows_one(pilot: Plan) -> None:
    assert not any("kms:" in json.dumps(policy) for policy in pilot.policies.values())
    assert pilot.document["planned_values"]["outputs"].get("kms_key_policy", {}).get("value") is None


def test_each_use_of_the_key_is_for_one_service_and_resource(guarded: Plan) -> None:
    uses = [
        (address, statement)
        for address, policy in guarded.policies.items()
        for statement in policy["Statement"]
        if any(action.startswith("kms:") for action in _listed(statement["Action"]))
    ]
    assert len({address for address, _ in uses}) == 12  # eight functions; task, scheduler, rule; researchers
    for address, statement in uses:
        assert statement["Resource"] == KEY, address
        assert set(_listed(statement["Action"])) <= {"kms:Decrypt", "kms:GenerateDataKey"}, address
        keys = set(statement["Condition"]["StringEquals"])
        assert "kms:ViaService" in keys, address
        assert any(key.startswith("kms:EncryptionContext:") for key in keys), address


def test_the_researchers_policy_fits_with_a_key_too(guarded: Plan) -> None:
    assert len(json.dumps(guarded.researcher_policy, separators=(",", ":"))) < 6144


# --- the key's own policy ---


def test_the_first_plan_knows_the_key_s_policy(key_policy: dict[str, Any]) -> None:
    assert set(key_policy) == {
        "RolesOfThisAccountWithPermission",
        "LogsOfThisDeployment",
        "EventBridgePublishes",
        "EventBridgePutsAside",
        "NotificationsPutAside",
        "AlarmsPublish",
        "BudgetsPublish",
        "CloudFrontReadsThePage",
    }


def test_the_key_s_policy_admits_each_service_only_under_a_condition(key_policy: dict[str, Any]) -> None:
    for name, statement in key_policy.items():
        assert ("Condition" in statement) == ("Service" in statement["Principal"]), name


def test_the_key_s_policy_names_every_log_group(guarded: Plan, key_policy: dict[str, Any]) -> None:
    made = {found.values["name"] for found in guarded.of_type("aws_cloudwatch_log_group")}
    named = key_policy["LogsOfThisDeployment"]["Condition"]["ArnEquals"]["kms:EncryptionContext:aws:logs:arn"]
    assert {arn.partition("log-group:")[2] for arn in named} == made


def test_the_key_s_policy_allows_eventbridge_the_stop_topic_only(key_policy: dict[str, Any]) -> None:
    """For EventBridge publishing as a service; with the rule's role, the role's policy applies."""
    statement = key_policy["EventBridgePublishes"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert set(_listed(statement["Action"])) == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert statement["Condition"] == {
        "StringEquals": {
            "kms:EncryptionContext:aws:sns:topicArn": f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:HIPPO_Gym_stop_server"
        }
    }


def test_the_key_s_policy_names_queues(guarded: Plan, key_policy: dict[str, Any]) -> None:
    def named(sid: str) -> list[str]:
        arns = key_policy[sid]["Condition"]["StringEquals"]["kms:EncryptionContext:aws:sqs:arn"]
        return [arn.rsplit(":", 1)[-1] for arn in _listed(arns)]

    queues = {found.values["name"] for found in guarded.of_type("aws_sqs_queue")}
    assert named("EventBridgePutsAside") == ["HIPPO_Gym_stop_server_dead_letters"]
    assert set(named("NotificationsPutAside")) == queues


@pytest.mark.parametrize(
    "wrong",
    [
        {
            "permissions_boundary_arn": f"arn:aws:iam::{ACCOUNT_ID}:role/boundary",
            "role_path": "research",
            "kms_key_arn": f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:alias/hippo",
        },
        {"role_path": "/research", "kms_key_arn": f"arn:aws:kms:eu-west-1:{ACCOUNT_ID}:key/0f1e"},
        {"kms_key_arn": "0f1e2d3c"},
    ],
    ids=" ".join,
)
def test_the_error_names_every_wrong_variable(root: Root, wrong: dict[str, str]) -> None:
    with pytest.raises(RuntimeError) as refused:
        root.plan(region=REGION, root_domain="play.example.net", **wrong)
    assert [variable for variable in wrong if f"{variable} must " not in str(refused.value)] == []


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
