"""Whether a policy admits anyone: by the requests that meet its conditions."""

from __future__ import annotations

from typing import Any

import pytest

from plan_review.networks import is_internet
from plan_review.permissions.anyone import admits_anyone, unnamed_workflows
from plan_review.permissions.statements import parse
from tests.unit.plan_review.deployment import GITHUB, trust
from tests.unit.plan_review.plans import policy

ALL: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "arn:aws:sns:r:1:t"}
OWN = "123456789012"

ADMITTING: dict[str, dict[str, Any]] = {
    "no condition": {},
    "encrypted connections": {"Bool": {"aws:SecureTransport": "true"}},
    "a key that requests lack": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4"}},
    "every one of no values": {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4"}},
    "any organisation": {"StringLike": {"aws:PrincipalOrgID": "o-*"}},
    "any endpoint": {"StringLike": {"aws:SourceVpce": "vpce-*"}},
    "any role": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/hippo"}},
    "any bucket": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}},
    "any account by pattern": {"StringLike": {"aws:SourceAccount": "*"}},
    "one role or any": {"ArnLike": {"aws:PrincipalArn": [f"arn:aws:iam::{OWN}:role/a", "*"]}},
    "every account except one": {"StringNotEquals": {"aws:PrincipalAccount": OWN}},
    "a header that a caller chooses": {"StringEquals": {"aws:Referer": "https://lab.org"}},
    "a key that has to exist": {"Null": {"aws:PrincipalArn": "false"}},
    "all addresses": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
    "two halves of all addresses": {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}},
    "half of all addresses": {"IpAddress": {"aws:SourceIp": "128.0.0.0/1"}},
    "two halves in IPv6": {"IpAddress": {"aws:SourceIp": ["::/1", "8000::/1"]}},
    "all addresses except one": {"NotIpAddress": {"aws:SourceIp": "203.0.113.7/32"}},
}

CLOSED: dict[str, dict[str, Any]] = {
    "one account": {"StringEquals": {"aws:SourceAccount": OWN}},
    "one account in another case": {"StringEquals": {"AWS:SOURCEACCOUNT": OWN}},
    "one organisation": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4"}},
    "a part of one organisation": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4/r-1/*"}},
    "one role": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/*"}},
    "one source": {"ArnLike": {"aws:SourceArn": f"arn:aws:events:*:{OWN}:rule/*"}},
    "one bucket": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::hippo-gym-*"}},
    "one network of a lab": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    "private addresses": {"IpAddress": {"aws:VpcSourceIp": ["10.0.0.0/8", "172.16.0.0/12"]}},
    "one endpoint": {"StringEquals": {"aws:SourceVpce": "vpce-0123456789"}},
    "any role, of one account": {
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a"},
        "StringEquals": {"aws:PrincipalAccount": OWN},
    },
}


@pytest.mark.parametrize("name", ADMITTING)
def test_a_condition_that_everyone_can_meet_closes_nothing(name: str) -> None:
    assert admits_anyone(parse(policy({**ALL, "Condition": ADMITTING[name]})))


@pytest.mark.parametrize("name", CLOSED)
def test_a_condition_on_known_accounts_or_networks_closes(name: str) -> None:
    assert not admits_anyone(parse(policy({**ALL, "Condition": CLOSED[name]})))


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::1:root", "*"]}])
def test_anyone_is_spelled_in_several_ways(principal: Any) -> None:
    assert admits_anyone(parse(policy({**ALL, "Principal": principal})))


def test_everyone_except_one_is_anyone() -> None:
    without = {key: value for key, value in ALL.items() if key != "Principal"}
    assert admits_anyone(parse(policy({**without, "NotPrincipal": {"AWS": "arn:aws:iam::1:root"}})))
    assert not admits_anyone(parse(policy({**without, "Effect": "Deny", "NotPrincipal": {"AWS": "*"}})))


def test_a_deny_of_all_others_takes_an_allow_back() -> None:
    def deny(operator: str, key: str, value: str, **more: Any) -> dict[str, Any]:
        return {**ALL, "Effect": "Deny", "Condition": {operator: {key: value}}, **more}

    assert not admits_anyone(parse(policy(ALL, deny("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4"))))
    assert not admits_anyone(parse(policy(ALL, deny("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"))))
    assert admits_anyone(parse(policy(ALL, deny("StringNotLike", "aws:PrincipalOrgID", "o-*"))))
    assert admits_anyone(parse(policy(ALL, deny("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4"))))
    assert admits_anyone(
        parse(policy(ALL, deny("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4", Action="sns:Subscribe")))
    )


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"StringEquals": {"aud": "sts.amazonaws.com"}}, "no condition names a subject"),
        ({"StringEqualsIfExists": {"sub": "repo:lab/hippo:ref:refs/heads/main"}}, "no condition names a subject"),
        ({"ForAllValues:StringLike": {"sub": "repo:lab/hippo:*"}}, "no condition names a subject"),
        ({"StringNotLike": {"sub": "repo:eve/*"}}, "no condition names a subject"),
        ({"StringLike": {"sub": "*"}}, "**any repository** that matches `*`"),
        ({"StringLike": {"sub": "repo:lab/*"}}, "**any repository** that matches `repo:lab/*`"),
        ({"StringLike": {"sub": "repo:lab*/hippo:*"}}, "**any repository** that matches `repo:lab*/hippo:*`"),
        ({"StringLike": {"sub": "repo:lab/hippo:*"}}, "every branch, tag, pull request or environment"),
        ({"StringLike": {"sub": "repo:lab/hippo:ref:refs/heads/main"}}, ""),
        ({"StringEquals": {"sub": "repo:lab/hippo:environment:prod"}}, ""),
        (
            {"StringLike": {"sub": "repo:lab/hippo:*"}, "StringEquals": {"repository_id": "1"}},
            "every branch, tag, pull request or environment that matches `repo:lab/hippo:*`",
        ),
        ({"StringEquals": {"repository_id": "1"}}, "every branch, tag, pull request or environment that matches `1`"),
    ],
)
def test_a_trust_of_github_names_its_subject(condition: dict[str, dict[str, str]], words: str) -> None:
    keys = {
        operator: {f"{GITHUB}:{key}": value for key, value in found.items()} for operator, found in condition.items()
    }
    found = unnamed_workflows(parse(trust(**keys)))
    assert words in found.get(GITHUB, "")
    assert bool(found) is bool(words)


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        (["0.0.0.0/0"], True),
        (["::/0"], True),
        (["0.0.0.0/1", "128.0.0.0/1"], True),
        ([f"{number}.0.0.0/8" for number in range(11, 60, 2)], True),
        (["2000::/3"], True),
        (["10.0.0.0/8", "192.168.0.0/16"], False),
        (["203.0.113.0/24", "2001:db8::/32"], False),
        (["11.0.0.0/8"], False),
        (["sg-1", None, "x/y"], False),
    ],
)
def test_ranges_that_hold_more_than_one_organisation_has_are_the_internet(ranges: list[Any], expected: bool) -> None:
    assert is_internet(ranges) is expected
