"""`make verify` on the deployed system: it finds each planted fault, and always removes its study.

test_deploy_command.py checks that a deployment without a fault passes, between `make deploy` and
`make destroy`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from hippo_deploy.verify import study, target
from hippo_deploy.verify.checks.ending import CASUALTY, SCHEDULED
from hippo_deploy.verify.checks.playing import PLAYER
from hippo_deploy.verify.cloud import ACTIONS, Cloud
from hippo_deploy.verify.plan import AFTERWARDS, CHECKS, Check
from hippo_deploy.verify.results import Status
from hippo_deploy.verify.running import Report, run
from hippo_deploy.verify.world import Patience, World
from local.places import REGION
from local.researcher import make_researcher
from tests.support.local_deployment import LocalDeployment

IMAGE = "local/examples/grid_world/server"
PATIENCE = Patience(ready=90, noted=30, fired=20, stopped=20, logged=6, unswept=5, removed=120)
BY_NAME = {check.name: check for check in (*CHECKS, *AFTERWARDS)}


class LocalClients(Cloud):
    """Clients of the local cloud; stores the names of called operations."""

    def __init__(self, lab: LocalDeployment, credentials: Mapping[str, str] | None = None) -> None:
        super().__init__(lab.cloud.session(credentials), REGION)
        self._lab = lab
        self._credentials = credentials
        self.called: set[str] = set()

    def _make(self, service: str, region: str) -> Any:
        client = self._lab.cloud.client(service, self._credentials, read_timeout=300)
        client.meta.events.register("before-call", lambda model, **_: self.called.add(model.name))
        return client


def world_of(lab: LocalDeployment, credentials: Mapping[str, str] | None = None) -> World:
    cloud = LocalClients(lab, credentials)
    found = target.find(cloud, lab.cloud.outputs, lab.cloud.outputs["name"])
    return World(found, cloud, study.new(image=IMAGE, short_minutes=1), patience=PATIENCE)


def verify(world: World, *checks: str | Check, afterwards: tuple[Check, ...] = ()) -> dict[str, Any]:
    """Run some checks and planted faults; return the results by name, and the report as ''."""
    chosen = [BY_NAME[check] if isinstance(check, str) else check for check in checks]
    report = run(world, checks=chosen, afterwards=afterwards)
    return {result.name: result for result in report.results} | {"": report}


def fault(name: str, plant: Callable[[World], str], needs: tuple[str, ...] = (), after: tuple[str, ...] = ()) -> Check:
    return Check(name, "a fault is planted", plant, "", needs, after)


def traces(lab: LocalDeployment, world: World) -> list[str]:
    """Return what is left of a study in the bucket, the zone and ECS."""
    keys = [key for key in lab.inspector.keys("") if world.study.id in key]
    listed = lab.cloud.client("s3").get_object(Bucket=lab.bucket, Key="project_master_list.json")["Body"].read()
    found = lab.inspector.snapshot()
    names = [name for names in found.by_kind().values() for name in names if world.study.id in name]
    families = lab.cloud.client("ecs").list_task_definitions(familyPrefix=world.study.id, status="ACTIVE")
    return [*keys, *names, *families["taskDefinitionArns"]] + ([listed] if world.study.id.encode() in listed else [])


def test_verify_finds_a_missing_schedule_and_a_disabled_rule(lab: LocalDeployment) -> None:
    """The rule is disabled and a schedule deleted; a sweep in between does not hide that."""
    world = world_of(lab)
    user_id = world.study.participant(SCHEDULED)

    def lose_schedule(world: World) -> str:
        session = world.wait(lambda: _with_task(world, user_id), "the server is on its way", 60)
        name = f"{world.target.name}-{session['sessionId']}"
        lab.cloud.client("scheduler").delete_schedule(Name=name)
        return "done"

    def sweep_late(world: World) -> str:
        world.wait(lambda: (lab.live_session(user_id) or {}).get("seen", {}).get("readyAt"), "it is ready", 90)
        world.wait(lambda: _is_past(lab, user_id), "its time is up", 90)
        return str(lab.invoke("sweep_sessions", {})["sessions"])

    rule = f"{world.target.name}_task_stopped"
    lab.cloud.client("events").disable_rule(Name=rule)
    try:
        found = verify(
            world,
            "list update",
            "stop by schedule",
            "task that dies",
            fault("no schedule", lose_schedule, needs=("list update",)),
            fault("a sweep", sweep_late, needs=("list update",)),
        )
    finally:
        lab.cloud.client("events").enable_rule(Name=rule)
    assert found["list update"].status is Status.PROVEN
    assert found["task that dies"].status is Status.FAILED
    assert "the event of the stopped task" in found["task that dies"].found
    assert "FailedInvocations" in found["task that dies"].look
    assert found["a sweep"].status is Status.PROVEN
    assert "on hold" in found["a sweep"].found
    assert found["stop by schedule"].status is Status.FAILED
    assert "it is stopping" not in found["stop by schedule"].found, "no sweep has stopped it"
    assert found[""].left == []
    assert traces(lab, world) == []


def _with_task(world: World, user_id: str) -> dict[str, Any] | None:
    session = world.records.live(user_id)
    return session.record if session is not None and session.task_arn is not None else None


def _is_past(lab: LocalDeployment, user_id: str) -> bool:
    stop_at = str((lab.live_session(user_id) or {"stopAt": "9"})["stopAt"])
    return stop_at < time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())


def test_verify_finds_a_missing_or_wrong_dns_record(lab: LocalDeployment) -> None:
    world = replace(world_of(lab), patience=replace(PATIENCE, resolved=4))

    def break_dns(world: World) -> str:
        records = lab.cloud.client("route53").list_resource_record_sets(HostedZoneId=world.target.hosted_zone_id)
        (name,) = [
            found
            for found in records["ResourceRecordSets"]
            if found["Name"].startswith(world.study.participant(PLAYER)) and found["Type"] == "A"
        ]
        lab.cloud.client("route53").change_resource_record_sets(
            HostedZoneId=world.target.hosted_zone_id,
            ChangeBatch={"Changes": [{"Action": "DELETE", "ResourceRecordSet": name}]},
        )
        return "done"

    broken = fault("no name", break_dns, needs=("start",))
    late = replace(BY_NAME["game connection"], after=("no name",))
    found = verify(world, "list update", "start", broken, late)
    assert found["start"].status is Status.PROVEN
    assert found["no name"].status is Status.PROVEN
    assert found["game connection"].status is Status.FAILED
    assert "has an address: not within 4 s" in found["game connection"].found
    assert traces(lab, world) == []


def test_verify_finds_an_error_in_a_log_and_a_session_s_leftovers(lab: LocalDeployment) -> None:
    world = world_of(lab)

    def log_error(world: World) -> str:
        logs, group = lab.cloud.client("logs"), f"/aws/lambda/{world.target.functions['stop_server']}"
        logs.create_log_stream(logGroupName=group, logStreamName=world.study.id)
        line = json.dumps({"level": "ERROR", "message": "planted", "exception": "Traceback\nValueError: why"})
        event = {"timestamp": int(time.time() * 1000), "message": line}
        logs.put_log_events(logGroupName=group, logStreamName=world.study.id, logEvents=[event])
        return "done"

    def leave_behind(world: World) -> str:
        session = world.sessions[world.study.participant(PLAYER)]
        lab.cloud.client("ecs").create_cluster(clusterName=f"{world.target.name}-{session.id}")
        key = f"{world.study.id}/Users/late"
        lab.cloud.client("s3").put_object(Bucket=lab.bucket, Key=key, Body=b"{}")
        return "done"

    found = verify(
        world,
        "list update",
        "start",
        afterwards=(
            fault("error", log_error),
            fault("leftover", leave_behind),
            BY_NAME["nothing left behind"],
            BY_NAME["logs"],
        ),
    )
    assert found["logs"].status is Status.FAILED
    assert "HIPPO_Gym_stop_server: planted: ValueError: why" in found["logs"].found
    assert found["nothing left behind"].status is Status.FAILED
    assert "aws ecs delete-cluster" in found["nothing left behind"].found
    assert f"aws s3 rm --region {REGION} --recursive" in found["nothing left behind"].found
    lab.cloud.client("ecs").delete_cluster(
        cluster=f"{world.target.name}-{world.sessions[world.study.participant(PLAYER)].id}"
    )
    lab.cloud.client("s3").delete_object(Bucket=lab.bucket, Key=f"{world.study.id}/Users/late")


def test_verify_names_a_missing_permission_and_the_unproven_check(lab: LocalDeployment) -> None:
    world = world_of(lab, make_researcher(lab.cloud, "verifier"))
    found = verify(world, "list update", "start", "sweeper")
    assert found["start"].status is Status.PROVEN, "a researcher may publish and play"
    assert found["sweeper"].status is Status.UNPROVEN
    assert "you may not lambda:InvokeFunction" in found["sweeper"].found
    assert "a sweep finishes" in found["sweeper"].found
    report: Report = found[""]
    assert not report.passed
    assert any("hippo close" in line for line in report.left), "what could not be removed is named"
    assert run(replace(world_of(lab), study=world.study, participants=world.participants), checks=()).left == []
    assert traces(lab, world) == []


def test_ctrl_c_removes_the_study(lab: LocalDeployment) -> None:
    world = world_of(lab)

    def interrupt(_: World) -> str:
        raise KeyboardInterrupt

    report: Report = verify(
        world,
        "list update",
        "start",
        "task that dies",
        fault("ctrl-c", interrupt, needs=("start",)),
    )[""]
    assert report.interrupted
    assert not report.passed
    assert world.study.participant(CASUALTY) in {user for _, user in world.participants}
    assert traces(lab, world) == []
    assert isinstance(world.cloud, LocalClients)
    assert world.cloud.called <= set(ACTIONS), "the documentation lists the permission for every call"
