"""Findings of the plan contract: one planted fault of each kind, and a value that AWS accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.terraform.contract.checking import check, listed
from tests.terraform.contract.limits import Finding, Limit, compiled
from tests.terraform.contract.mapping import mapped_types, read_table
from tests.terraform.contract.rows import ROWS

ROLE = {"name": "pilot_next_step", "assume_role_policy": '{"Statement": []}'}


def planned(*resources: tuple[str, dict[str, Any]], unknown: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a plan, as `terraform show -json` prints it, with resources of given types and values."""
    found = [
        {"address": f"module.m.{kind}.r{number}", "mode": "managed", "type": kind, "values": values}
        for number, (kind, values) in enumerate(resources)
    ]
    changes = [{"address": each["address"], "change": {"after_unknown": unknown or {}}} for each in found]
    module = {"child_modules": [{"address": "module.m", "resources": found}]}
    return {"planned_values": {"root_module": module}, "resource_changes": changes}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(number: int = 0, **parts: Any) -> dict[str, Any]:
    return {
        "Sid": f"S{number}",
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sns:x:1:t",
        **parts,
    }


def conditions(count: int) -> dict[str, Any]:
    return {"StringEquals": {f"aws:key{number}": "x" for number in range(count)}}


def security_headers(text: str) -> dict[str, Any]:
    return {"security_headers_config": [{"content_security_policy": [{"content_security_policy": text}]}]}


def tags(count: int) -> dict[str, str]:
    return {f"Tag{number}": "x" for number in range(count)}


def alarm(**values: Any) -> dict[str, Any]:
    return {"alarm_name": "pilot_orphans", "period": 300, "evaluation_periods": 1, **values}


def domain(length: int) -> str:
    return f"{'a' * (length - 12)}.example.net"


#: A statement of 5,200 characters: a little more than half the limit of a role's inline policies.
LONG = statement(Resource="r" * 5200)

