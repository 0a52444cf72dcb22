"""A deployment does not move to another Region."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.settings.region import deployed, refuse_moved


def state(*arns: str, module: str = "module.function", mode: str = "managed") -> dict[str, Any]:
    return {
        "version": 4,
        "resources": [{"module": module, "mode": mode, "instances": [{"attributes": {"arn": arn}}]} for arn in arns],
    }


FUNCTION = "arn:aws:lambda:ca-central-1:123456789012:function:HIPPO_Gym_next_step"
ROLE = "arn:aws:iam::123456789012:role/HIPPO_Gym_next_step"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"


@pytest.mark.parametrize(
    ("stored", "region"),
    [
        (state(ROLE, FUNCTION), "ca-central-1"),
        (state(ROLE), None),
        (state(CERTIFICATE, module='module.website["this"]'), None),
        (state(FUNCTION, mode="data"), None),
        ({"version": 4, "resources": [{"mode": "managed", "instances": [{"attributes": {}}]}]}, None),
        ({}, None),
    ],
)
def test_the_state_shows_the_region(stored: dict[str, Any], region: str | None) -> None:
    assert deployed(stored) == region


def test_another_region_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(DeployError) as raised:
        refuse_moved(Environment("prod", tmp_path), "eu-west-1", json.dumps(state(FUNCTION)))

    assert raised.value.message == (
        "terraform/environments/prod.tfvars sets region to eu-west-1, and prod is deployed in ca-central-1: Terraform "
        "would create everything again, and leave what is there without a state."
    )
    assert raised.value.fix == (
        'Restore region = "ca-central-1". For a deployment in eu-west-1, create another environment: make bootstrap '
        "ENV=<name> REGION=eu-west-1. Publish the studies there with hippo, and destroy this one when no study needs "
        "it: make destroy ENV=prod."
    )


@pytest.mark.parametrize(("region", "stored"), [("ca-central-1", json.dumps(state(FUNCTION))), ("eu-west-1", "")])
def test_the_same_region_and_a_first_deployment_are_accepted(tmp_path: Path, region: str, stored: str) -> None:
    refuse_moved(Environment("prod", tmp_path), region, stored)
