"""A registration says why a script's task definition cannot run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import update_project_master_list
from hippo_gym.runtime import aws_clients
from tests.support.moto_world import ACCOUNT, MotoWorld
from tests.unit.handlers.entries import Context
from tests.unit.handlers.interposed import Interposed, client_error, fails
from tests.unit.handlers.studies.test_registration import PAYLOAD

FAMILY = "study_one-2"
OURS = {"hippo-gym:deployment": "HIPPO_Gym"}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/HIPPO_Gym_session_execution"
OLD_ROLE = f"arn:aws:iam::{ACCOUNT}:role/ecsTaskExecutionRole"


def warnings(**changes: Any) -> str:
    """Register the study as a script does; return the warnings."""
    answered = update_project_master_list.lambda_handler(PAYLOAD | changes, Context())
    assert answered["statusCode"] == 200
    return str(answered["body"])


def test_a_task_definition_that_can_run_brings_no_warning(environment: MotoWorld) -> None:
    environment.register_task_definition(FAMILY, OURS)
    assert warnings() == ""


def test_a_missing_one_is_named(environment: MotoWorld) -> None:
    assert warnings() == (
        f"Warning: ecsTask: no task definition {FAMILY} is registered, so no server can start: register it first"
    )


@pytest.mark.parametrize("tags", [{}, {"hippo-gym:deployment": "another"}])
def test_one_without_the_deployments_tag_names_three_ways_out(environment: MotoWorld, tags: Mapping[str, str]) -> None:
    environment.register_task_definition(FAMILY, tags)
    found = warnings()
    assert f"{FAMILY} has no tag hippo-gym:deployment=HIPPO_Gym, so no server can start" in found
    assert all(way in found for way in ("`hippo submit`", "with this tag", "admitted_task_families"))


def test_an_admitted_family_needs_no_tag(environment: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMITTED_TASK_FAMILIES", FAMILY)
    environment.register_task_definition(FAMILY)
    assert warnings() == ""


@pytest.mark.parametrize(
    ("key", "role", "named"),
    [
        ("executionRoleArn", ROLE, ""),
        ("executionRoleArn", OLD_ROLE, "the execution role ecsTaskExecutionRole is not one of this deployment"),
        ("taskRoleArn", OLD_ROLE, "the task role ecsTaskExecutionRole is not one of this deployment"),
    ],
)
def test_a_role_that_start_server_may_not_pass_is_named(
    environment: MotoWorld, monkeypatch: pytest.MonkeyPatch, key: str, role: str, named: str
) -> None:
    monkeypatch.setenv("TASK_ROLES", ROLE)
    environment.register_task_definition(FAMILY, OURS, **{key: role})
    found = warnings()
    assert named in found
    assert [way in found for way in ("HIPPO_Gym_session_execution", "extra_task_role_arns")] == [bool(named)] * 2


def test_hippos_own_revisions_are_not_looked_up(environment: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_clients, "ecs", lambda: pytest.fail("the task definition was looked up"))
    assert warnings(ecsTask=f"{FAMILY}:7") == ""


def test_a_refusal_of_aws_does_not_refuse_the_registration(
    environment: MotoWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = Interposed(environment.clients.ecs, describe_task_definition=fails(client_error("AccessDeniedException")))
    monkeypatch.setattr(aws_clients, "ecs", lambda: refused)
    assert warnings() == ""
    assert [each["id"] for each in environment.json("project_master_list.json")["projects"]] == [FAMILY]
