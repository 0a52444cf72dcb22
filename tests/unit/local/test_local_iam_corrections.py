"""The checks that local/iam_corrections.py adds to MiniStack's IAM evaluator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.iam_corrections import CurrentRequest, concerns, corrected, current_request, record_conditions

CHANGES = (
    "<Change><Action>UPSERT</Action><ResourceRecordSet><Name>U-1.Hippo.test.</Name><Type>A</Type>"
    "</ResourceRecordSet></Change>"
)


class Evaluator:
    """Stores the questions to IAM, and refuses the given actions."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.questions: list[tuple[str, str, dict[str, Any]]] = []

    def __call__(
        self, key: str, action: str, service: str, region: str, resource: str, service_context: dict[str, Any]
    ) -> str | None:
        self.questions.append((action, resource, service_context))
        return "refused" if action in self.refused else None


@pytest.fixture(autouse=True)
def no_request() -> Iterator[None]:
    token = current_request.set(None)
    yield
    current_request.reset(token)


def test_get_change_is_evaluated_on_the_change() -> None:
    current_request.set(CurrentRequest("/2013-04-01/change/C1", ""))
    evaluator = Evaluator()
    corrected(evaluator)("key", "route53:GetChange", "route53", "r", "*")
    assert evaluator.questions == [("route53:GetChange", "arn:aws:route53:::change/C1", {})]


def test_record_changes_have_names_types_and_actions_as_conditions() -> None:
    assert record_conditions(CHANGES) == {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["u-1.hippo.test"],
        "route53:ChangeResourceRecordSetsRecordTypes": ["A"],
        "route53:ChangeResourceRecordSetsActions": ["UPSERT"],
    }


def test_a_wildcard_name_is_normalized_as_route_53_does() -> None:
    conditions = record_conditions("<Name>*.hippo.test.</Name>")
    assert conditions["route53:ChangeResourceRecordSetsNormalizedRecordNames"] == [r"\052.hippo.test"]


@pytest.mark.parametrize("action", ["scheduler:CreateSchedule", "scheduler:UpdateSchedule"])
def test_a_schedule_needs_the_permission_to_pass_its_role(action: str) -> None:
    current_request.set(CurrentRequest("/schedules/s", '{"Target": {"RoleArn": "arn:role"}}'))
    assert corrected(Evaluator())("key", action, "scheduler", "r", "arn:schedule") is None
    assert corrected(Evaluator("iam:PassRole"))("key", action, "scheduler", "r", "arn:schedule") == "refused"


LOGS = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/a"
REPOSITORIES = "arn:aws:ecr:us-east-1:123456789012:repository"


@pytest.mark.parametrize(
    ("action", "body", "stream"),
    [
        ("logs:GetLogEvents", '{"logGroupName": "/ecs/a", "logStreamName": "b/c"}', ":log-stream:b/c"),
        ("logs:DescribeLogStreams", '{"logGroupName": "/ecs/a"}', ":log-stream:"),
        ("logs:TagResource", '{"resourceArn": "a"}', ""),
    ],
)
def test_a_call_about_a_log_is_evaluated_on_the_stream(action: str, body: str, stream: str) -> None:
    current_request.set(CurrentRequest("/", body))
    evaluator = Evaluator()
    corrected(evaluator)("key", action, "logs", "r", LOGS)
    assert evaluator.questions == [(action, f"{LOGS}{stream}", {})]


def test_each_repository_of_a_request_is_evaluated() -> None:
    current_request.set(CurrentRequest("/", '{"repositoryNames": ["a", "b"]}'))
    evaluator = Evaluator()
    corrected(evaluator)("key", "ecr:DescribeRepositories", "ecr", "r", "*")
    assert [resource for _, resource, _ in evaluator.questions] == [f"{REPOSITORIES}/a", f"{REPOSITORIES}/b"]


def test_tags_of_a_repository_are_evaluated_on_it() -> None:
    current_request.set(CurrentRequest("/", json.dumps({"resourceArn": f"{REPOSITORIES}/a", "tags": []})))
    evaluator = Evaluator()
    corrected(evaluator)("key", "ecr:TagResource", "ecr", "r", "*")
    assert evaluator.questions == [("ecr:TagResource", f"{REPOSITORIES}/a", {})]


def test_creating_a_repository_with_tags_needs_the_permission_to_tag() -> None:
    current_request.set(CurrentRequest("/", '{"repositoryName": "a", "tags": [{"Key": "k", "Value": "v"}]}'))
    call = ("key", "ecr:CreateRepository", "ecr", "r", f"{REPOSITORIES}/a")
    assert corrected(Evaluator())(*call) is None
    assert corrected(Evaluator("ecr:TagResource"))(*call) == "refused"
    current_request.set(CurrentRequest("/", '{"repositoryName": "a"}'))
    assert corrected(Evaluator("ecr:TagResource"))(*call) is None


def test_other_calls_are_unchanged() -> None:
    evaluator = Evaluator()
    corrected(evaluator)("key", "s3:GetObject", "s3", "r", "arn:object", {"a": 1})
    assert evaluator.questions == [("s3:GetObject", "arn:object", {"a": 1})]
    assert not concerns("/bucket/key")
    assert concerns("/")
    assert concerns("/2013-04-01/hostedzone/Z1/rrset/")
