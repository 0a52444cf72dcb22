"""The sweeper on the deployed system, invoked by the tests instead of its rule."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.e2e.leftovers import SESSION, age_marks, leave_behind
from tests.support.local_deployment import STUDY, LocalDeployment


def test_the_sweeper_deletes_resources_without_a_session(lab: LocalDeployment, user_id: str) -> None:
    left = leave_behind(lab, lab.cloud.outputs["name"], user_id)
    first = lab.invoke("sweep_sessions", {})
    assert (first["marked"], first["cleared"], bool(lab.left_of(left))) == (1, 0, True)
    age_marks(lab)
    foreseen = lab.invoke("sweep_sessions", {"dryRun": True})
    assert f"leftover of session {SESSION}: clear it" in foreseen["planned"]
    assert lab.left_of(left)
    second = lab.invoke("sweep_sessions", {})
    assert (second["cleared"], second["uncleared"]) == (1, 0)
    assert not lab.left_of(left)


def test_the_sweeper_skips_what_an_operator_holds(lab: LocalDeployment, user_id: str) -> None:
    name = f"{lab.cloud.outputs['name']}-{SESSION}"
    ecs = lab.cloud.client("ecs")
    arn = ecs.create_cluster(clusterName=name)["cluster"]["clusterArn"]
    ecs.tag_resource(resourceArn=arn, tags=[{"key": "hippo-gym:hold", "value": user_id}])
    lab.invoke("sweep_sessions", {})
    age_marks(lab)
    assert lab.invoke("sweep_sessions", {})["on_hold"] == 1
    ecs.untag_resource(resourceArn=arn, tagKeys=["hippo-gym:hold"])
    assert lab.invoke("sweep_sessions", {})["cleared"] == 1


def test_the_sweeper_ignores_another_deployment_s_resources(lab: LocalDeployment, user_id: str) -> None:
    left = leave_behind(lab, "Somebody_Else", user_id)
    lab.invoke("sweep_sessions", {})
    host = f"{user_id}.{lab.root_domain}"
    assert {f"A {host}", f"TXT {host}"} <= lab.inspector.snapshot().records
    arns = lab.cloud.client("ecs").list_clusters()["clusterArns"]
    assert any(arn.endswith(f"Somebody_Else-{SESSION}") for arn in arns)
    assert lab.cloud.client("scheduler").get_schedule(Name=f"Somebody_Else-{left['sessionId']}")
    lab.cloud.client("ecs").delete_cluster(cluster=f"Somebody_Else-{SESSION}")
    lab.cloud.client("scheduler").delete_schedule(Name=f"Somebody_Else-{SESSION}")


def test_the_sweeper_ends_a_session_past_its_time_without_a_message(lab: LocalDeployment, user_id: str) -> None:
    session = lab.ready_session(user_id)
    key = f"_sessions/live/{user_id}.json"
    late = session | {"stopAt": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}
    lab.cloud.client("s3").put_object(Bucket=lab.bucket, Key=key, Body=json.dumps(late).encode())
    lab.invoke("sweep_sessions", {})
    ended = lab.wait_until_nothing_is_left(session)
    assert ended["reason"] == "time is up"


def test_the_sweeper_does_not_change_a_running_session(lab: LocalDeployment, user_id: str) -> None:
    session = lab.ready_session(user_id)
    lab.invoke("sweep_sessions", {})
    assert lab.participant(user_id).get("3").shows_game
    lab.publish("stop", {"action": "stop", "projectId": STUDY, "userId": user_id})
    lab.wait_until_nothing_is_left(session)