#: Type, argument, a value that AWS accepts, a value that it refuses.
ONE_VALUE: list[tuple[str, str, Any, Any]] = [
    ("aws_acm_certificate", "domain_name", domain(64), domain(65)),
    ("aws_acm_certificate", "tags_all", tags(50), tags(51)),
    ("aws_apigatewayv2_api", "name", "n" * 128, "n" * 129),
    ("aws_budgets_budget", "name", "pilot_monthly", "pilot:monthly"),
    ("aws_budgets_budget", "limit_amount", "200.5", "2e2"),
    ("aws_cloudfront_distribution", "comment", "c" * 128, "c" * 129),
    ("aws_cloudfront_origin_access_control", "name", "n" * 64, "n" * 65),
    ("aws_cloudfront_response_headers_policy", "comment", "c" * 128, "c" * 129),
    ("aws_cloudwatch_dashboard", "dashboard_name", "pilot_1", "pilot 1"),
    ("aws_cloudwatch_event_rule", "name", "n" * 64, "n" * 65),
    ("aws_cloudwatch_event_rule", "event_pattern", "p" * 2048, "p" * 2049),
    ("aws_cloudwatch_event_rule", "schedule_expression", "rate(5 minutes)", "every 5 minutes"),
    ("aws_cloudwatch_event_target", "target_id", "stop_topic", "stop topic"),
    ("aws_cloudwatch_log_group", "name", "/aws/lambda/x", "/aws/lambda/x y"),
    ("aws_cloudwatch_log_group", "name", "/aws/lambda/x", "aws/lambda/x"),
    ("aws_cloudwatch_log_group", "retention_in_days", 90, 91),
    ("aws_cloudwatch_metric_alarm", "alarm_name", "n" * 255, "n" * 256),
    ("aws_cloudwatch_metric_alarm", "alarm_description", "d" * 1024, "d" * 1025),
    ("aws_cloudwatch_metric_alarm", "treat_missing_data", "breaching", "Breaching"),
    ("aws_ecs_cluster", "name", "pilot-shared", "pilot.shared"),
    ("aws_iam_group_policy_attachment", "group", "researchers", "lab/researchers"),
    ("aws_iam_openid_connect_provider", "url", "https://a.example", "h" * 256),
    ("aws_iam_policy", "policy", policy() + " " * 9000, f'{{"Statement": [], "x": "{"p" * 6144}"}}'),
    ("aws_iam_role", "name", "n" * 64, "n" * 65),
    ("aws_iam_role", "description", "Runs a function", "Führt Δ aus"),
    ("aws_iam_role", "assume_role_policy", policy(), f'{{"Statement": [], "x": "{"p" * 2048}"}}'),
    ("aws_iam_role", "max_session_duration", 3600, 3599),
    ("aws_lambda_function", "function_name", "n" * 64, "n" * 65),
    ("aws_lambda_function", "description", "d" * 256, "d" * 257),
    ("aws_lambda_function", "memory_size", 10240, 10241),
    ("aws_lambda_function", "timeout", 900, 901),
    ("aws_lambda_function", "runtime", "python3.13", "python3.99"),
    ("aws_lambda_function_event_invoke_config", "maximum_event_age_in_seconds", 60, 59),
    ("aws_lambda_permission", "statement_id", "GET_next", "GET next"),
    ("aws_route53_record", "name", f"{'l' * 63}.example.net", f"{'l' * 64}.example.net"),
    ("aws_route53_record", "type", "AAAA", "AAAAA"),
    ("aws_route53_zone", "comment", "c" * 256, "c" * 257),
    ("aws_route53_zone", "tags_all", tags(10), tags(11)),
    ("aws_s3_bucket", "bucket", "pilot.studies", "xn--pilot"),
    ("aws_s3_bucket", "bucket", "pilot-studies", "pilot_studies"),
    ("aws_s3_bucket", "bucket", "pilot-studies", "pilot-studies--x-s3"),
    ("aws_s3_bucket", "bucket", "10.0.0.1a", "10.0.0.1"),
    ("aws_s3_bucket_policy", "policy", policy(), f'"{"p" * 20480}"'),
    ("aws_s3_object", "key", "k" * 1024, "ä" * 513),
    ("aws_s3_object", "tags_all", tags(10), tags(11)),
    ("aws_security_group", "description", "Session servers: in, anything out", "Session servers' group"),
    ("aws_security_group", "name", "pilot_sessions", "sg-pilot"),
    ("aws_sns_topic", "name", "pilot_alarms", "pilot.alarms"),
    ("aws_sqs_queue", "name", "n" * 80, "n" * 81),
    ("aws_sqs_queue", "message_retention_seconds", 1209600, 1209601),
    ("aws_ssm_parameter", "name", "/hippo-gym/pilot", "/aws/pilot"),
    ("aws_ssm_parameter", "value", "v" * 4096, "ä" * 2049),
    ("aws_subnet", "cidr_block", "10.42.0.0/28", "10.42.0.0/29"),
    ("aws_vpc", "cidr_block", "10.0.0.0/16", "10.0.0.0/15"),
    ("aws_vpc", "cidr_block", "10.0.0.0/16", "10.0.0.1/16"),
    ("aws_vpc_security_group_egress_rule", "description", "[a] {b} = $1 & more!", "a?"),
    ("aws_vpc_security_group_ingress_rule", "description", "d" * 255, "d" * 256),
    ("aws_vpc_security_group_ingress_rule", "from_port", 65535, 65536),
    ("aws_xray_resource_policy", "policy_document", "p" * 5120, "p" * 5121),
    *((kind, "tags_all", {"Büro 1": "Δ @ 5/b"}, {"Büro!": "x"}) for kind in ("aws_sqs_queue", "aws_ecs_cluster")),
    *((kind, "tags_all", {"k" * 128: "v" * 256}, {"k" * 129: ""}) for kind in ("aws_vpc", "aws_sns_topic")),
    ("aws_subnet", "tags_all", {"k": ""}, {"k": "v" * 257}),
    ("aws_apigatewayv2_stage", "tags_all", {"k": "v"}, {"k": ""}),
    *((kind, "tags_all", {"my:aws": "x"}, {"AWS:mine": "x"}) for kind in ("aws_iam_role", "aws_s3_bucket")),
]

