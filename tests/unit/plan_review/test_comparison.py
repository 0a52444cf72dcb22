"""Which changes make a policy wider or narrower."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_review.permissions.comparison import compare
from plan_review.permissions.statements import Statement, matches, parse
from plan_review.permissions.wording import delta
from tests.unit.plan_review.plans import policy

READ: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
DENY: dict[str, Any] = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*", "Principal": "*"}
IF = "Condition"


def directions(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    return [found.direction for found in compare(parse(policy(*before)), parse(policy(*after)))]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"Action": ["s3:GetObject", "s3:PutObject"]}, ["wider"]),
        ({"Action": "s3:*"}, ["wider"]),
        ({"Resource": "*"}, ["wider"]),
        ({"Resource": "arn:aws:s3:::b/x/*"}, ["narrower"]),
        ({"Action": "s3:getobject"}, ["same"]),
        ({"Resource": "arn:aws:s3:::B/*"}, ["wider"]),
        ({"Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::c/*"]}, ["wider"]),
        ({IF: {"StringEquals": {"aws:SourceAccount": "1"}}}, ["narrower"]),
        ({"Effect": "Deny"}, ["narrower", "narrower"]),
        ({"Sid": "Named"}, []),
        ({"Principal": {"AWS": "*"}}, ["wider"]),
    ],
)
def test_additions_to_and_removals_from_a_statement(after: dict[str, Any], expected: list[str]) -> None:
    found = [direction for direction in directions([READ], [{**READ, **after}]) if expected or direction != "same"]
    assert found == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"StringEquals": {"k": "a"}}, {"StringEquals": {"k": ["a", "b"]}}, "wider"),
        ({"StringEquals": {"k": ["a", "b"]}}, {"StringEquals": {"k": "a"}}, "narrower"),
        ({"StringNotEquals": {"k": "a"}}, {"StringNotEquals": {"k": ["a", "b"]}}, "narrower"),
        ({"StringEquals": {"k": "a"}}, {}, "wider"),
        ({"StringLike": {"k": "a*"}}, {"StringLike": {"k": "ab"}}, "narrower"),
        ({"StringLike": {"k": "ab"}}, {"StringLike": {"k": "a*"}}, "wider"),
        ({"StringNotLike": {"k": "a*"}}, {"StringNotLike": {"k": "ab"}}, "wider"),
        ({"ArnEquals": {"k": "arn:aws:iam::1:role/*"}}, {"ArnEquals": {"k": "arn:aws:iam::1:role/a"}}, "narrower"),
        ({"Bool": {"k": "true"}}, {"Bool": {"k": "false"}}, "wider"),
        ({"NumericLessThan": {"k": "5"}}, {"NumericLessThan": {"k": "4"}}, "wider"),
    ],
)
def test_conditions(before: dict[str, Any], after: dict[str, Any], expected: str) -> None:
    assert directions([{**READ, IF: before}], [{**READ, IF: after}]) == [expected]
    opposite = {"wider": "narrower", "narrower": "wider"}
    if "Bool" not in before and "NumericLessThan" not in before:
        assert directions([{**DENY, IF: before}], [{**DENY, IF: after}]) == [opposite[expected]]


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", ["wider"]),
        ("StringLike", ["wider"]),
        ("ForAnyValue:StringLike", ["wider"]),
        ("ArnLike", ["wider"]),
        ("StringNotEquals", ["wider"]),
        ("StringEqualsIgnoreCase", ["same"]),
        ("StringNotEqualsIgnoreCaseIfExists", ["same"]),
    ],
)
def test_values_of_a_condition_are_case_sensitive_unless_it_ignores_case(operator: str, expected: list[str]) -> None:
    """Between two statements of one Sid, and where a statement is new that another one may cover."""
    before, after = ({**READ, "Sid": "Read", IF: {operator: {"k": value}}} for value in ("Ada", "ada"))
    assert directions([before], [after]) == expected
    assert directions([before], [before, {**after, "Sid": "Other"}]) == expected


def test_keys_of_conditions_and_actions_are_not_case_sensitive() -> None:
    before, after = ({**READ, IF: {"StringEquals": {key: "1"}}} for key in ("aws:SourceAccount", "AWS:sourceaccount"))
    assert directions([before], [after]) == ["same"]
    assert directions([before], [before, {**after, "Action": "S3:GETOBJECT", "Sid": "Other"}]) == ["same"]


def test_principals_are_case_sensitive() -> None:
    before, after = ({**READ, "Principal": {"AWS": f"arn:aws:iam::1:role/{name}"}} for name in ("Ada", "ada"))
    assert directions([before], [after]) == ["wider"]


def test_removing_a_deny_makes_a_policy_wider() -> None:
    assert directions([READ, DENY], [READ]) == ["wider"]
    assert directions([READ], [READ, DENY]) == ["narrower"]


def test_not_action_and_not_resource_reverse_the_direction() -> None:
    everything_but = {"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}
    assert directions([everything_but], [{**everything_but, "NotAction": ["iam:*", "sts:*"]}]) == ["narrower"]
    assert directions([{**everything_but, "NotAction": ["iam:*", "sts:*"]}], [everything_but]) == ["wider"]


def test_a_statement_split_in_two_permits_the_same() -> None:
    both = {**READ, "Action": ["s3:GetObject", "s3:PutObject"], "Sid": "Both"}
    read, write = {**READ, "Sid": "Read"}, {**READ, "Action": "s3:PutObject", "Sid": "Write"}
    assert "wider" not in directions([both], [read, write])
    assert "wider" not in directions([read, write], [both])


def test_order_and_lists_of_one_item_change_nothing() -> None:
    other = {**READ, "Action": ["s3:PutObject"]}
    assert directions([READ, other], [other, {**READ, "Action": ["s3:GetObject"]}]) == []


STATEMENTS = st.builds(
    Statement,
    effect=st.sampled_from(["Allow", "Deny"]),
    actions=st.frozensets(st.sampled_from(["s3:*", "s3:Get*", "s3:GetObject", "sns:Publish", "*"]), min_size=1),
    resources=st.frozensets(st.sampled_from(["*", "arn:a", "arn:a/*", "arn:a/b"]), min_size=1),
)


@given(st.lists(STATEMENTS, max_size=4))
def test_a_policy_is_neither_wider_nor_narrower_than_itself(statements: list[Statement]) -> None:
    assert compare(statements, list(reversed(statements))) == []


@given(STATEMENTS, st.sampled_from(["iam:PassRole", "kms:Decrypt"]))
def test_an_added_action_is_always_found(found: Statement, action: str) -> None:
    more = found.replaced(actions=found.actions | {action})
    expected = {"Allow": "wider", "Deny": "narrower"}[found.effect]
    if "*" not in found.actions:
        assert [one.direction for one in compare([found], [more])] == [expected]
        assert action in delta(compare([found], [more])[0])


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("s3:*", "s3:GetObject", True),
        ("s3:Get*", "S3:getobject", False),
        ("s3:GetObject", "s3:*", False),
        ("a?", "a*", False),
        ("*", "anything", True),
    ],
)
def test_patterns(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected
