"""Task definitions that sessions may run: tagged, of their own family, or admitted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hippo_deploy.preflight import task_definitions
from hippo_deploy.preflight.findings import Finding, Status
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import ACCOUNT, REGION, ROOT, Account

WANTED = Wanted(REGION, ROOT)


@pytest.fixture
def deployed(account: Account) -> Account:
    account.has_deployment("Z1", "subnet-1", "sg-1")
    return account


def run_check(account: Account, *admitted: str) -> list[Finding]:
    return account.find(task_definitions.check, replace(WANTED, admitted_task_families=admitted))


def test_a_first_deployment_has_nothing_to_refuse(account: Account) -> None:
    assert [finding.status for finding in run_check(account)] == [Status.OK]


def test_studies_with_tagged_definitions_of_their_own_are_ok(deployed: Account) -> None:
    deployed.has_study("grid", 1)
    assert [finding.status for finding in run_check(deployed)] == [Status.OK]


def test_a_study_of_a_script_is_named_before_its_participants_find_out(deployed: Account) -> None:
    deployed.has_study("by_hand", 1, tags=[])
    deployed.has_study("shares", 1, family="grid")
    deployed.has_study("of_another", 1, tags=[{"key": "hippo-gym:deployment", "value": "Pilot"}])
    deployed.has_study("closed", 1, live=False, tags=[])
    [finding] = run_check(deployed)
    assert finding.status is Status.WARNING
    assert finding.found == (
        "sessions of these studies will not start: by_hand, whose task definition has no tag "
        "hippo-gym:deployment=HIPPO_Gym; shares names the family grid; of_another, whose task definition has no tag "
        "hippo-gym:deployment=HIPPO_Gym"
    )


def test_an_admitted_family_is_a_warning_and_its_study_is_none(deployed: Account) -> None:
    deployed.has_study("by_hand", 1, tags=[])
    deployed.has_study("shares", 1, family="grid")
    [finding] = run_check(deployed, "by_hand", "grid")
    assert (finding.status, finding.found) == (Status.WARNING, "admitted_task_families: by_hand, grid")


# --- the containers' role ---

TASK_ROLE = f"arn:aws:iam::{ACCOUNT}:role/research/HIPPO_Gym_session_task"


def test_a_study_that_needs_the_role_is_a_problem_before_the_role_is_deleted(deployed: Account) -> None:
    deployed.has_study("grid", 1, taskRoleArn=TASK_ROLE)
    deployed.has_study("maze", 1)
    deployed.has_study("own", 1, taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/a_study")
    [finding] = deployed.find(task_definitions.roles, WANTED)
    assert (finding.status, "the containers of grid run with" in finding.found) == (Status.PROBLEM, True)
    assert 'session_task_role = "shared"' in finding.fix


def test_with_the_shared_role_it_is_ok(deployed: Account) -> None:
    deployed.has_study("grid", 1, taskRoleArn=TASK_ROLE)
    [finding] = deployed.find(task_definitions.roles, replace(WANTED, session_task_role="shared"))
    assert finding.status is Status.OK


def test_without_such_a_study_there_is_nothing_to_say(deployed: Account) -> None:
    deployed.has_study("maze", 1)
    assert deployed.find(task_definitions.roles, WANTED) == []
