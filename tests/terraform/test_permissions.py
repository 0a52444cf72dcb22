"""Permissions of the planned policies, evaluated by IAM's rules on the JSON that the provider would send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.terraform.planning import ACCOUNT_ID, REGION, TIMEOUTS, Plan

pytestmark = pytest.mark.terraform

BUCKET = f"arn:aws:s3:::pilot-projects-{ACCOUNT_ID}"
ECS = f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}"
CLUSTER = f"{ECS}:cluster/pilot-20250102-0123456789abcdef"
TASK = f"{ECS}:task/pilot-20250102-0123456789abcdef/0f1e"
ANOTHER_CLUSTER = f"{ECS}:cluster/HIPPO_Gym-20250102-0123456789abcdef"
SCHEDULE = f"arn:aws:scheduler:{REGION}:{ACCOUNT_ID}:schedule/default/pilot-20250102-0123456789abcdef"
ANOTHER_SCHEDULE = SCHEDULE.replace("pilot", "HIPPO_Gym")
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:pilot"

#: Actions without a resource type, the only ones that may be allowed on "*", and the condition that limits
#: each to this deployment or at least its Region. Service Authorization Reference, column "Resource types";
#: for CreateCluster, which it lists with a cluster, the Amazon ECS developer guide ("does not accept any
#: resources").
WITHOUT_RESOURCE = {
    "ec2:DescribeNetworkInterfaces": "aws:RequestedRegion",
    "ecr:GetAuthorizationToken": "aws:RequestedRegion",
    "ecs:CreateCluster": "aws:RequestTag/hippo-gym:deployment",
    "ecs:DescribeTaskDefinition": "aws:RequestedRegion",
    "ecs:ListClusters": "aws:RequestedRegion",
    "ecs:ListTaskDefinitions": "aws:RequestedRegion",
    "ecs:ListTasks": "ecs:cluster",  # only for container instances, which Fargate does not have
    "ecs:RegisterTaskDefinition": "aws:RequestTag/hippo-gym:deployment",
    "scheduler:ListSchedules": "aws:RequestedRegion",
    "xray:PutTelemetryRecords": "aws:RequestedRegion",
    "xray:PutTraceSegments": "aws:RequestedRegion",
}

#: Every resource pattern, and the reason for its star.
PATTERNS = {
    "{bucket}/*.html": "projects and their pages, which are added and removed without Terraform",
    "{bucket}/*/Users/*": "projects and participants",
    "{bucket}/*/Trials/*": "projects and participants",
    "{bucket}/*/Trials/*/progress.json": "projects and participants",
    "{bucket}/_versions/*": "projects and their versions",
    "{bucket}/_versions/*/project.json": "projects and their versions",
    "{bucket}/_participants/*": "projects",
    "{bucket}/_sessions/*": "participants, projects and sessions",
    "{bucket}/_sessions/live/*": "participants",
    "{bucket}/_sessions/here/*": "one object for each session",
    "{bucket}/_sessions/warm/*": "one object for each warm server",
    "{bucket}/_sessions/ended/*": "projects and sessions",
    "{ssm}:parameter/hippo-gym-links/pilot/*": "projects whose links are signed",
    "{ecs}:cluster/pilot-*": "sessions",
    "{ecs}:task/pilot-*/*": "sessions and their tasks",
    "{ecs}:task-definition/*:*": "projects, whose task definitions have their id; the tag names the deployment",
    "{scheduler}:schedule/default/pilot-*": "sessions",
    "{ecs}:task-definition/of_a_script:*": "an admitted family, in any version",
    "{ecr}:repository/*": "projects, whose repository has their id; the tag names the deployment",
    "{logs}:log-group:/aws/lambda/pilot_{file}:*": "log streams, which Lambda names",
    "{logs}:log-group:/ecs/pilot:*": "log streams, which ECS names after tasks",
    "{logs}:log-group:/ecs/pilot:log-stream:*": "log streams, which ECS names after tasks",
    "arn:aws:route53:::change/*": "changes, which Route 53 numbers",
    "{iam}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS*": "the form in the IAM user guide",
    "arn:aws:ssm:*:{account}:parameter/hippo-gym/pilot": "the Region, which `hippo` does not know beforehand",
}
LIFECYCLE = ("start_server", "stop_server", "sweep_sessions")


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def record(action: str, kind: str = "A", name: str = "p1.play.example.net") -> dict[str, list[str]]:
    """Return the condition keys of a change of one record."""
    prefix = "route53__ChangeResourceRecordSets"
    return {f"{prefix}Actions": [action], f"{prefix}RecordTypes": [kind], f"{prefix}NormalizedRecordNames": [name]}


def zone(pilot: Plan) -> str:
    return f"arn:aws:route53:::hostedzone/{pilot.environment('stop_server')['HOSTED_ZONE_ID']}"


def test_the_first_plan_knows_every_policy(pilot: Plan) -> None:
    """So that a review of the first plan shows all of them."""
    holders = ("aws_iam_role_policy", "aws_sns_topic_policy", "aws_sqs_queue_policy", "aws_s3_bucket_policy")
    unknown = [
        resource.address for resource in pilot.resources if resource.type in holders and "policy" not in resource.values
    ]
    assert unknown == []
    assert len(pilot.policies) > 20


def allowed(pilot: Plan) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every allowing statement of an identity policy, with its address."""
    for address, policy in pilot.policies.items():
        for statement in policy["Statement"]:
            if statement["Effect"] == "Allow" and "Resource" in statement:
                yield f"{address}: {statement['Sid']}", statement


