"""The sweeper on the deployed system, invoked by hand instead of waiting for its rule."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.e2e.lab import STUDY, Lab

SESSION = "20260101-00000000000000b2"


def _leave_behind(lab: Lab, deployment: str, user_id: str) -> dict[str, str]:
    """Make what a session consists of, without its record."""
    name = f"{deployment}-{SESSION}"
    lab.cloud.client("ecs").create_cluster(clusterName=name)
    lab.cloud.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression="at(2099-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": lab.cloud.outputs["stop_server_topic_arn"], "RoleArn": lab.cloud.outputs["scheduler_role_arn"]},
    )
    host = f"{user_id}.{lab.root_domain}"
    records = {"A": "192.0.2.1", "TXT": f'"hippo-gym deployment={deployment} session={SESSION}"'}
    lab.cloud.client("route53").change_resource_record_sets(
        HostedZoneId=lab.cloud.outputs["hosted_zone_id"],
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {"Name": host, "Type": kind, "TTL": 30, "ResourceRecords": [{"Value": value}]},
                }
                for kind, value in records.items()
            ]
        },
    )
    return {"sessionId": SESSION, "userId": user_id}


def test_what_belongs_to_no_session_is_cleared(lab: Lab, user_id: str) -> None:
    left = _leave_behind(lab, lab.cloud.outputs["name"], user_id)
    first = lab.invoke("sweep_sessions", {})
    assert (first["marked"], first["cleared"], bool(lab.left_of(left))) == (1, 0, True)
    _age_marks(lab)
    foreseen = lab.invoke("sweep_sessions", {"dryRun": True})
    assert f"leftover of session {SESSION}: clear it" in foreseen["planned"]
    assert lab.left_of(left)
    second = lab.invoke("sweep_sessions", {})
    assert (second["cleared"], second["uncleared"]) == (1, 0)
    assert not lab.left_of(left)


def test_what_an_operator_holds_is_let_be(lab: Lab, user_id: str) -> None:
    name = f"{lab.cloud.outputs['name']}-{SESSION}"
    ecs = lab.cloud.client("ecs")
    arn = ecs.create_cluster(clusterName=name)["cluster"]["clusterArn"]
    ecs.tag_resource(resourceArn=arn, tags=[{"key": "hippo-gym:hold", "value": user_id}])
    lab.invoke("sweep_sessions", {})
    _age_marks(lab)
    assert lab.invoke("sweep_sessions", {})["on_hold"] == 1
    ecs.untag_resource(resourceArn=arn, tagKeys=["hippo-gym:hold"])
    assert lab.invoke("sweep_sessions", {})["cleared"] == 1


def _age_marks(lab: Lab) -> None:
    """Let the leftovers have been marked a round ago."""
    s3, key = lab.cloud.client("s3"), "_sessions/marks.json"
    marks = json.loads(s3.get_object(Bucket=lab.bucket, Key=key)["Body"].read())
    before = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    s3.put_object(Bucket=lab.bucket, Key=key, Body=json.dumps(dict.fromkeys(marks, before)).encode())


def test_what_belongs_to_another_deployment_is_left_alone(lab: Lab, user_id: str) -> None:
    left = _leave_behind(lab, "Somebody_Else", user_id)
    lab.invoke("sweep_sessions", {})
    host = f"{user_id}.{lab.root_domain}"
    assert {f"A {host}", f"TXT {host}"} <= lab.inspector.snapshot().records
    arns = lab.cloud.client("ecs").list_clusters()["clusterArns"]
    assert any(arn.endswith(f"Somebody_Else-{SESSION}") for arn in arns)
    assert lab.cloud.client("scheduler").get_schedule(Name=f"Somebody_Else-{left['sessionId']}")
    lab.cloud.client("ecs").delete_cluster(cluster=f"Somebody_Else-{SESSION}")
    lab.cloud.client("scheduler").delete_schedule(Name=f"Somebody_Else-{SESSION}")


def test_a_session_past_its_time_is_ended_though_no_message_came(lab: Lab, user_id: str) -> None:
    session = lab.ready_session(user_id)
    key = f"_sessions/live/{user_id}.json"
    late = session | {"stopAt": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}
    lab.cloud.client("s3").put_object(Bucket=lab.bucket, Key=key, Body=json.dumps(late).encode())
    lab.invoke("sweep_sessions", {})
    ended = lab.wait_until_nothing_is_left(session)
    assert ended["reason"] == "time is up"


def test_a_session_that_plays_is_not_touched(lab: Lab, user_id: str) -> None:
    session = lab.ready_session(user_id)
    lab.invoke("sweep_sessions", {})
    assert lab.participant(user_id).get("3").shows_game
    lab.publish("stop", {"action": "stop", "projectId": STUDY, "userId": user_id})
    lab.wait_until_nothing_is_left(session)
