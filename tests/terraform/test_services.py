"""Which services the planned policies of topics, queues, functions and roles admit, and on whose behalf."""

from __future__ import annotations

from typing import Any

import pytest

from tests.terraform.planning import ACCOUNT_ID, REGION, Plan, Root

pytestmark = pytest.mark.terraform

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:pilot"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/pilot_task_stopped"


def of_services(pilot: Plan, kind: str) -> dict[tuple[str, str], Any]:
    """Which services a kind of resource policy admits to which topic or queue, on which conditions."""
    return {
        (address.rsplit('"', 2)[1], statement["Principal"]["Service"]): statement.get("Condition")
        for address, policy in pilot.policies.items()
        if kind in address
        for statement in policy["Statement"]
        if isinstance(statement["Principal"], dict) and "Service" in statement["Principal"]
    }


def test_eventbridge_publishes_to_the_stop_topic_for_its_rule_and_no_other_service_to_either(pilot: Plan) -> None:
    """With the rule's role, or as itself: AWS's pages contradict each other on which of the two it does."""
    assert of_services(pilot, "module.session_topics.aws_sns_topic_policy") == {
        ("stop_server", "events.amazonaws.com"): {"ArnEquals": {"aws:SourceArn": RULE}}
    }
    target = pilot.at("module.session_stops.aws_cloudwatch_event_target.stop_topic")
    assert target["arn"] == f"{TOPIC}_stop_server"
    stops = pilot.document["configuration"]["root_module"]["module_calls"]["session_stops"]["module"]
    (configured,) = [each for each in stops["resources"] if each["address"] == "aws_cloudwatch_event_target.stop_topic"]
    assert "aws_iam_role.task_events.arn" in configured["expressions"]["role_arn"]["references"]
    rule = pilot.at("module.session_stops.aws_cloudwatch_event_rule.task_stopped")["name"]
    assert RULE.endswith(f":rule/{rule}")  # the condition names the rule that is made


def test_who_in_iam_s_terms_may_publish_to_a_session_topic(pilot: Plan) -> None:
    account, rule = {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, {"Service": "events.amazonaws.com"}
    for topic, admitted in {"start_server": [account], "stop_server": [account, rule]}.items():
        policy = pilot.policies[f'module.session_topics.aws_sns_topic_policy.this["{topic}"].policy']
        principals = [each["Principal"] for each in policy["Statement"] if each["Effect"] == "Allow"]
        assert principals == admitted


def test_the_ways_out_of_a_rule_that_cannot_publish(root: Root) -> None:
    """As docs/operate.md says at the alarm stop_rule: the role off the target, the condition off the topic's policy."""
    settings = {"role": False, "source_condition": False}
    plan = root.plan(name="pilot", region=REGION, root_domain="play.example.net", task_event_publishing=settings)
    # A value that only an apply gives is left out of a plan: None is the target without a role.
    assert plan.at("module.session_stops.aws_cloudwatch_event_target.stop_topic")["role_arn"] is None
    assert of_services(plan, "module.session_topics.aws_sns_topic_policy") == {
        ("stop_server", "events.amazonaws.com"): None
    }


def test_functions_are_invoked_by_what_the_source_s_arn_says(pilot: Plan) -> None:
    """Only S3's ARNs hold no account; whether SNS sends aws:SourceAccount to Lambda is documented nowhere."""
    permissions = [permission.values for permission in pilot.of_type("aws_lambda_permission")]
    assert {permission["principal"] for permission in permissions} == {
        "apigateway.amazonaws.com",
        "events.amazonaws.com",
        "sns.amazonaws.com",
    }
    assert [each for each in permissions if each.get("source_account")] == []


def test_the_task_state_rule_alone_takes_the_role_that_it_publishes_with(pilot: Plan) -> None:
    policy = pilot.policies["module.session_stops.aws_iam_role.task_events.assume_role_policy"]
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT_ID},
        "ArnEquals": {"aws:SourceArn": RULE},
    }


def test_the_dead_letters_admit_what_puts_aside_for_this_deployment(pilot: Plan) -> None:
    """By its ARN, which holds the account: neither is documented to send aws:SourceAccount to a queue."""
    assert of_services(pilot, "module.session_topics.aws_sqs_queue_policy") == {
        ("stop_server", "events.amazonaws.com"): {"ArnEquals": {"aws:SourceArn": RULE}},
        ("stop_server", "sns.amazonaws.com"): {"ArnEquals": {"aws:SourceArn": f"{TOPIC}_stop_server"}},
        ("start_server", "sns.amazonaws.com"): {"ArnEquals": {"aws:SourceArn": f"{TOPIC}_start_server"}},
    }


def test_every_role_is_given_to_one_service_for_this_account(pilot: Plan) -> None:
    """But Lambda's: aws:SourceArn "applies only to policies where your Lambda function is the target" (its guide)."""
    trusted = {address: policy for address, policy in pilot.policies.items() if address.endswith("assume_role_policy")}
    assert len(trusted) == len(pilot.of_type("aws_iam_role"))
    for address, policy in trusted.items():
        (statement,) = policy["Statement"]
        compared = statement.get("Condition", {}).get("StringEquals", {})
        service = statement["Principal"]["Service"]
        account = None if service == "lambda.amazonaws.com" else ACCOUNT_ID
        assert compared.get("aws:SourceAccount") == account, address


def test_a_topic_policy_names_its_topic_as_the_resource(pilot: Plan) -> None:
    """The old one named a function, so that timed stops never arrived."""
    for topic in ("start_server", "stop_server"):
        policy = pilot.policies[f'module.session_topics.aws_sns_topic_policy.this["{topic}"].policy']
        assert {statement["Resource"] for statement in policy["Statement"]} == {f"{TOPIC}_{topic}"}