def test_only_actions_without_a_resource_type_have_a_wildcard(pilot: Plan) -> None:
    for where, statement in allowed(pilot):
        if "*" in listed(statement["Resource"]):
            keys = {key for condition in statement.get("Condition", {}).values() for key in condition}
            assert {WITHOUT_RESOURCE.get(action) for action in listed(statement["Action"])} <= keys, where


def test_every_action_without_resource_is_allowed_somewhere(pilot: Plan) -> None:
    """So that the table above has no superfluous entry."""
    found = [listed(each["Action"]) for _, each in allowed(pilot) if "*" in listed(each["Resource"])]
    assert {action for actions in found for action in actions} == set(WITHOUT_RESOURCE)


def test_every_other_pattern_has_a_reason_in_the_table(pilot: Plan) -> None:
    services = {name: f"arn:aws:{name}:{REGION}:{ACCOUNT_ID}" for name in ("ecs", "ecr", "logs", "scheduler", "ssm")}
    services |= {"bucket": BUCKET, "iam": f"arn:aws:iam::{ACCOUNT_ID}", "account": ACCOUNT_ID}
    known = {pattern.format(**services, file=file) for pattern in PATTERNS for file in TIMEOUTS}
    found = {resource for _, each in allowed(pilot) for resource in listed(each["Resource"]) if "*" in resource}
    assert found - {"*"} == known


def test_no_statement_allows_actions_by_pattern(pilot: Plan) -> None:
    for address, policy in pilot.policies.items():
        for statement in policy["Statement"]:
            if statement["Effect"] == "Allow":
                assert not any("*" in action for action in listed(statement["Action"])), address


def test_every_statement_has_a_unique_name(pilot: Plan) -> None:
    for address, policy in pilot.policies.items():
        names = [statement["Sid"] for statement in policy["Statement"]]
        assert all(names), address
        assert len(set(names)) == len(names), address


@pytest.mark.parametrize(
    ("file", "action", "key"),
    [
        ("next_step", "s3:GetObject", "project_master_list.json"),
        ("start_server", "s3:GetObject", "project_master_list.json"),
        ("stop_server", "s3:GetObject", "project_master_list.json"),
        ("next_step", "s3:GetObject", "study/1_consent.html"),
        ("next_step", "s3:GetObject", "_sessions/live/p1.json"),
        ("next_step", "s3:PutObject", "study/Users/p1"),
        ("update_project_master_list", "s3:GetObject", "project_master_list.json"),
        ("update_project_master_list", "s3:PutObject", "project_master_list.json"),
        *[
            (file, action, key)
            for file in LIFECYCLE
            for action, key in [
                ("s3:GetObject", "_sessions/live/p1.json"),
                ("s3:PutObject", "_sessions/live/p1.json"),
                ("s3:DeleteObject", "_sessions/live/p1.json"),
                ("s3:PutObject", "_sessions/ended/study/2025-01-02/20250102-0123456789abcdef.json"),
            ]
        ],
    ],
)
def test_objects_that_a_function_needs(pilot: Plan, file: str, action: str, key: str) -> None:
    assert pilot.allows(file, action, f"{BUCKET}/{key}")