#: Name of the case, resources that AWS accepts together, resources that it refuses.
TOGETHER: list[tuple[str, list[tuple[str, dict[str, Any]]], list[tuple[str, dict[str, Any]]]]] = [
    (
        "two inline policies of one role",
        [("aws_iam_role_policy", {"role": role, "policy": policy(LONG)}) for role in ("x", "y")],
        [("aws_iam_role_policy", {"role": "x", "policy": policy(LONG)})] * 2,
    ),
    (
        "policies attached to one role",
        [("aws_iam_role_policy_attachment", {"role": "pilot"})] * 10,
        [("aws_iam_role_policy_attachment", {"role": "pilot"})] * 11,
    ),
    (
        "keys of a role's tags",
        [("aws_iam_role", {**ROLE, "tags_all": {"Owner": "a", "Owners": "b"}})],
        [("aws_iam_role", {**ROLE, "tags_all": {"Owner": "a", "owner": "b"}})],
    ),
    (
        "variables of a function",
        [("aws_lambda_function", {"environment": [{"variables": {"AB": "v" * 4087}}]})],
        [("aws_lambda_function", {"environment": [{"variables": {"AB": "v" * 4088}}]})],
    ),
    (
        "a variable that Lambda sets",
        [("aws_lambda_function", {"environment": [{"variables": {"AWS_ENDPOINT_URL": "x"}}]})],
        [("aws_lambda_function", {"environment": [{"variables": {"AWS_REGION": "x"}}]})],
    ),
    (
        "rules of a group",
        [("aws_vpc_security_group_ingress_rule", {"from_port": port}) for port in range(60)],
        [("aws_vpc_security_group_ingress_rule", {"from_port": port}) for port in range(61)],
    ),
    (
        "an alarm's period",
        [("aws_cloudwatch_metric_alarm", alarm(period=120))],
        [("aws_cloudwatch_metric_alarm", alarm(period=90))],
    ),
    (
        "the evaluated time of an alarm with periods shorter than an hour",
        [("aws_cloudwatch_metric_alarm", alarm(evaluation_periods=288))],
        [("aws_cloudwatch_metric_alarm", alarm(evaluation_periods=289))],
    ),
    (
        "the evaluated time of an alarm",
        [("aws_cloudwatch_metric_alarm", alarm(period=86400, evaluation_periods=7))],
        [("aws_cloudwatch_metric_alarm", alarm(period=86400, evaluation_periods=8))],
    ),
    (
        "metrics of an alarm",
        [("aws_cloudwatch_metric_alarm", alarm(metric_query=[{"id": "a", "metric": [{"period": 60}]}] * 10))],
        [("aws_cloudwatch_metric_alarm", alarm(metric_query=[{"id": "a", "metric": [{"period": 60}]}] * 11))],
    ),
    *(
        (
            f"an alarm's topic ({argument})",
            [
                ("aws_sns_topic_policy", {"policy": policy(statement(Resource="arn:aws:sns:ca-central-1:1:t"))}),
                ("aws_cloudwatch_metric_alarm", alarm(**{argument: ["arn:aws:sns:ca-central-1:123456789012:on_call"]})),
            ],
            [
                ("aws_sns_topic_policy", {"policy": policy(statement(Resource="arn:aws:sns:ca-central-1:1:t"))}),
                ("aws_cloudwatch_metric_alarm", alarm(**{argument: ["arn:aws:sns:us-east-1:123456789012:on_call"]})),
            ],
        )
        for argument in ("alarm_actions", "ok_actions")
    ),
    (
        "widgets of a dashboard",
        [("aws_cloudwatch_dashboard", {"dashboard_body": json.dumps({"widgets": [{"properties": {}}] * 500})})],
        [("aws_cloudwatch_dashboard", {"dashboard_body": json.dumps({"widgets": [{"properties": {}}] * 501})})],
    ),
    (
        "conditions of a queue's policy",
        [("aws_sqs_queue_policy", {"policy": policy(statement(Condition=conditions(10)))})],
        [("aws_sqs_queue_policy", {"policy": policy(statement(Condition=conditions(11)))})],
    ),
    (
        "statements of a queue's policy",
        [("aws_sqs_queue_policy", {"policy": policy(*map(statement, range(20)))})],
        [("aws_sqs_queue_policy", {"policy": policy(*map(statement, range(21)))})],
    ),
    (
        "actions of a statement of a queue's policy",
        [("aws_sqs_queue_policy", {"policy": policy(statement(Action=["sqs:a"] * 7))})],
        [("aws_sqs_queue_policy", {"policy": policy(statement(Action=["sqs:a"] * 8))})],
    ),
    (
        "the resource of a topic's policy",
        [("aws_sns_topic_policy", {"policy": policy(statement(0), statement(1))})],
        [("aws_sns_topic_policy", {"policy": policy(statement(0), statement(1, Resource="arn:aws:sns:x:1:u"))})],
    ),
    (
        "the size of a topic's policy",
        [("aws_sns_topic_policy", {"policy": policy(statement(Sid="s" * 30000))})],
        [("aws_sns_topic_policy", {"policy": policy(statement(Sid="s" * 31000))})],
    ),
    (
        "names of statements",
        [("aws_iam_role_policy", {"policy": policy(statement(0), statement(1))})],
        [("aws_iam_role_policy", {"policy": policy(statement(0), statement(0))})],
    ),
    (
        "characters of a statement's name",
        [("aws_iam_policy", {"policy": policy(statement(Sid="ReadPages"))})],
        [("aws_iam_policy", {"policy": policy(statement(Sid="Read pages"))})],
    ),
    (
        "names of roles",
        [("aws_iam_role", {**ROLE, "name": name}) for name in ("pilot", "pilots")],
        [("aws_iam_role", {**ROLE, "name": name}) for name in ("pilot", "Pilot")],
    ),
    (
        "subscribers of a budget",
        [("aws_budgets_budget", {"notification": [{"subscriber_sns_topic_arns": ["a"]}]})],
        [("aws_budgets_budget", {"notification": [{"subscriber_sns_topic_arns": ["a", "b"]}]})],
    ),
    (
        "the length of the page's policy",
        [("aws_cloudfront_response_headers_policy", security_headers("p" * 1783))],
        [("aws_cloudfront_response_headers_policy", security_headers("p" * 1784))],
    ),
]


