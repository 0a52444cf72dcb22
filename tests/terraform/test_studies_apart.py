"""Studies kept from each other: whose task definitions and images run, who owns pages, where trials go."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.terraform.planning import ACCOUNT_ID, REGION, TIMEOUTS, Plan
from tests.terraform.test_permissions import ANOTHER_CLUSTER, BUCKET, CLUSTER, ECS

pytestmark = pytest.mark.terraform

# --- task definitions and images ---


@pytest.mark.parametrize(
    ("family", "owner", "runs"),
    [
        ("a_study", "pilot", True),
        ("a_study", "HIPPO_Gym", False),
        ("a_study", None, False),
        ("of_a_script", None, True),
        ("of_a_script", "HIPPO_Gym", True),
        ("of_a_script_too", None, False),
    ],
)
def test_tasks_run_from_tagged_definitions_and_admitted_families(
    pilot: Plan, family: str, owner: str | None, runs: bool
) -> None:
    tags: dict[str, Any] = {} if owner is None else {"aws__ResourceTag/hippo-gym__deployment": owner}
    definition = f"{ECS}:task-definition/{family}:3"
    assert pilot.allows("start_server", "ecs:RunTask", definition, ecs__cluster=CLUSTER, **tags) == runs
    assert not pilot.allows("start_server", "ecs:RunTask", definition, ecs__cluster=ANOTHER_CLUSTER, **tags)


@pytest.mark.parametrize(
    ("repository", "owner", "pulls"),
    [
        ("a-study", "pilot", True),
        ("a-study", "HIPPO_Gym", False),
        ("a-study", None, False),
        ("lab/of_a_script", None, True),
        ("lab/of_a_script2", None, False),
    ],
)
def test_images_come_from_tagged_and_admitted_repositories(
    pilot: Plan, repository: str, owner: str | None, pulls: bool
) -> None:
    tags: dict[str, Any] = {} if owner is None else {"aws__ResourceTag/hippo-gym__deployment": owner}
    arn = f"arn:aws:ecr:{REGION}:{ACCOUNT_ID}:repository/{repository}"
    for action in ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
        assert pilot.role_may("session_execution", action, arn, **tags) == pulls
    assert not pilot.role_may("session_execution", "ecr:PutImage", arn, **tags)


def test_the_functions_know_the_admitted_families(pilot: Plan) -> None:
    knowing = [file for file in TIMEOUTS if "ADMITTED_TASK_FAMILIES" in pilot.environment(file)]
    assert sorted(knowing) == ["start_server", "update_project_master_list"]
    assert pilot.environment("start_server")["ADMITTED_TASK_FAMILIES"] == "of_a_script"


# --- studies with owners ---

OWN_PAGES = ("maze-1/1.html", "maze-1/forms/1.html", "_versions/maze-1/0123456789abcdef/project.json")
OWN_DATA = ("maze-1/Users/p1", "maze-1/Trials/p1/20250102-0123456789abcdef/a.jsonl")
CHANGES = ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion")


@pytest.mark.parametrize("principal", ["role/labs/ada", "user/it"])
def test_owners_change_and_clear_their_study(pilot: Plan, principal: str) -> None:
    assert not any(pilot.bucket_refuses(principal, action, key) for action in CHANGES for key in OWN_PAGES + OWN_DATA)


@pytest.mark.parametrize("principal", ["role/labs/bob", "user/it2", "role/ada", "role/pilot_session_task"])
def test_others_neither_change_nor_clear_it(pilot: Plan, principal: str) -> None:
    assert all(pilot.bucket_refuses(principal, action, key) for action in CHANGES for key in OWN_PAGES)
    assert all(pilot.bucket_refuses(principal, action, key) for action in CHANGES[1:] for key in OWN_DATA)
    assert not pilot.bucket_refuses(principal, "s3:GetObject", OWN_PAGES[0])


def test_other_studies_belong_to_every_researcher(pilot: Plan) -> None:
    for key in ("maze-12/1.html", "maze/1.html", "_versions/maze-12/0/project.json", "maze-12/Users/p1"):
        assert not any(pilot.bucket_refuses("role/labs/bob", action, key) for action in CHANGES)


@pytest.mark.parametrize("file", TIMEOUTS)
def test_functions_keep_the_records_of_studies_with_owners_and_not_their_pages(pilot: Plan, file: str) -> None:
    assert not any(pilot.bucket_refuses(f"role/pilot_{file}", action, key) for action in CHANGES for key in OWN_DATA)
    assert pilot.bucket_refuses(f"role/pilot_{file}", "s3:PutObject", OWN_PAGES[0])


# --- trials ---


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        ("maze-2/Trials/p1/20250102-0123456789abcdef/a.jsonl", True),
        ("maze-2/Trials/p1/progress.json", True),
        ("_versions/maze-2/Trials/1.html", False),
        ("_sessions/live/Trials/p1.json", False),
        ("maze-2/Users/p1", False),
        ("maze-2/1.html", False),
        ("project_master_list.json", False),
    ],
)
def test_tickets_and_the_shared_role_write_trials_and_nothing_else(pilot: Plan, key: str, allowed: bool) -> None:
    assert pilot.allows("issue_upload_ticket", "s3:PutObject", f"{BUCKET}/{key}") == allowed
    assert pilot.role_may("session_task", "s3:PutObject", f"{BUCKET}/{key}") == allowed


def test_a_ticket_reads_progress_alone_and_deletes_nothing(pilot: Plan) -> None:
    trials = f"{BUCKET}/maze-2/Trials/p1"
    assert pilot.allows("issue_upload_ticket", "s3:GetObject", f"{trials}/progress.json")
    assert not pilot.allows("issue_upload_ticket", "s3:GetObject", f"{trials}/20250102-0123456789abcdef/a.jsonl")
    assert not pilot.allows("issue_upload_ticket", "s3:DeleteObject", f"{trials}/progress.json")
    writers = [file for file in TIMEOUTS if pilot.allows(file, "s3:PutObject", f"{trials}/progress.json")]
    assert writers == ["issue_upload_ticket"]


def test_by_default_containers_have_no_role(minimal: Plan) -> None:
    roles = {each.values["name"] for each in minimal.of_type("aws_iam_role")}
    assert "HIPPO_Gym_session_execution" in roles
    assert "HIPPO_Gym_session_task" not in roles
    assert "session_task" not in json.dumps(minimal.policies)


def test_tickets_have_a_limit_of_requests_of_their_own(pilot: Plan) -> None:
    routes = pilot.at("module.api.aws_apigatewayv2_stage.default")["route_settings"]
    limits = {route["route_key"]: route["throttling_rate_limit"] for route in routes}
    assert limits["POST /trials"] == 50
    assert limits["GET /next"] == 100