@pytest.mark.parametrize(
    ("file", "action", "key"),
    [
        ("next_step", "s3:PutObject", "project_master_list.json"),
        ("next_step", "s3:PutObject", "study/1_consent.html"),
        ("next_step", "s3:PutObject", "_sessions/live/p1.json"),
        ("next_step", "s3:DeleteObject", "study/Users/p1"),
        ("next_step", "s3:DeleteObject", "_sessions/here/20250102-0123456789abcdef"),
        ("sweep_sessions", "s3:PutObject", "_sessions/here/20250102-0123456789abcdef"),
        ("start_server", "s3:GetObject", "study/Users/p1"),
        ("stop_server", "s3:PutObject", "project_master_list.json"),
        ("stop_server", "s3:GetObject", "_versions/study/3f9a0c1d2e4b5a67/project.json"),
        ("stop_server", "s3:PutObject", "_sessions/marks.json"),
        ("stop_server", "s3:DeleteObject", "_sessions/ended/study/2025-01-02/20250102-0123456789abcdef.json"),
        ("sweep_sessions", "s3:DeleteObject", "_sessions/places.json"),
        ("sweep_sessions", "s3:PutObject", "project_master_list.json"),
        ("next_step", "s3:GetObject", "_sessions/marks.json"),
        ("sweep_sessions", "s3:PutObject", "study/Users/p1"),
        ("sweep_sessions", "s3:DeleteObject", "study/1_consent.html"),
        ("update_project_master_list", "s3:GetObject", "study/Users/p1"),
        ("update_project_master_list", "s3:DeleteObject", "project_master_list.json"),
        ("send_start_server_message", "s3:GetObject", "project_master_list.json"),
    ],
)
def test_objects_that_a_function_must_not_access(pilot: Plan, file: str, action: str, key: str) -> None:
    assert not pilot.allows(file, action, f"{BUCKET}/{key}")


@pytest.mark.parametrize("file", ["next_step", "update_project_master_list", *LIFECYCLE])
def test_functions_that_read_get_404_for_a_missing_object(pilot: Plan, file: str) -> None:
    assert pilot.allows(file, "s3:ListBucket", BUCKET)


def test_functions_that_may_publish_to_each_topic(pilot: Plan) -> None:
    askers = {
        topic: {file for file in TIMEOUTS if pilot.allows(file, "sns:Publish", f"{TOPIC}_{topic}")}
        for topic in ("start_server", "stop_server")
    }
    assert askers == {
        "start_server": {"next_step", "send_start_server_message", "start_server", "stop_server", "sweep_sessions"},
        "stop_server": {"next_step", "send_stop_server_message"},
    }


def test_tasks_run_in_clusters_of_this_deployment_only(pilot: Plan) -> None:
    definition = f"{ECS}:task-definition/a_study:3"
    tags: dict[str, Any] = {"aws__ResourceTag/hippo-gym__deployment": "pilot"}
    assert pilot.allows("start_server", "ecs:RunTask", definition, ecs__cluster=CLUSTER, **tags)
    assert not pilot.allows("start_server", "ecs:RunTask", definition, ecs__cluster=ANOTHER_CLUSTER, **tags)
    assert not pilot.allows("start_server", "ecs:RunTask", definition, **tags)
    assert [
        file for file in TIMEOUTS if pilot.allows(file, "ecs:RunTask", definition, ecs__cluster=CLUSTER, **tags)
    ] == ["start_server"]


@pytest.mark.parametrize("file", LIFECYCLE)
def test_the_lifecycle_reaches_clusters_and_tasks_of_this_deployment_only(pilot: Plan, file: str) -> None:
    for action, resource in [
        ("ecs:DeleteCluster", CLUSTER),
        ("ecs:DescribeTasks", TASK),
        ("ecs:StopTask", TASK),
    ]:
        assert pilot.allows(file, action, resource, ecs__cluster=CLUSTER)
        assert not pilot.allows(file, action, resource.replace("pilot", "HIPPO_Gym"), ecs__cluster=ANOTHER_CLUSTER)
    assert pilot.allows(file, "ecs:ListTasks", "*", ecs__cluster=CLUSTER)
    assert not pilot.allows(file, "ecs:ListTasks", "*", ecs__cluster=ANOTHER_CLUSTER)


def test_tags_are_set_at_creation_only(pilot: Plan) -> None:
    assert pilot.allows("start_server", "ecs:TagResource", CLUSTER, ecs__CreateAction="CreateCluster")
    assert pilot.allows("start_server", "ecs:TagResource", TASK, ecs__CreateAction="RunTask")
    assert not pilot.allows("start_server", "ecs:TagResource", CLUSTER)


@pytest.mark.parametrize("role", ["pilot_session_execution", "pilot_session_task", "a_study"])
def test_only_ecs_tasks_get_the_task_roles(pilot: Plan, role: str) -> None:
    to_tasks: dict[str, Any] = {"iam__PassedToService": "ecs-tasks.amazonaws.com"}
    assert pilot.allows("start_server", "iam:PassRole", f"{ROLE}/{role}", **to_tasks)
    assert not pilot.allows(
        "start_server", "iam:PassRole", f"{ROLE}/{role}", iam__PassedToService="lambda.amazonaws.com"
    )
    assert not pilot.allows("start_server", "iam:PassRole", f"{ROLE}/administrator", **to_tasks)
    assert not pilot.allows("stop_server", "iam:PassRole", f"{ROLE}/{role}", **to_tasks)


