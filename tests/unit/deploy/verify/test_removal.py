"""Verify removes its study and nothing else; it lists what is left, with commands."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from hippo_deploy.verify import removal
from hippo_deploy.verify.checks import afterwards
from hippo_deploy.verify.results import Failed, Unproven
from hippo_deploy.verify.world import Patience
from tests.unit.deploy.verify.stage import BUCKET, NAME, NOON, SESSION, STUDY, Stage, denied

OTHERS = ("grid_world", "hippo-verify-ffffffff", f"{STUDY.id}x")
"""Other studies, including one of another verification."""


class Topic:
    """SNS: stores published messages, and applies their effect."""

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []
        self.then: Any = lambda message: None

    def publish(self, TopicArn: str, Message: str) -> None:  # noqa: N803
        message = json.loads(Message)
        self.published.append(message)
        self.then(message)


class Tags:
    """moto's ECS with tag calls that need no cluster."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.released: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def untag_resource(self, resourceArn: str, tagKeys: list[str]) -> None:  # noqa: N803
        self.released.append(resourceArn)


@pytest.fixture
def topic(stage: Stage) -> Topic:
    stage.clients.instead["sns"] = topic = Topic()
    stage.clients.client("logs").create_log_group(logGroupName=stage.target.session_log_group)
    return topic


def published(stage: Stage) -> None:
    """Make what a verification has made before its removal, and other studies."""
    stage.lists(*OTHERS, *STUDY.project_ids)
    for project in (*OTHERS, *STUDY.project_ids):
        for key in (f"{project}/1_welcome.html", f"{project}/Users/p1", f"_sessions/ended/{project}/d/s.json"):
            stage.put(key, {})
            stage.put(key, {"again": True})
        stage.s3().delete_object(Bucket=BUCKET, Key=f"{project}/1_welcome.html")
    stage.clients.client("ecs").register_task_definition(**STUDY.task_definition(stage.target, STUDY.id))
    logs, group = stage.clients.client("logs"), stage.target.session_log_group
    for stream in (f"{STUDY.id}/{STUDY.id}/1", f"{STUDY.id}x/x/1"):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)


def keys(stage: Stage) -> list[str]:
    """Return all keys of the bucket, with those of old versions and delete markers."""
    answer = stage.s3().list_object_versions(Bucket=BUCKET)
    return [each["Key"] for kind in ("Versions", "DeleteMarkers") for each in answer.get(kind, ())]


def listed(stage: Stage) -> list[str]:
    document = stage.world.records.object("project_master_list.json")
    return [entry["id"] for entry in document["projects"]]


def test_removal_deletes_everything_of_the_study_and_nothing_else(stage: Stage, topic: Topic) -> None:
    published(stage)
    assert removal.remove(stage.world, lambda _: None) == []
    assert listed(stage) == list(OTHERS)
    ours = [f"{prefix}{project}/" for project in STUDY.project_ids for prefix in ("", "_sessions/ended/")]
    assert not [key for key in keys(stage) if key.startswith(tuple(ours))]
    assert len([key for key in keys(stage) if key.startswith(OTHERS)]) >= 4 * len(OTHERS)
    streams = stage.clients.client("logs").describe_log_streams(logGroupName=stage.target.session_log_group)
    assert [stream["logStreamName"] for stream in streams["logStreams"]] == [f"{STUDY.id}x/x/1"]
    assert removal.left(stage.world) == []
    assert afterwards.nothing_left(stage.world).startswith("nothing left of 0 sessions")


def test_removal_stops_running_sessions_and_waits_for_their_end(stage: Stage, topic: Topic) -> None:
    published(stage)
    session = stage.plays("player")
    later = NOON + timedelta(seconds=30)
    stage.time.meanwhile.append(
        lambda: stage.ends(session, "stop", later) if topic.published and stage.time.now() >= later else None
    )
    assert removal.remove(stage.world, lambda _: None) == []
    (message,) = topic.published
    assert (message["sessionId"], message["action"], message["userId"]) == (SESSION, "stop", session.user_id)
    assert stage.world.sessions[session.user_id].moment("endedAt") == later


def test_removal_stops_a_requested_session_before_it_starts(stage: Stage, topic: Topic) -> None:
    published(stage)
    stage.world.participants.add((STUDY.id, STUDY.participant("player")))
    stage.put(f"{STUDY.id}/Users/{STUDY.participant('player')}", {"session": {"id": SESSION}})
    assert removal.remove(stage.world, lambda _: None) == []
    assert [message["sessionId"] for message in topic.published] == [SESSION]


def test_the_sweeper_ends_a_session_that_the_stop_does_not_end(stage: Stage, topic: Topic) -> None:
    session = stage.plays("casualty")
    stage.world.on_hold.add(session.id)
    stage.clients.instead["ecs"] = tags = Tags(stage.clients.client("ecs"))
    sweeps: list[Any] = []

    def sweep(_: Any) -> dict[str, Any]:
        sweeps.append(stage.time.now())
        if tags.released:
            stage.ends(session, "swept", stage.time.now())
        return {"sessions": {}}

    stage.functions.answers[f"{NAME}_sweep_sessions"] = sweep
    assert removal.remove(stage.world, lambda _: None) == []
    assert len(sweeps) == 1
    assert stage.world.records.live(session.user_id) is None


