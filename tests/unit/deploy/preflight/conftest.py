"""An empty account for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import REGION, ROOT, STATE, Account


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.setenv(name, REGION)
    with mock_aws():
        yield Account()


@pytest.fixture
def wanted(account: Account) -> Wanted:
    """Return the settings of a deployment without any problem or warning."""
    account.has_ecs_role()
    services = [f"{service}.amazonaws.com" for service in (f"logs.{REGION}", "events", "sns", "cloudwatch", "budgets")]
    account.has_bucket(STATE.bucket)
    subnet, group = account.has_network()
    return Wanted(
        REGION,
        ROOT,
        hosted_zone_id=account.has_zone(),
        subnet_ids=(subnet,),
        security_group_ids=(group,),
        max_sessions=6,
        max_sessions_is_default=False,
        kms_key_arn=account.has_key(*services),
        permissions_boundary_arn=account.has_policy(),
        state=STATE,
    )