def test_only_the_scheduler_gets_its_role(pilot: Plan) -> None:
    def givers(service: str) -> list[str]:
        role = f"{ROLE}/pilot_scheduler"
        return [file for file in TIMEOUTS if pilot.allows(file, "iam:PassRole", role, iam__PassedToService=service)]

    assert givers("scheduler.amazonaws.com") == ["start_server", "stop_server"]
    assert givers("ecs-tasks.amazonaws.com") == []


def test_functions_may_change_schedules_of_this_deployment_only(pilot: Plan) -> None:
    actions = ("Create", "Get", "Update", "Delete")
    holders = {
        action: [file for file in TIMEOUTS if pilot.allows(file, f"scheduler:{action}Schedule", SCHEDULE)]
        for action in actions
    }
    assert holders == {
        "Create": ["start_server"],
        "Get": ["stop_server"],
        "Update": ["start_server", "stop_server"],
        "Delete": list(LIFECYCLE),
    }
    for action in actions:
        assert not any(pilot.allows(file, f"scheduler:{action}Schedule", ANOTHER_SCHEDULE) for file in TIMEOUTS)


def test_only_start_server_creates_clusters_and_only_with_the_deployment_s_tag(pilot: Plan) -> None:
    tagged: dict[str, Any] = {"aws__RequestTag/hippo-gym__deployment": "pilot"}
    others: dict[str, Any] = {"aws__RequestTag/hippo-gym__deployment": "HIPPO_Gym"}
    assert [file for file in TIMEOUTS if pilot.allows(file, "ecs:CreateCluster", "*", **tagged)] == ["start_server"]
    assert not pilot.allows("start_server", "ecs:CreateCluster", "*", **others)
    assert not pilot.allows("start_server", "ecs:CreateCluster", "*")


def test_start_server_creates_names_and_all_three_delete_them(pilot: Plan) -> None:
    change = "route53:ChangeResourceRecordSets"
    assert [file for file in TIMEOUTS if pilot.allows(file, change, zone(pilot), **record("UPSERT"))] == [
        "start_server"
    ]
    assert {file for file in TIMEOUTS if pilot.allows(file, change, zone(pilot), **record("DELETE", "TXT"))} == set(
        LIFECYCLE
    )


@pytest.mark.parametrize(
    "changed",
    [
        record("UPSERT", kind="MX"),
        record("UPSERT", kind="NS"),
        record("UPSERT", name="play.example.net"),
        record("UPSERT", name="www.example.net"),
        record("UPSERT", name="p1.display.example.net"),
        record("UPSERT", name="a.p1.play.example.net"),
        record("UPSERT", name="_dmarc.play.example.net"),
        record("CREATE"),
        {},
    ],
    ids=str,
)
def test_no_other_record_can_be_changed(pilot: Plan, changed: dict[str, Any]) -> None:
    assert not pilot.allows("start_server", "route53:ChangeResourceRecordSets", zone(pilot), **changed)


def test_no_other_zone_can_be_changed(pilot: Plan) -> None:
    another = "arn:aws:route53:::hostedzone/ZANOTHER"
    assert not pilot.allows("start_server", "route53:ChangeResourceRecordSets", another, **record("UPSERT"))
    assert not pilot.allows("start_server", "route53:ListResourceRecordSets", another)


def test_only_the_sweeper_lists_clusters_and_schedules(pilot: Plan) -> None:
    for action, resource in [
        ("ecs:ListClusters", "*"),
        ("scheduler:ListSchedules", "*"),
        ("ecs:DescribeClusters", CLUSTER),
    ]:
        assert [file for file in TIMEOUTS if pilot.allows(file, action, resource)] == ["sweep_sessions"]
    assert not pilot.allows("sweep_sessions", "ecs:DescribeClusters", ANOTHER_CLUSTER)


def test_inline_policies_fit_a_role(pilot: Plan) -> None:
    """At most 10,240 characters, white space not counted (IAM user guide, "IAM and AWS STS quotas")."""
    for file in TIMEOUTS:
        assert len(json.dumps(pilot.policy(file), separators=(",", ":"))) < 10_240, file


def test_bucket_topics_and_queues_refuse_plain_http(pilot: Plan) -> None:
    guarded = [
        address
        for address, policy in pilot.policies.items()
        for statement in policy["Statement"]
        if statement["Effect"] == "Deny" and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    ]
    assert len(guarded) == 6  # the bucket, three topics, two queues