def base(kind: str) -> dict[str, Any]:
    """Return the values of a resource that the relations read, besides the tested one."""
    return {"evaluation_periods": 1} if kind == "aws_cloudwatch_metric_alarm" else {}


@pytest.mark.parametrize(
    ("kind", "argument", "taken", "refused"), ONE_VALUE, ids=[f"{case[0]}-{case[1]}" for case in ONE_VALUE]
)
def test_a_value_that_aws_refuses_is_found(kind: str, argument: str, taken: Any, refused: Any) -> None:
    accepted = check(planned((kind, {**base(kind), argument: taken})))
    assert not accepted.findings, listed(accepted.findings)
    assert not accepted.unmapped
    found = check(planned((kind, {**base(kind), argument: refused}))).findings
    assert found
    assert {finding.argument.split("{")[0] for finding in found} == {argument}
    assert all(finding.source for finding in found)


@pytest.mark.parametrize(("taken", "refused"), [case[1:] for case in TOGETHER], ids=[case[0] for case in TOGETHER])
def test_values_that_aws_refuses_together_are_found(
    taken: list[tuple[str, dict[str, Any]]], refused: list[tuple[str, dict[str, Any]]]
) -> None:
    accepted = check(planned(*taken))
    assert not accepted.findings, listed(accepted.findings)
    assert check(planned(*refused)).findings


def test_the_report_names_a_resource_without_a_table() -> None:
    assert check(planned(("aws_neptune_cluster", {"cluster_identifier": "x"}))).unmapped == {"aws_neptune_cluster.*"}


