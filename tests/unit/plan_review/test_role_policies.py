"""A role's own policies: `managed_policy_arns` and `inline_policy`, which also repeat what other resources set."""

from __future__ import annotations

from typing import Any

from tests.unit.plan_review.plans import change, plan_of, policy, review

READ: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}

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