def test_the_remaining_resources_of_a_session_are_listed_with_commands(stage: Stage, topic: Topic) -> None:
    published(stage)
    stage.world.patience = Patience(removed=10)
    session = stage.plays("player")
    name = f"{NAME}-{SESSION}"
    stage.clients.client("ecs").create_cluster(clusterName=name)
    stage.clients.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression="at(2099-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": stage.target.stop_topic_arn, "RoleArn": stage.target.task_role_arn},
    )
    for kind, value in (("A", "203.0.113.9"), ("TXT", '"hippo-gym"')):
        stage.clients.client("route53").change_resource_record_sets(
            HostedZoneId=stage.target.hosted_zone_id,
            ChangeBatch={
                "Changes": [
                    {
                        "Action": "CREATE",
                        "ResourceRecordSet": {
                            "Name": stage.world.host_of(session.user_id),
                            "Type": kind,
                            "TTL": 30,
                            "ResourceRecords": [{"Value": value}],
                        },
                    }
                ]
            },
        )
    wrong = removal.remove(stage.world, lambda _: None)
    assert wrong == ["ending the sessions: the end of 1 session: not within 10 s"]
    lines = "\n".join(removal.still_there(stage.world))
    for command in (
        f"aws ecs delete-cluster --region ca-central-1 --cluster {name}",
        f"aws scheduler delete-schedule --region ca-central-1 --name {name}",
        f"the A record of {session.user_id}.play.example.net: aws lambda invoke",
        f"the TXT record of {session.user_id}.play.example.net: aws lambda invoke",
        f"the live record of {session.user_id}: aws lambda invoke",
    ):
        assert command in lines
    with pytest.raises(Failed, match="delete-cluster"):
        afterwards.nothing_left(stage.world)


@pytest.mark.parametrize(
    ("plant", "command"),
    [
        (lambda stage: stage.lists("grid_world", STUDY.short_id), f"hippo close {STUDY.short_id}"),
        (lambda stage: stage.put(f"{STUDY.id}/Users/late", {}), f"--recursive s3://{BUCKET}/{STUDY.id}/"),
        (lambda stage: stage.put(f"_versions/{STUDY.id}/x", {}), f"s3://{BUCKET}/_versions/{STUDY.id}/"),
        (
            lambda stage: stage.clients.client("ecs").register_task_definition(
                **STUDY.task_definition(stage.target, STUDY.id)
            ),
            f"deregister-task-definition --region ca-central-1 --task-definition {STUDY.id}:1",
        ),
    ],
)
def test_the_remaining_parts_of_the_study_are_listed_with_commands(
    stage: Stage, topic: Topic, plant: Any, command: str
) -> None:
    plant(stage)
    with pytest.raises(Failed) as found:
        afterwards.nothing_left(stage.world)
    assert command in str(found.value)


def test_parallel_writers_of_the_list_lose_nothing(stage: Stage, topic: Topic) -> None:
    published(stage)
    s3 = stage.s3()
    read = s3.get_object
    times: list[int] = []

    class Racing:
        exceptions = s3.exceptions

        def __getattr__(self, name: str) -> Any:
            return getattr(s3, name)

        def get_object(self, **parameters: Any) -> Any:
            answer = read(**parameters)
            if parameters["Key"] == "project_master_list.json" and not times:
                times.append(1)
                stage.lists(*OTHERS, *STUDY.project_ids, "another")
            return answer

        def put_object(self, **parameters: Any) -> Any:
            if len(times) == 1 and parameters.get("IfMatch"):
                times.append(2)
                raise denied("PutObject", "PreconditionFailed")
            return s3.put_object(**parameters)

    stage.clients.instead["s3"] = Racing()
    assert removal.remove(stage.world, lambda _: None) == []
    del stage.clients.instead["s3"]
    assert listed(stage) == [*OTHERS, "another"]


def test_a_refused_step_does_not_prevent_the_others(stage: Stage, topic: Topic) -> None:
    published(stage)

    class ReadOnly:
        exceptions = stage.s3().exceptions

        def __init__(self, real: Any) -> None:
            self._real = real

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

        def put_object(self, **_: Any) -> Any:
            raise denied("PutObject", "AccessDenied")

        def delete_objects(self, **_: Any) -> Any:
            return {"Errors": [{"Key": "x/1_welcome.html", "Code": "AccessDenied"}]}

    stage.clients.instead["s3"] = ReadOnly(stage.s3())
    assert removal.remove(stage.world, lambda _: None) == [
        "removing the study from the list: you may not s3:PutObject",
        "deleting the study's objects: x/1_welcome.html: you may not s3:DeleteObjectVersion",
    ]
    lines = removal.still_there(stage.world)
    assert any("hippo close" in line for line in lines)
    assert not any("task-definition" in line for line in lines), "the other steps remove what they can"


def test_a_refused_read_of_leftovers_is_reported(stage: Stage, topic: Topic) -> None:
    stage.plays("player")
    published(stage)

    class Refusing:
        def list_resource_record_sets(self, **_: Any) -> Any:
            raise denied("ListResourceRecordSets", "AccessDenied")

    stage.clients.instead["route53"] = Refusing()
    lines = "\n".join(removal.still_there(stage.world))
    assert "what is left of its sessions (hippo-verify-0a1b2c3d) is not known" in lines
    assert "you may not route53:ListResourceRecordSets" in lines
    assert "hippo close" in lines


def test_the_cost_is_that_of_the_tasks(stage: Stage) -> None:
    session = stage.plays("player")
    stage.time.sleep(3600)
    assert afterwards.costs(stage.world).endswith("for 3600 seconds of 1 task, by list prices")
    stage.world.sessions[session.user_id].record["endedAt"] = (NOON + timedelta(minutes=2)).isoformat()
    assert "for 120 seconds" in afterwards.costs(stage.world)


def test_a_region_without_prices_has_no_cost() -> None:
    stage = Stage(region="xx-nowhere-1")
    stage.plays("player")
    with pytest.raises(Unproven, match="xx-nowhere-1"):
        afterwards.costs(stage.world)
