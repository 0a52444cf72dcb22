"""Which changes make a policy wider or narrower, and their descriptions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_review.permissions.comparison import compare
from plan_review.permissions.documents import policies
from plan_review.permissions.statements import Statement, matches, parse
from plan_review.permissions.wording import delta, statement
from tests.unit.plan_review.plans import change, plan_of, policy, review

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


def test_a_statement_as_text() -> None:
    (found,) = parse(
        policy(
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "lambda:InvokeFunction",
                "Resource": "*",
                "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:1:t"}},
            }
        )
    )
    assert statement(found) == (
        "the service `sns.amazonaws.com` may `lambda:InvokeFunction` on **anything** (`*`), if `aws:SourceArn` is like "
        "`arn:aws:sns:*:1:t`"
    )


def test_trust_policies_and_invocation_permissions_are_shown_too() -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    open_to_all = {**trust, "Principal": {"AWS": "*"}}
    text = review(
        plan_of(
            change(
                "aws_iam_role.r",
                {"name": "r", "assume_role_policy": policy(trust)},
                {"name": "r", "assume_role_policy": policy(trust, open_to_all)},
            ),
            change(
                "aws_lambda_permission.p",
                {"function_name": "f", "action": "lambda:InvokeFunction", "principal": "sns.amazonaws.com"},
                {"function_name": "f", "action": "lambda:InvokeFunction", "principal": "*"},
            ),
        )
    )
    assert "Who may assume IAM role `r`" in text
    assert "new: **anyone** may `sts:AssumeRole`" in text
    assert "Who may invoke Lambda function `f`" in text
    assert "now for **anyone**" in text
    assert "**Newly public**" in text


def test_removing_a_permissions_boundary_makes_the_role_wider() -> None:
    before = {"name": "r", "permissions_boundary": "arn:aws:iam::1:policy/b"}
    text = review(plan_of(change("aws_iam_role.r", before, {"name": "r", "permissions_boundary": None})))
    assert "**Permissions get wider** in 1 policy: What IAM role `r` may do at most" in text


OLD_ROLE, NEW_ROLE = "arn:aws:iam::1:role/narrow", "arn:aws:iam::1:role/broad"


@pytest.mark.parametrize(
    ("address", "setting", "thing"),
    [
        ("aws_lambda_function.f", "role", "Lambda function `f`"),
        ("aws_cloudwatch_event_target.f", "role_arn", "event target `f`"),
    ],
)
@pytest.mark.parametrize("actions", [["update"], ["delete", "create"]])
def test_another_role_is_a_change_of_permissions(address: str, setting: str, thing: str, actions: list[str]) -> None:
    before, after = {"function_name": "f", setting: OLD_ROLE}, {"function_name": "f", setting: NEW_ROLE}
    text = review(plan_of(change(address, before, after, actions=actions)))
    assert f"**Permissions get wider** in 1 policy: What {thing} may do" in text
    assert (
        f"**wider**: may now do what the role {NEW_ROLE} allows, no longer do what the role {OLD_ROLE} allows" in text
    )


def test_another_role_that_is_known_only_on_apply_is_a_change_too() -> None:
    before = {"function_name": "f", "role": OLD_ROLE}
    text = review(
        plan_of(change("aws_lambda_function.f", before, {"function_name": "f"}, after_unknown={"role": True}))
    )
    assert "**Permissions get wider** in 1 policy: What Lambda function `f` may do" in text
    assert "**wider**: new: may do what the role (known only on apply) allows" in text
    assert f"**narrower**: removed: may do what the role {OLD_ROLE} allows" in text


def test_the_same_role_is_no_change() -> None:
    before = {"function_name": "f", "role": OLD_ROLE, "timeout": 3}
    text = review(plan_of(change("aws_lambda_function.f", before, {**before, "timeout": 9})))
    assert "## Permissions\n\nNo permission changes." in text


def test_a_first_role_is_wider_and_removing_the_role_is_narrower() -> None:
    without, with_role = {"rule": "r", "role_arn": None}, {"rule": "r", "role_arn": NEW_ROLE}
    assert f"**wider**: new: may do what the role {NEW_ROLE} allows" in review(
        plan_of(change("aws_cloudwatch_event_target.t", without, with_role))
    )
    assert f"**narrower**: removed: may do what the role {NEW_ROLE} allows" in review(
        plan_of(change("aws_cloudwatch_event_target.t", with_role, without))
    )


def test_a_new_function_with_an_existing_role_is_a_new_permission_and_with_a_new_role_is_not() -> None:
    there = change("aws_sns_topic.t", {"name": "t"}, {"name": "t"})
    known = change("aws_lambda_function.f", None, {"function_name": "f", "role": OLD_ROLE})
    unknown = change("aws_lambda_function.f", None, {"function_name": "f"}, after_unknown={"role": True})
    assert "**New permissions** in 1 policy: What Lambda function `f` may do" in review(plan_of(there, known))
    assert "## Permissions\n\nNo permission changes." in review(plan_of(there, unknown))


def test_an_attached_managed_policy_is_a_new_permission() -> None:
    after = {"role": "r", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    text = review(
        plan_of(
            change("aws_iam_role.r", {"name": "r"}, {"name": "r"}),
            change("aws_iam_role_policy_attachment.a", None, after),
        )
    )
    assert "**New permissions** in 1 policy: What IAM role `r` may do" in text
    assert "may `do" not in text
    assert "may do what the policy arn:aws:iam::aws:policy/AdministratorAccess allows" in text


@pytest.mark.parametrize(
    ("added", "words"),
    [
        ({"Action": "iam:*"}, "`iam:*`"),
        ({"Action": "*"}, "**everything** (`*`)"),
        (
            {"NotAction": ["iam:CreateUser", "iam:CreateRole"]},
            "everything except `iam:CreateRole` and `iam:CreateUser`",
        ),
    ],
)
def test_every_action_of_a_service_is_pointed_out(added: dict[str, Any], words: str) -> None:
    before, after = policy(READ), policy(READ, {"Effect": "Allow", **added, "Resource": "*"})
    text = review(
        plan_of(change("aws_iam_role_policy.p", {"role": "r", "policy": before}, {"role": "r", "policy": after}))
    )
    assert f"**Every action of a service** is allowed: What IAM role `r` may do: {words}" in text
    again = plan_of(change("aws_iam_role_policy.p", {"role": "r", "policy": after}, {"role": "r", "policy": before}))
    assert "**Every action of a service**" not in review(again)


@pytest.mark.parametrize(
    "name",
    [
        "AdministratorAccess",
        "AdministratorAccess-Amplify",
        "PowerUserAccess",
        "IAMFullAccess",
        "AmazonS3FullAccess",
        "AWSLambda_FullAccess",
        "AmazonDynamoDBFullAccess_v2",
    ],
)
def test_a_sweeping_policy_of_aws_is_pointed_out_and_not_folded(name: str) -> None:
    arn = f"arn:aws:iam::aws:policy/{name}"
    there = change("aws_iam_role.r", {"name": "r"}, {"name": "r"})
    text = review(plan_of(there, change("aws_iam_role_policy_attachment.a", None, {"role": "r", "policy_arn": arn})))
    assert f"**Every action of a service** is allowed: What IAM role `r` may do: what the policy {arn} allows" in text
    assert f"- What IAM role `r` may do: may do what the policy {arn} allows" in text.partition("### New")[2]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        "arn:aws:iam::123456789012:policy/FullAccessToOneFolder",
    ],
)
def test_another_managed_policy_is_not_pointed_out(arn: str) -> None:
    text = review(plan_of(change("aws_iam_role_policy_attachment.a", None, {"role": "r", "policy_arn": arn})))
    assert f"may do what the policy {arn} allows" in text
    assert "**Every action of a service**" not in text


# A role's own policies. `managed_policy_arns` and `inline_policy` also repeat what other resources set.

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
INLINE = {"name": "own", "policy": policy(READ)}


def role(before: dict[str, Any] | None, after: dict[str, Any], *configured: str, **more: Any) -> str:
    expressions: dict[str, Any] = {setting: {} for setting in configured}
    resource = {"mode": "managed", "type": "aws_iam_role", "name": "r", "expressions": expressions}
    changes = change(
        "aws_iam_role.r", before if before is None else {"name": "r", **before}, {"name": "r", **after}, **more
    )
    return review(plan_of(changes, configuration={"root_module": {"resources": [resource]}}))


def test_adding_a_managed_policy_to_a_role_makes_it_wider() -> None:
    text = role({"managed_policy_arns": []}, {"managed_policy_arns": [ADMINISTRATOR]}, "managed_policy_arns")
    assert "**Permissions get wider** in 1 policy: What IAM role `r` may do" in text
    sweeping = f"What IAM role `r` may do: what the policy {ADMINISTRATOR} allows"
    assert f"**Every action of a service** is allowed: {sweeping}" in text
    assert f"**wider**: new: may do what the policy {ADMINISTRATOR} allows" in text


def test_adding_or_widening_an_inline_policy_makes_a_role_wider() -> None:
    text = role({"inline_policy": []}, {"inline_policy": [INLINE]}, "inline_policy")
    assert "**wider**: new: may `s3:GetObject` on `arn:aws:s3:::b/*`" in text
    assert "policy: see Permissions" in text
    more = {"name": "own", "policy": policy(READ, {"Effect": "Allow", "Action": "iam:*", "Resource": "*"})}
    text = role({"inline_policy": [INLINE]}, {"inline_policy": [more]}, "inline_policy")
    assert "**wider**: new: may `iam:*` on **anything** (`*`)" in text
    assert "**Every action of a service** is allowed: What IAM role `r` may do: `iam:*`" in text


def test_policies_of_a_new_role_are_new() -> None:
    text = role(None, {"managed_policy_arns": [ADMINISTRATOR], "inline_policy": [INLINE]}, "inline_policy")
    assert f"may do what the policy {ADMINISTRATOR} allows" in text
    assert "may `s3:GetObject` on `arn:aws:s3:::b/*`" in text


def test_policies_of_a_role_that_are_known_only_on_apply_are_pointed_out() -> None:
    text = role(
        {"managed_policy_arns": []},
        {"managed_policy_arns": [None], "inline_policy": [{"name": "own"}]},
        "managed_policy_arns",
        after_unknown={"managed_policy_arns": [True], "inline_policy": [{"policy": True}]},
    )
    assert "**Known only on apply**, partly or completely: 1 policy: What IAM role `r` may do" in text
    text = role({"managed_policy_arns": []}, {}, "managed_policy_arns", after_unknown={"managed_policy_arns": True})
    assert "**Known only on apply**, partly or completely: 1 policy: What IAM role `r` may do" in text


def test_settings_that_repeat_other_resources_are_not_shown_again() -> None:
    unknown = {"managed_policy_arns": True, "inline_policy": True}
    there = {"managed_policy_arns": [ADMINISTRATOR], "inline_policy": [INLINE]}
    assert "No permission changes" in role({"path": "/", **there}, {"path": "/a/", **there})
    assert "No permission changes" in role(None, {}, after_unknown=unknown)
    assert "No permission changes" in role(there, {}, actions=["delete", "create"], after_unknown=unknown)


def test_a_policy_that_somebody_attached_by_hand_is_words_drift() -> None:
    before, after = {"name": "r", "managed_policy_arns": []}, {"name": "r", "managed_policy_arns": [ADMINISTRATOR]}
    text = review(
        plan_of(change("aws_iam_role.r", after, after), resource_drift=[change("aws_iam_role.r", before, after)])
    )
    assert f'IAM role `r`: `managed_policy_arns` (none) → ["{ADMINISTRATOR}"]' in text


def test_a_policy_that_is_known_only_on_apply_is_pointed_out_with_its_known_part() -> None:
    address, data = "aws_iam_role_policy.p", "data.aws_iam_policy_document.d"
    block = {"sid": "Send", "effect": None, "actions": ["sns:Publish"], "resources": [None], "principals": []}
    document: dict[str, Any] = {
        "resource_changes": [
            change(
                address,
                {"role": "r", "policy": policy(READ)},
                {"role": "r"},
                after_unknown={"policy": True},
            ),
            {
                "address": data,
                "mode": "data",
                "type": "aws_iam_policy_document",
                "name": "d",
                "change": {
                    "actions": ["read"],
                    "before": None,
                    "after": {"statement": [block]},
                    "after_unknown": {"statement": [{"resources": [True]}]},
                },
            },
        ],
        "configuration": {
            "root_module": {
                "resources": [
                    {
                        "mode": "managed",
                        "type": "aws_iam_role_policy",
                        "name": "p",
                        "expressions": {"policy": {"references": [f"{data}.json", data]}},
                    }
                ]
            }
        },
    }
    plan = plan_of(*document["resource_changes"], configuration=document["configuration"])
    (found,) = policies(plan)
    assert found.source == data
    text = review(plan)
    assert "**Known only on apply**, partly or completely: 1 policy: What IAM role `r` may do" in text
    assert "new: may `sns:Publish` on (known only on apply)" in text
