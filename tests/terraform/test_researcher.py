"""Permissions of the researcher policy, evaluated by IAM's rules on the JSON that the provider would send."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.terraform.planning import ACCOUNT_ID, REGION, Plan

pytestmark = pytest.mark.terraform

BUCKET = f"arn:aws:s3:::pilot-projects-{ACCOUNT_ID}"
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role"
REPOSITORY = f"arn:aws:ecr:{REGION}:{ACCOUNT_ID}:repository/study"
DEFINITION = f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:task-definition/study:3"
LOG = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:/ecs"
MOST_CHARACTERS = 6144  # of a managed policy, white space not counted (IAM user guide, "IAM and AWS STS quotas")


def tagged(deployment: str, kind: str = "Request", **context: str) -> dict[str, Any]:
    """Return the condition keys of a call that sets a deployment's tag, or whose resource has it."""
    return {f"aws__{kind}Tag/hippo-gym__deployment": deployment, **context}


def test_the_policy_fits_a_managed_policy(pilot: Plan) -> None:
    assert len(json.dumps(pilot.researcher_policy, separators=(",", ":"))) < MOST_CHARACTERS


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("s3:GetObject", "project_master_list.json"),
        ("s3:GetObjectVersion", "project_master_list.json"),
        ("s3:GetObject", "study/1_consent.html"),
        ("s3:PutObject", "study/1_consent.html"),
        ("s3:PutObject", "study/StepFiles/1_consent.html"),
        ("s3:PutObject", "_versions/study/3f9a0c1d2e4b5a67/project.json"),
        ("s3:GetObject", "_versions/study/3f9a0c1d2e4b5a67/project.json"),
        ("s3:GetObject", "study/Users/p1"),
        ("s3:GetObject", "_sessions/live/p1.json"),
        ("s3:GetObjectVersion", "study/1_consent.html"),
        ("s3:GetObjectVersion", "_sessions/ended/study/2025-01-02/20250102-0123456789abcdef.json"),
        ("s3:DeleteObject", "study/1_consent.html"),
        ("s3:DeleteObject", "study/Users/p1"),
        ("s3:DeleteObjectVersion", "study/Users/p1"),
        ("s3:DeleteObjectVersion", "_sessions/live/p1.json"),
        ("s3:DeleteObjectVersion", "study/Trials/p1/1.json"),
        ("s3:DeleteObjectVersion", "_sessions/ended/study/2025-01-02/20250102-0123456789abcdef.json"),
        ("s3:PutObject", "_participants/study.json"),
        ("s3:GetObjectVersion", "_participants/study.json"),
        ("s3:DeleteObjectVersion", "_participants/study.json"),
    ],
)
def test_objects_that_a_researcher_needs(pilot: Plan, action: str, key: str) -> None:
    assert pilot.researcher_may(action, f"{BUCKET}/{key}")
    assert not pilot.researcher_may(action, f"arn:aws:s3:::another-bucket/{key}")


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("s3:PutObject", "project_master_list.json"),
        ("s3:DeleteObject", "project_master_list.json"),
        ("s3:DeleteObjectVersion", "project_master_list.json"),
        ("s3:PutObject", "study/Users/p1"),
        ("s3:PutObject", "study/Trials/p1/1.json"),
        ("s3:PutObject", "_sessions/live/p1.json"),
        ("s3:DeleteObject", "_sessions/live/p1.json"),
        ("s3:DeleteObject", "_participants/study.json"),
        ("s3:GetObjectVersion", "study/Users/p1"),
        ("s3:DeleteObjectVersion", "study/1_consent.html"),
        ("s3:DeleteObject", "_versions/study/3f9a0c1d2e4b5a67/project.json"),
        ("s3:DeleteObjectVersion", "_versions/study/3f9a0c1d2e4b5a67/1_consent.html"),
    ],
)
def test_objects_that_a_researcher_must_not_access(pilot: Plan, action: str, key: str) -> None:
    assert not pilot.researcher_may(action, f"{BUCKET}/{key}")


@pytest.mark.parametrize("action", ["s3:PutBucketPolicy", "s3:PutLifecycleConfiguration", "s3:PutBucketVersioning"])
def test_a_researcher_cannot_change_the_bucket(pilot: Plan, action: str) -> None:
    assert not pilot.researcher_may(action, BUCKET)


def test_a_researcher_may_invoke_two_functions_of_this_deployment(pilot: Plan) -> None:
    functions = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function"
    invocable = {
        function.values["function_name"]
        for function in pilot.of_type("aws_lambda_function")
        if pilot.researcher_may("lambda:InvokeFunction", f"{functions}:{function.values['function_name']}")
    }
    assert invocable == {"pilot_update_project_master_list", "pilot_send_stop_server_message"}
    another = f"{functions}:HIPPO_Gym_update_project_master_list"
    assert not pilot.researcher_may("lambda:InvokeFunction", another)
    own = f"{functions}:pilot_update_project_master_list"
    assert not pilot.researcher_may("lambda:UpdateFunctionCode", own)


