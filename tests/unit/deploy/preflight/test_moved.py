"""Preflight finds a Region that differs from that of Terraform's state."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hippo_deploy.preflight import moved
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import REGION, ROOT, STATE, Account


@pytest.mark.parametrize("deployed", [REGION, "eu-west-1", None])
def test_a_state_with_resources_of_another_region_is_a_problem(account: Account, deployed: str | None) -> None:
    account.has_bucket(STATE.bucket)
    if deployed is not None:
        function = {"arn": f"arn:aws:lambda:{deployed}:123456789012:function:HIPPO_Gym_next_step"}
        state = {"version": 4, "resources": [{"mode": "managed", "instances": [{"attributes": function}]}]}
        account.client("s3", STATE.region).put_object(Bucket=STATE.bucket, Key=STATE.key, Body=json.dumps(state))

    findings = account.find(
        moved.check, replace(Wanted(REGION, ROOT, max_sessions=None, max_sessions_is_default=False), state=STATE)
    )

    assert [finding.found for finding in findings] == (
        [f"it is in eu-west-1, but the settings name {REGION}"] if deployed == "eu-west-1" else []
    )
    assert all(finding.fix.startswith('Restore region = "eu-west-1".') for finding in findings)
