"""What the page shows, masks, folds and omits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_review.changes import MASKED, MASKED_NEW, Plan
from plan_review.code import functions
from plan_review.data import losses, risks
from plan_review.differences import differences
from plan_review.markdown import MAX_CHARACTERS, RESERVED_CHARACTERS
from plan_review.names import label, parts_of
from plan_review.page import Checks, page
from plan_review.public import exposures
from tests.unit.plan_review.plans import change, facts, plan_of, policy, review

BUCKET = "module.projects_bucket.aws_s3_bucket"


# ------------------------------------------------------------------------------------------------------------- masking


def test_a_sensitive_value_is_nowhere_on_the_page() -> None:
    plan = plan_of(
        change(
            "aws_lambda_function.f",
            {"function_name": "f", "environment": [{"variables": {"A": "old-secret", "B": "b"}}]},
            {"function_name": "f", "environment": [{"variables": {"A": "new-secret", "B": "c"}}]},
            before_sensitive={"environment": [{"variables": {"A": True}}]},
            after_sensitive={"environment": [{"variables": {"A": True}}]},
        )
    )
    text = review(plan)
    assert "old-secret" not in text
    assert "new-secret" not in text
    assert f"`environment.variables.A`: {MASKED} → {MASKED_NEW}" in text
    assert "`environment.variables.B`: `b` → `c`" in text


@pytest.mark.parametrize("name", ["DB_PASSWORD", "api_key", "CLIENT_SECRET", "SLACK_WEBHOOK"])
def test_a_setting_named_like_a_secret_is_masked_even_if_not_declared_sensitive(name: str) -> None:
    before = {"function_name": "f", "environment": [{"variables": {name: "hush"}}]}
    after = {"function_name": "f", "environment": [{"variables": {name: "whisper"}}]}
    text = review(plan_of(change("aws_lambda_function.f", before, after)))
    assert "hush" not in text
    assert "whisper" not in text
    assert name in text


SECRET = "x-the-secret-x"


@given(
    st.recursive(
        st.sampled_from([SECRET, "plain", 1, None]),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner),
    )
)
def test_a_sensitive_value_of_any_shape_is_masked(value: Any) -> None:
    changed = change("aws_x.y", {"setting": None}, {"setting": value}, after_sensitive={"setting": True})
    assert SECRET not in json.dumps(Plan({"resource_changes": [changed]}).resources[0].after)


def test_a_name_cannot_hide_what_follows_it() -> None:
    evil = "x` <!-- "
    text = review(
        plan_of(change("aws_sns_topic.t", None, {"name": evil}), change("aws_sns_topic.u", None, {"name": "u"}))
    )
    assert "`x' <!--" in text


# -------------------------------------------------------------------------------------------------------- what changes


def test_resources_have_readable_labels() -> None:
    plan = plan_of(
        change(f"{BUCKET}.this", None, {"bucket": "b"}),
        change('module.function["next_step"].aws_lambda_function.this', None, {"function_name": "HIPPO_Gym_next_step"}),
        change(f"{BUCKET}_versioning.this", None, {}),
        change("aws_new_thing.this", None, {"name": "n"}),
    )
    assert [label(found) for found in plan.resources] == [
        "S3 bucket `b`",
        "Lambda function `HIPPO_Gym_next_step`",
        "versioning of S3 bucket `projects_bucket`",
        "new thing `n`",
    ]


def test_a_module_address_is_read_with_its_keys() -> None:
    assert parts_of('module.a["x.y"].module.b[0].module.c') == [("a", "x.y"), ("b", "0"), ("c", "")]


def test_resources_with_equal_changes_share_an_item() -> None:
    text = review(
        plan_of(
            *(
                change(
                    f"aws_lambda_function.{name}",
                    {"function_name": name, "timeout": 3},
                    {"function_name": name, "timeout": 9},
                )
                for name in ("f", "g")
            )
        )
    )
    assert "- 2 Lambda functions: `f` and `g`\n  - `timeout`: `3` → `9`" in text


def test_a_setting_that_is_known_only_on_apply_is_shown_as_such() -> None:
    plan = plan_of(
        change("aws_x.y", {"name": "n", "at": "a"}, {"name": "n"}, after_unknown={"at": True, "version": True})
    )
    assert [(found.path, found.before, found.after) for found in differences(plan.changed[0])] == [
        ("at", "a", "(known only on apply)")
    ]


def test_drift_is_shown_except_false_instead_of_unset() -> None:
    drift = [
        change("aws_sns_topic.t", {"name": "t", "display_name": "a"}, {"name": "t", "display_name": "b"}),
        change("aws_sns_topic.u", {"name": "u", "signed": None}, {"name": "u", "signed": False}),
    ]
    text = review(plan_of(change("aws_sns_topic.t", {"name": "t"}, {"name": "t"}), resource_drift=drift))
    assert "Changed outside Terraform since the last apply: 1 resource" in text
    assert "`display_name` a → b" in text


# -------------------------------------------------------------------------------------------------------------- public


GROUP = {"name": "g", "ingress": [{"cidr_blocks": ["10.0.0.0/8"], "from_port": 22, "to_port": 22, "protocol": "tcp"}]}
OPEN = {"name": "g", "ingress": [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 22, "to_port": 22, "protocol": "tcp"}]}
ALL = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": "*"}
BLOCKED = dict.fromkeys(
    ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"), True
)


@pytest.mark.parametrize(
    ("address", "closed", "opened"),
    [
        ("aws_security_group.g", GROUP, OPEN),
        (
            "aws_vpc_security_group_ingress_rule.r",
            {"cidr_ipv4": "10.0.0.0/8"},
            {"cidr_ipv4": "0.0.0.0/0", "ip_protocol": "-1"},
        ),
        (
            "aws_vpc_security_group_ingress_rule.r",
            {"cidr_ipv6": "fd00::/8"},
            {"cidr_ipv6": "::/0", "ip_protocol": "-1"},
        ),
        (
            "aws_apigatewayv2_route.r",
            {"route_key": "POST /stop", "authorization_type": "AWS_IAM"},
            {"route_key": "POST /stop", "authorization_type": "NONE"},
        ),
        ("aws_lambda_function_url.u", {"authorization_type": "AWS_IAM"}, {"authorization_type": "NONE"}),
        ("aws_cloudfront_distribution.d", {"enabled": False}, {"enabled": True, "aliases": ["a.example.org"]}),
        ("aws_s3_bucket_public_access_block.b", BLOCKED, {**BLOCKED, "block_public_policy": False}),
        ("aws_s3_bucket_policy.p", {"policy": policy()}, {"policy": policy(ALL)}),
        (
            "aws_sns_topic_policy.p",
            {"policy": policy({**ALL, "Condition": {"StringEquals": {"aws:SourceAccount": "1"}}})},
            {"policy": policy({**ALL, "Condition": {"Bool": {"aws:SecureTransport": "true"}}})},
        ),
    ],
)
def test_resources_that_become_public_are_shown_and_closed_ones_are_not(
    address: str, closed: dict[str, Any], opened: dict[str, Any]
) -> None:
    assert exposures(plan_of(change(address, closed, closed))) == []
    assert [found.is_new for found in exposures(plan_of(change(address, closed, opened)))] == [True]
    assert [found.is_new for found in exposures(plan_of(change(address, opened, opened)))] == [False]
    assert "**Newly public**" in review(plan_of(change(address, closed, opened)))
    assert "**No longer public (1)**" in review(plan_of(change(address, opened, closed)))


def test_removing_the_public_access_block_of_a_kept_bucket_is_shown() -> None:
    bucket = change("aws_s3_bucket.b", {"bucket": "b"}, {"bucket": "b"})
    (found,) = exposures(plan_of(bucket, change("aws_s3_bucket_public_access_block.b", BLOCKED, None)))
    assert found.is_new


# ---------------------------------------------------------------------------------------------------------------- data


def lifecycle(**days: int | None) -> dict[str, Any]:
    rule = {
        "status": "Enabled",
        "noncurrent_version_expiration": [{"noncurrent_days": days.get("old")}],
        "expiration": [{"days": days.get("current")}],
    }
    return {"bucket": "b", "rule": [rule]}


ON = {"bucket": "b", "versioning_configuration": [{"status": "Enabled"}]}
OFF = {"bucket": "b", "versioning_configuration": [{"status": "Suspended"}]}
REPLACE = ["delete", "create"]


@pytest.mark.parametrize(
    ("found", "severity", "thing"),
    [
        (change(f"{BUCKET}.this", {"bucket": "b"}, None), "loss", "b"),
        (change(f"{BUCKET}.this", {"bucket": "b"}, {"bucket": "c"}, actions=REPLACE), "loss", "b"),
        (change(f"{BUCKET}.this", {"bucket": "b"}, {"bucket": "b", "force_destroy": True}), "loss", "b"),
        (change(f"{BUCKET}_versioning.this", ON, OFF), "loss", "b"),
        (change(f"{BUCKET}_versioning.this", ON, None), "loss", "b"),
        (change(f"{BUCKET}_lifecycle_configuration.this", lifecycle(old=90), lifecycle(old=1)), "loss", "b"),
        (change(f"{BUCKET}_lifecycle_configuration.this", lifecycle(), lifecycle(current=30)), "loss", "b"),
        (change("module.dns.aws_route53_zone.made[0]", {"name": "z.org"}, None), "loss", "z.org"),
        (change("aws_kms_key.k", {"key_id": "k-1"}, {"key_id": "k-1"}, actions=REPLACE), "loss", "k-1"),
        (change("module.website.aws_s3_bucket.this", {"bucket": "w"}, None), "risk", "w"),
        (
            change(
                "aws_cloudwatch_log_group.g",
                {"name": "g", "retention_in_days": 90},
                {"name": "g", "retention_in_days": 7},
            ),
            "risk",
            "g",
        ),
        (
            change(
                "aws_cloudwatch_log_group.g",
                {"name": "g", "retention_in_days": 0},
                {"name": "g", "retention_in_days": 7},
            ),
            "risk",
            "g",
        ),
        (change("aws_cloudwatch_log_group.g", {"name": "g"}, None), "risk", "g"),
        (change("aws_sqs_queue.q", {"name": "q"}, None), "risk", "q"),
    ],
)
def test_data_at_risk(found: dict[str, Any], severity: str, thing: str) -> None:
    plan = plan_of(found)
    assert [(risk.severity, risk.thing) for risk in risks(plan)] == [(severity, thing)]
    assert bool(losses(plan)) is (severity == "loss")
    assert not losses(plan, frozenset({thing}))
    assert losses(plan, frozenset({"another"})) == losses(plan)
    assert ("**Stop: data would be lost.**" in review(plan)) is (severity == "loss")


@pytest.mark.parametrize(
    "found",
    [
        change(f"{BUCKET}.this", {"bucket": "b", "tags": {}}, {"bucket": "b", "tags": {"a": "b"}}),
        change(f"{BUCKET}.this", None, {"bucket": "b"}),
        change(f"{BUCKET}_lifecycle_configuration.this", lifecycle(old=90), lifecycle(old=180)),
        change(f"{BUCKET}_versioning.this", OFF, ON),
        change(
            "aws_cloudwatch_log_group.g", {"name": "g", "retention_in_days": 7}, {"name": "g", "retention_in_days": 90}
        ),
    ],
)
def test_no_data_is_at_risk(found: dict[str, Any]) -> None:
    assert risks(plan_of(found)) == []


# ---------------------------------------------------------------------------------------------------------------- code


def test_changes_of_code_and_of_settings_are_distinguished() -> None:
    def function(name: str, code: str, timeout: int) -> dict[str, Any]:
        return {"function_name": name, "source_code_hash": code, "timeout": timeout}

    plan = plan_of(
        change("aws_lambda_function.a", function("a", "1", 3), function("a", "2", 3)),
        change("aws_lambda_function.b", function("b", "1", 3), function("b", "1", 9)),
        change("aws_lambda_function.c", function("c", "1", 3), function("c", "2", 9)),
        change("aws_lambda_function.d", function("d", "1", 3), function("d", "1", 3)),
        change("aws_lambda_function.e", None, function("e", "2", 3)),
        change("aws_lambda_function.f", function("f", "1", 3), None),
    )
    assert {found.name: found.action for found in functions(plan)} == {
        "a": "code",
        "b": "settings",
        "c": "both",
        "d": "kept",
        "e": "created",
        "f": "deleted",
    }


# ---------------------------------------------------------------------------------------------------------------- page


def test_a_plan_without_risks_says_so() -> None:
    text = review(
        plan_of(change("aws_sns_topic.t", {"name": "t", "display_name": "a"}, {"name": "t", "display_name": "b"}))
    )
    assert "**Nothing stands out:**" in text


def test_a_plan_of_targeted_resources_is_pointed_out() -> None:
    text = review(plan_of(change("aws_sns_topic.t", {"name": "t"}, {"name": "u"}), complete=False))
    assert "**Not the whole deployment**" in text


def test_failed_checks_are_pointed_out() -> None:
    plan = plan_of(change("aws_sns_topic.t", {"name": "t"}, {"name": "u"}))
    text = page(plan, facts(checks=Checks(3, 2, ("CKV_AWS_26 `aws_sns_topic.t`: Encrypted",))))
    assert "**1 checkov check failed** without a written reason" in text
    assert "- CKV_AWS_26 `aws_sns_topic.t`: Encrypted" in text


def test_the_page_fits_a_comment_on_github_and_keeps_the_verdict() -> None:
    many = [
        change(f"aws_iam_role_policy.p{number}", None, {"role": f"r{number}", "policy": policy(*[ALL] * 5)})
        for number in range(2_000)
    ]
    lost = change(f"{BUCKET}.this", {"bucket": "b"}, None)
    text = review(plan_of(*many, lost))
    assert len(text) <= MAX_CHARACTERS - RESERVED_CHARACTERS + 1
    assert "**Data lost**: S3 bucket `b`: destroyed" in text
    assert "ALLOW_DATA_LOSS=b" in text
    assert "_Omitted here" in text
    assert text.count("<details>") == text.count("</details>")