@pytest.mark.parametrize("region", [REGION, "eu-west-1"])
def test_the_description_may_be_read_in_every_region(pilot: Plan, region: str) -> None:
    parameter = f"arn:aws:ssm:{region}:{ACCOUNT_ID}:parameter"
    assert pilot.researcher_may("ssm:GetParameter", f"{parameter}/hippo-gym/pilot")
    assert not pilot.researcher_may("ssm:GetParameter", f"{parameter}/hippo-gym/HIPPO_Gym")
    assert not pilot.researcher_may("ssm:PutParameter", f"{parameter}/hippo-gym/pilot")


def test_repositories_are_created_with_the_tag_of_the_deployment(pilot: Plan) -> None:
    assert pilot.researcher_may("ecr:CreateRepository", REPOSITORY, **tagged("pilot"))
    assert pilot.researcher_may("ecr:TagResource", REPOSITORY, **tagged("pilot"))
    assert not pilot.researcher_may("ecr:CreateRepository", REPOSITORY)
    assert not pilot.researcher_may("ecr:CreateRepository", REPOSITORY, **tagged("HIPPO_Gym"))


def test_a_repository_of_another_deployment_cannot_be_retagged(pilot: Plan) -> None:
    theirs = {**tagged("pilot"), **tagged("HIPPO_Gym", "Resource")}
    assert not pilot.researcher_may("ecr:TagResource", REPOSITORY, **theirs)
    assert not pilot.researcher_may("ecr:UntagResource", REPOSITORY, **tagged("HIPPO_Gym", "Resource"))


@pytest.mark.parametrize("action", ["ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:BatchGetImage"])
def test_images_go_to_repositories_of_this_deployment_only(pilot: Plan, action: str) -> None:
    assert pilot.researcher_may(action, REPOSITORY, **tagged("pilot", "Resource"))
    assert not pilot.researcher_may(action, REPOSITORY, **tagged("HIPPO_Gym", "Resource"))
    assert not pilot.researcher_may(action, REPOSITORY)


def test_a_researcher_cannot_delete_a_repository_or_an_image(pilot: Plan) -> None:
    for action in ("ecr:DeleteRepository", "ecr:BatchDeleteImage", "ecr:SetRepositoryPolicy"):
        assert not pilot.researcher_may(action, REPOSITORY, **tagged("pilot", "Resource"))


def test_task_definitions_are_registered_with_the_tag_and_tagged_at_creation_only(pilot: Plan) -> None:
    assert pilot.researcher_may("ecs:RegisterTaskDefinition", "*", **tagged("pilot"))
    assert not pilot.researcher_may("ecs:RegisterTaskDefinition", "*")
    assert not pilot.researcher_may("ecs:RegisterTaskDefinition", "*", **tagged("HIPPO_Gym"))
    at_birth = tagged("pilot", ecs__CreateAction="RegisterTaskDefinition")
    assert pilot.researcher_may("ecs:TagResource", DEFINITION, **at_birth)
    assert not pilot.researcher_may("ecs:TagResource", DEFINITION, **tagged("pilot"))
    cluster = DEFINITION.replace("task-definition/study:3", "cluster/pilot-shared")
    assert not pilot.researcher_may("ecs:TagResource", cluster, **at_birth)


def test_a_researcher_cannot_start_or_stop_tasks_directly(pilot: Plan) -> None:
    cluster = f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:cluster/pilot-shared"
    for action, resource in [
        ("ecs:RunTask", DEFINITION),
        ("ecs:StopTask", f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:task/pilot-shared/0f1e"),
        ("ecs:ExecuteCommand", f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:task/pilot-shared/0f1e"),
        ("ecs:DeregisterTaskDefinition", "*"),
        ("sns:Publish", f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:pilot_stop_server"),
    ]:
        assert not pilot.researcher_may(action, resource, ecs__cluster=cluster)


@pytest.mark.parametrize("role", ["pilot_session_execution", "pilot_session_task"])
def test_the_roles_of_tasks_are_passed_to_tasks_only(pilot: Plan, role: str) -> None:
    to_tasks: dict[str, Any] = {"iam__PassedToService": "ecs-tasks.amazonaws.com"}
    assert pilot.researcher_may("iam:PassRole", f"{ROLE}/{role}", **to_tasks)
    assert not pilot.researcher_may("iam:PassRole", f"{ROLE}/{role}", iam__PassedToService="lambda.amazonaws.com")


@pytest.mark.parametrize("role", ["a_study", "pilot_start_server", "pilot_scheduler", "HIPPO_Gym_session_task"])
def test_no_other_role_is_passed(pilot: Plan, role: str) -> None:
    assert not pilot.researcher_may("iam:PassRole", f"{ROLE}/{role}", iam__PassedToService="ecs-tasks.amazonaws.com")


def test_a_researcher_reads_the_servers_log_only(pilot: Plan) -> None:
    assert pilot.researcher_may("logs:GetLogEvents", f"{LOG}/pilot:log-stream:study/study/0f1e")
    assert not pilot.researcher_may("logs:GetLogEvents", f"{LOG}/HIPPO_Gym:log-stream:study/study/0f1e")
    functions_log = f"{LOG.removesuffix('/ecs')}/aws/lambda/pilot_next_step:log-stream:a"
    assert not pilot.researcher_may("logs:GetLogEvents", functions_log)


def test_the_description_s_name_is_the_deployment_s(pilot: Plan) -> None:
    parameter = pilot.at("module.deployment_description.aws_ssm_parameter.this")
    assert (parameter["name"], parameter["type"]) == ("/hippo-gym/pilot", "String")
