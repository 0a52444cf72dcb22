"""The policies of a plan on the page: trust, invocation, roles of functions, managed and partly unknown policies."""

from __future__ import annotations

from typing import Any

import pytest

from plan_review.permissions.documents import policies
from plan_review.permissions.statements import parse
from plan_review.permissions.wording import statement
from tests.unit.plan_review.plans import change, plan_of, policy, review

READ: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}


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
