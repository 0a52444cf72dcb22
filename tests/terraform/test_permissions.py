"""What the planned policies allow and refuse, decided by IAM's rules on the JSON that the provider would send."""

from __future__ import annotations

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

#: Actions that know no resource: the only ones that may be allowed on "*".
WITHOUT_RESOURCE = {
    "ec2:DescribeNetworkInterfaces",
    "ecr:GetAuthorizationToken",
    "ecs:CreateCluster",
    "ecs:DescribeTaskDefinition",
    "ecs:ListClusters",
    "ecs:ListTaskDefinitions",
    "ecs:ListTasks",  # knows container instances only; its condition names the clusters
    "ecs:RegisterTaskDefinition",
    "scheduler:ListSchedules",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
LIFECYCLE = ("start_server", "stop_server", "sweep_sessions")


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def record(action: str, kind: str = "A", name: str = "p1.play.example.net") -> dict[str, list[str]]:
    """The condition keys of a change of one record."""
    prefix = "route53__ChangeResourceRecordSets"
    return {f"{prefix}Actions": [action], f"{prefix}RecordTypes": [kind], f"{prefix}NormalizedRecordNames": [name]}


def zone(pilot: Plan) -> str:
    return f"arn:aws:route53:::hostedzone/{pilot.environment('stop_server')['HOSTED_ZONE_ID']}"


def test_every_policy_is_known_before_anything_is_made(pilot: Plan) -> None:
    """So a review of the first plan shows them all."""
    holders = ("aws_iam_role_policy", "aws_sns_topic_policy", "aws_sqs_queue_policy", "aws_s3_bucket_policy")
    unknown = [
        resource.address for resource in pilot.resources if resource.type in holders and "policy" not in resource.values
    ]
    assert unknown == []
    assert len(pilot.policies) > 20


def test_a_wildcard_stands_only_where_an_action_knows_no_resource(pilot: Plan) -> None:
    for address, policy in pilot.policies.items():
        for statement in policy["Statement"]:
            if statement["Effect"] == "Allow" and "*" in listed(statement.get("Resource", [])):
                assert set(listed(statement["Action"])) <= WITHOUT_RESOURCE, f"{address}: {statement['Sid']}"


def test_no_statement_allows_actions_by_pattern(pilot: Plan) -> None:
    for address, policy in pilot.policies.items():
        for statement in policy["Statement"]:
            if statement["Effect"] == "Allow":
                assert not any("*" in action for action in listed(statement["Action"])), address


def test_every_statement_has_a_name_of_its_own(pilot: Plan) -> None:
    for address, policy in pilot.policies.items():
        names = [statement["Sid"] for statement in policy["Statement"]]
        assert all(names), address
        assert len(set(names)) == len(names), address


@pytest.mark.parametrize(
    ("file", "action", "key"),
    [
        ("next_step", "s3:GetObject", "project_master_list.json"),
        ("next_step", "s3:GetObject", "study/1_consent.html"),
        ("next_step", "s3:GetObject", "_sessions/live/p1.json"),
        ("next_step", "s3:PutObject", "study/Users/p1"),
        ("update_project_master_list", "s3:GetObject", "project_master_list.json"),
        ("update_project_master_list", "s3:PutObject", "project_master_list.json"),
        *[
            (file, action, key)
            for file in LIFECYCLE
            for action, key in [
                ("s3:GetObject", "project_master_list.json"),
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
        ("start_server", "s3:GetObject", "study/Users/p1"),
        ("stop_server", "s3:PutObject", "project_master_list.json"),
        ("sweep_sessions", "s3:DeleteObject", "study/Users/p1"),
        ("update_project_master_list", "s3:GetObject", "study/Users/p1"),
        ("update_project_master_list", "s3:DeleteObject", "project_master_list.json"),
        ("send_start_server_message", "s3:GetObject", "project_master_list.json"),
    ],
)
def test_objects_that_a_function_must_not_touch(pilot: Plan, file: str, action: str, key: str) -> None:
    assert not pilot.allows(file, action, f"{BUCKET}/{key}")


@pytest.mark.parametrize("file", ["next_step", "update_project_master_list", *LIFECYCLE])
def test_whoever_reads_can_tell_missing_from_forbidden(pilot: Plan, file: str) -> None:
    assert pilot.allows(file, "s3:ListBucket", BUCKET)


def test_who_may_ask_for_what(pilot: Plan) -> None:
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
    assert pilot.allows("start_server", "ecs:RunTask", definition, ecs__cluster=CLUSTER)
    assert not pilot.allows("start_server", "ecs:RunTask", definition, ecs__cluster=ANOTHER_CLUSTER)
    assert not pilot.allows("start_server", "ecs:RunTask", definition)
    assert [file for file in TIMEOUTS if pilot.allows(file, "ecs:RunTask", definition, ecs__cluster=CLUSTER)] == [
        "start_server"
    ]


@pytest.mark.parametrize("file", LIFECYCLE)
def test_the_lifecycle_reaches_clusters_and_tasks_of_this_deployment_only(pilot: Plan, file: str) -> None:
    for action, resource in [
        ("ecs:DescribeClusters", CLUSTER),
        ("ecs:DeleteCluster", CLUSTER),
        ("ecs:DescribeTasks", TASK),
        ("ecs:StopTask", TASK),
    ]:
        assert pilot.allows(file, action, resource, ecs__cluster=CLUSTER)
        assert not pilot.allows(file, action, resource.replace("pilot", "HIPPO_Gym"), ecs__cluster=ANOTHER_CLUSTER)
    assert pilot.allows(file, "ecs:ListTasks", "*", ecs__cluster=CLUSTER)
    assert not pilot.allows(file, "ecs:ListTasks", "*", ecs__cluster=ANOTHER_CLUSTER)


def test_tags_are_set_at_birth_only(pilot: Plan) -> None:
    assert pilot.allows("start_server", "ecs:TagResource", CLUSTER, ecs__CreateAction="CreateCluster")
    assert pilot.allows("start_server", "ecs:TagResource", TASK, ecs__CreateAction="RunTask")
    assert not pilot.allows("start_server", "ecs:TagResource", CLUSTER)


@pytest.mark.parametrize("role", ["pilot_session_execution", "pilot_session_task", "a_study"])
def test_a_task_gets_its_roles_and_nobody_else_does(pilot: Plan, role: str) -> None:
    to_tasks: dict[str, Any] = {"iam__PassedToService": "ecs-tasks.amazonaws.com"}
    assert pilot.allows("start_server", "iam:PassRole", f"{ROLE}/{role}", **to_tasks)
    assert not pilot.allows(
        "start_server", "iam:PassRole", f"{ROLE}/{role}", iam__PassedToService="lambda.amazonaws.com"
    )
    assert not pilot.allows("start_server", "iam:PassRole", f"{ROLE}/administrator", **to_tasks)
    assert not pilot.allows("stop_server", "iam:PassRole", f"{ROLE}/{role}", **to_tasks)


@pytest.mark.parametrize("file", LIFECYCLE)
def test_the_schedulers_role_goes_to_the_scheduler(pilot: Plan, file: str) -> None:
    role = f"{ROLE}/pilot_scheduler"
    assert pilot.allows(file, "iam:PassRole", role, iam__PassedToService="scheduler.amazonaws.com")
    assert not pilot.allows(file, "iam:PassRole", role, iam__PassedToService="ecs-tasks.amazonaws.com")


@pytest.mark.parametrize("file", LIFECYCLE)
def test_schedules_of_this_deployment_only(pilot: Plan, file: str) -> None:
    for action in ("scheduler:GetSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"):
        assert pilot.allows(file, action, SCHEDULE)
        assert not pilot.allows(file, action, ANOTHER_SCHEDULE)


def test_only_start_server_makes_what_costs(pilot: Plan) -> None:
    for action, resource in [("ecs:CreateCluster", "*"), ("scheduler:CreateSchedule", SCHEDULE)]:
        assert [file for file in TIMEOUTS if pilot.allows(file, action, resource)] == ["start_server"]
    assert not pilot.allows("start_server", "scheduler:CreateSchedule", ANOTHER_SCHEDULE)


def test_names_are_pointed_by_start_server_and_withdrawn_by_all_three(pilot: Plan) -> None:
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
    ],
    ids=str,
)
def test_no_other_record_can_be_changed(pilot: Plan, changed: dict[str, Any]) -> None:
    assert not pilot.allows("start_server", "route53:ChangeResourceRecordSets", zone(pilot), **changed)


def test_no_other_zone_can_be_changed(pilot: Plan) -> None:
    another = "arn:aws:route53:::hostedzone/ZANOTHER"
    assert not pilot.allows("start_server", "route53:ChangeResourceRecordSets", another, **record("UPSERT"))
    assert not pilot.allows("start_server", "route53:ListResourceRecordSets", another)


def test_only_the_sweeper_lists_what_may_not_be_its_own(pilot: Plan) -> None:
    for action in ("ecs:ListClusters", "scheduler:ListSchedules"):
        assert [file for file in TIMEOUTS if pilot.allows(file, action, "*")] == ["sweep_sessions"]


def test_the_stop_topic_admits_the_task_state_rule_of_this_account_only(pilot: Plan) -> None:
    policies = {address: policy for address, policy in pilot.policies.items() if "aws_sns_topic_policy" in address}
    services = {
        (address.rsplit('"', 2)[1], statement["Principal"]["Service"]): statement["Condition"]
        for address, policy in policies.items()
        for statement in policy["Statement"]
        if isinstance(statement["Principal"], dict) and "Service" in statement["Principal"]
    }
    assert services == {
        ("stop_server", "events.amazonaws.com"): {
            "ArnEquals": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/pilot_task_stopped"},
            "StringEquals": {"aws:SourceAccount": ACCOUNT_ID},
        }
    }


def test_a_topic_policy_names_its_topic_as_the_resource(pilot: Plan) -> None:
    """The old one named a function, so that timed stops never arrived."""
    for topic in ("start_server", "stop_server"):
        policy = pilot.policies[f'module.session_topics.aws_sns_topic_policy.this["{topic}"].policy']
        assert {statement["Resource"] for statement in policy["Statement"]} == {f"{TOPIC}_{topic}"}


def test_everything_refuses_plain_http(pilot: Plan) -> None:
    guarded = [
        address
        for address, policy in pilot.policies.items()
        for statement in policy["Statement"]
        if statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    ]
    assert len(guarded) == 5  # the bucket, two topics, two queues