def test_the_report_names_an_argument_that_its_table_lacks() -> None:
    report = check(planned(("aws_sqs_queue", {"name": "x", "policy": "{}"})))
    assert report.unmapped == {"aws_sqs_queue.policy"}


def test_the_report_names_the_address_of_an_unknown_critical_value() -> None:
    unknown = {"policy": True, "id": True, "tags_all": True}
    report = check(planned(("aws_iam_policy", {"name": "x"}), unknown=unknown))
    assert report.unknown == {
        "aws_iam_policy.policy": ("module.m.aws_iam_policy.r0",),
        "aws_iam_policy.tags_all": ("module.m.aws_iam_policy.r0",),
    }
    assert report.known == {"aws_iam_policy.name"}


def test_the_report_names_a_critical_value_without_a_limit() -> None:
    report = check(planned(("aws_cloudfront_origin_access_control", {"name": "x", "description": "y"})))
    assert report.unlimited == {"aws_cloudfront_origin_access_control.description"}


def test_a_value_that_the_provider_does_not_send_is_not_checked() -> None:
    assert not check(planned(("aws_cloudwatch_log_group", {"retention_in_days": 0}))).findings


@pytest.mark.parametrize(
    "table",
    [
        {"call": "sqs.CreateQueue", "schema": "", "arguments": {"name": "Name"}},
        {"call": "sqs.MakeQueue", "schema": "", "arguments": {"name": "QueueName"}},
        {"call": "simplequeues.CreateQueue", "schema": "", "arguments": {"name": "QueueName"}},
        {"call": "sqs.CreateQueue", "schema": "AWS::SQS::Queue", "arguments": {"name": ["QueueName", "Name"]}},
        {"call": "sqs.CreateQueue", "schema": "AWS::SQS::Queues", "arguments": {"name": "QueueName"}},
        {"call": "ec2.CreateTags", "schema": "", "tags": "Resources[]"},
    ],
)
def test_a_table_with_a_name_unknown_to_aws_is_an_error(table: dict[str, Any]) -> None:
    with pytest.raises(LookupError):
        read_table("aws_sqs_queue", table)


def test_a_table_with_an_unknown_key_is_an_error() -> None:
    with pytest.raises(ValueError, match="argument"):
        read_table("aws_sqs_queue", {"call": "sqs.CreateQueue", "schema": "", "argument": {"name": "QueueName"}})


def test_every_pattern_compiles() -> None:
    limits = [limit for mapped in mapped_types().values() for each in mapped.limits.values() for limit in each]
    patterns = {limit.pattern for limit in limits if limit.pattern}
    assert len(patterns) > 30
    for pattern in patterns:
        compiled(pattern)


def test_every_row_limits_an_argument_of_a_table() -> None:
    for kind, rows in ROWS.items():
        mapped = mapped_types()[kind]
        assert set(rows) <= set(mapped.limits) | mapped.unsent, kind
        for row in rows.values():
            assert row.source.startswith("https://docs.aws.amazon.com/")


def test_a_finding_has_address_value_rule_and_source() -> None:
    finding = Finding(
        "module.m.aws_sns_topic.this", "name", "a.b", "must match [a-z]+", "https://docs.aws.amazon.com/x"
    )
    assert str(finding).split("\n    ") == [
        "module.m.aws_sns_topic.this",
        "name = 'a.b'",
        "must match [a-z]+",
        "https://docs.aws.amazon.com/x",
    ]


def test_all_findings_are_listed_and_long_values_shortened() -> None:
    text = listed([Finding("a", "policy", "p" * 7000, "too long", "x"), Finding("b", "tags_all", {"k": 1}, "y", "z")])
    assert text.startswith("AWS would refuse 2 values:\na\n")
    assert "(7,000 characters)" in text
    assert "p" * 101 not in text


def test_a_schema_s_pattern_may_match_a_part_and_a_model_s_must_match_the_whole() -> None:
    assert list(Limit("model", pattern="[a-z]+").broken_by("ab-")) == ["must match [a-z]+"]
    assert not list(Limit("schema", pattern="[a-z]+", whole=False).broken_by("ab-"))
