"""Services that the planned policies of topics, queues, functions and roles admit, and for which resources."""

from __future__ import annotations

from typing import Any

import pytest

from tests.terraform.planning import ACCOUNT_ID, REGION, Plan, Root

pytestmark = pytest.mark.terraform

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:pilot"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/pilot_task_stopped"


def of_services(pilot: Plan, kind: str) -> dict[tuple[str, str], Any]:
    """Return the services that a kind of resource policy admits, by topic or queue, with their conditions."""
    return {
        (address.rsplit('"', 2)[1], statement["Principal"]["Service"]): statement.get("Condition")
        for address, policy in pilot.policies.items()
        if kind in address
        for statement in policy["Statement"]
        if isinstance(statement["Principal"], dict) and "Service" in statement["Principal"]
    }


def test_only_eventbridge_publishes_to_a_session_topic_and_only_for_its_rule(pilot: Plan) -> None:
    """With the rule's role, or as a service: AWS's pages contradict each other."""
    assert of_services(pilot, "module.session_topics.aws_sns_topic_policy") == {
        ("stop_server", "events.amazonaws.com"): {"ArnEquals": {"aws:SourceArn": RULE}}
    }
    target = pilot.at("module.session_stops.aws_cloudwatch_event_target.stop_topic")
    assert target["arn"] == f"{TOPIC}_stop_server"
    stops = pilot.document["configuration"]["root_module"]["module_calls"]["session_stops"]["module"]
    (configured,) = [each for each in stops["resources"] if each["address"] == "aws_cloudwatch_event_target.stop_topic"]
    assert "aws_iam_role.task_events.arn" in configured["expressions"]["role_arn"]["references"]
    rule = pilot.at("module.session_stops.aws_cloudwatch_event_rule.task_stopped")["name"]
    assert RULE.endswith(f":rule/{rule}")  # the condition names the created rule


def test_principals_that_may_publish_to_a_session_topic(pilot: Plan) -> None:
    account, rule = {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, {"Service": "events.amazonaws.com"}
    for topic, admitted in {"start_server": [account], "stop_server": [account, rule]}.items():
        policy = pilot.policies[f'module.session_topics.aws_sns_topic_policy.this["{topic}"].policy']
        principals = [each["Principal"] for each in policy["Statement"] if each["Effect"] == "Allow"]
        assert principals == admitted


def test_the_alternatives_for_a_rule_that_cannot_publish(root: Root) -> None:
    """As docs/alarms.md says at the alarm stop_rule: a target without role, a topic policy without condition."""
    settings = {"role": False, "source_condition": False}
    plan = root.plan(name="pilot", region=REGION, root_domain="play.example.net", task_event_publishing=settings)
    # A plan omits values that are known after the apply; None is a target without a role.
    assert plan.at("module.session_stops.aws_cloudwatch_event_target.stop_topic")["role_arn"] is None
    assert of_services(plan, "module.session_topics.aws_sns_topic_policy") == {
        ("stop_server", "events.amazonaws.com"): None
    }


def test_functions_may_be_invoked_only_by_the_source_s_arn(pilot: Plan) -> None:
    """Only S3's ARNs contain no account; no page says whether SNS sends aws:SourceAccount to Lambda."""
    permissions = [permission.values for permission in pilot.of_type("aws_lambda_permission")]
    assert {permission["principal"] for permission in permissions} == {
        "apigateway.amazonaws.com",
        "events.amazonaws.com",
        "sns.amazonaws.com",
    }
    assert [each for each in permissions if each.get("source_account")] == []


def test_only_the_task_state_rule_assumes_its_publishing_role(pilot: Plan) -> None:
    policy = pilot.policies["module.session_stops.aws_iam_role.task_events.assume_role_policy"]
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT_ID},
        "ArnEquals": {"aws:SourceArn": RULE},
    }


def test_the_dead_letter_queues_admit_this_deployment_s_topics_and_rule(pilot: Plan) -> None:
    """By ARN, which contains the account: no page says that they send aws:SourceAccount to a queue."""
    assert of_services(pilot, "module.session_topics.aws_sqs_queue_policy") == {
        ("stop_server", "events.amazonaws.com"): {"ArnEquals": {"aws:SourceArn": RULE}},
        ("stop_server", "sns.amazonaws.com"): {"ArnEquals": {"aws:SourceArn": f"{TOPIC}_stop_server"}},
        ("start_server", "sns.amazonaws.com"): {"ArnEquals": {"aws:SourceArn": f"{TOPIC}_start_server"}},
    }


def test_every_role_trusts_one_service_for_this_account(pilot: Plan) -> None:
    """Not Lambda's: aws:SourceArn "applies only to policies where your Lambda function is the target" (its guide)."""
    trusted = {address: policy for address, policy in pilot.policies.items() if address.endswith("assume_role_policy")}
    assert len(trusted) == len(pilot.of_type("aws_iam_role"))
    for address, policy in trusted.items():
        (statement,) = policy["Statement"]
        compared = statement.get("Condition", {}).get("StringEquals", {})
        service = statement["Principal"]["Service"]
        account = None if service == "lambda.amazonaws.com" else ACCOUNT_ID
        assert compared.get("aws:SourceAccount") == account, address


def test_a_topic_policy_names_its_topic_as_the_resource(pilot: Plan) -> None:
    """The old system's policy named a function, so that scheduled stops never arrived."""
    for topic in ("start_server", "stop_server"):
        policy = pilot.policies[f'module.session_topics.aws_sns_topic_policy.this["{topic}"].policy']
        assert {statement["Resource"] for statement in policy["Statement"]} == {f"{TOPIC}_{topic}"}
