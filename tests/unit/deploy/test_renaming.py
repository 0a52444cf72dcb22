"""A plan that moves the names of live sessions is not applied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.renaming import live_users, move_in, refuse_while_live

PROD = Environment("prod", Path("/checkout"))
DEPLOYED = {"bucket": {"value": "projects"}, "region": {"value": "ca-central-1"}}


def plan(name: str, before: str | None, after: str | None, **outputs: Any) -> dict[str, Any]:
    return {
        "output_changes": {name: {"before": before, "after": after}},
        "prior_state": {"values": {"outputs": {**DEPLOYED, **outputs}}},
    }


MOVES = [
    (
        plan("root_domain", "a.example", "b.example"),
        "changes root_domain a.example to b.example while 2 sessions",
    ),
    (plan("hosted_zone_id", "Z1", None), "changes hosted_zone_id Z1 to a new zone while 2 sessions"),
]


@pytest.mark.parametrize(("document", "words"), MOVES)
def test_it_is_refused_while_sessions_are_live(document: dict[str, Any], words: str) -> None:
    with pytest.raises(DeployError, match=words) as raised:
        refuse_while_live(PROD, document, lambda region, bucket: ["ada", "bob"])
    assert "ada" not in raised.value.message, "the log of a workflow needs no participant's id"
    assert "hippo sessions" in f"{raised.value.fix}"


@pytest.mark.parametrize(("document", "words"), MOVES)
def test_it_is_applied_without_live_sessions(document: dict[str, Any], words: str) -> None:
    assert move_in(document)
    refuse_while_live(PROD, document, lambda region, bucket: [])


@pytest.mark.parametrize(
    "document",
    [
        plan("root_domain", "a.example", "a.example"),
        {"output_changes": {"root_domain": {"before": None, "after": "a.example"}}},  # a first deployment
        {},
    ],
)
def test_other_plans_do_not_read_the_sessions(document: dict[str, Any]) -> None:
    def unexpected(region: str, bucket: str) -> list[str]:
        raise AssertionError(bucket)

    refuse_while_live(PROD, document, unexpected)


def test_live_sessions_are_read_from_the_bucket() -> None:
    with mock_aws():
        s3 = boto3.client("s3", region_name="ca-central-1")
        s3.create_bucket(Bucket="projects", CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
        s3.put_object(Bucket="projects", Key="_sessions/live/ada.json", Body=b"{}")
        s3.put_object(Bucket="projects", Key="_sessions/ended/grid/2026-11-22/1.json", Body=b"{}")
        assert list(live_users("ca-central-1", "projects")) == ["ada"]
