"""The life of a task: its states, its address, its end, and its events."""

from __future__ import annotations

import signal

import pytest
from botocore.exceptions import ClientError

from local.fargate.events import entry
from local.fargate.tasks import StopCode, event_detail
from local.places import TASK_EVENT_SOURCE
from tests.unit.local.stand_in import StandIn


def test_a_task_starts_in_the_order_of_states_that_aws_documents(fargate: StandIn) -> None:
    arn = fargate.started()

    assert fargate.states() == ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"]
    assert fargate.describe(arn)["lastStatus"] == "RUNNING"


def test_describing_a_task_does_not_move_it(fargate: StandIn) -> None:
    arn = fargate.started()

    assert {fargate.describe(arn)["lastStatus"] for _ in range(10)} == {"RUNNING"}


def test_the_attachment_has_an_interface_only_once_the_interface_exists(fargate: StandIn) -> None:
    fargate.cluster()
    fargate.define()

    early = fargate.run()["tasks"][0]["attachments"][0]
    fargate.pass_time(0.5)
    later = fargate.describe(fargate.seen[-1].arn)["attachments"][0]

    assert early["type"] == later["type"] == "ElasticNetworkInterface"
    assert "networkInterfaceId" not in {detail["name"] for detail in early["details"]}
    assert "networkInterfaceId" in {detail["name"] for detail in later["details"]}


def test_the_public_address_shows_with_a_delay_after_the_task_runs(fargate: StandIn) -> None:
    fargate.cluster()
    fargate.define()
    fargate.run()

    fargate.pass_time(1.2)
    assert fargate.states()[-1] == "RUNNING"
    at_first = fargate.ec2.describe_network_interfaces()["NetworkInterfaces"][0]
    fargate.pass_time(0.5)
    then = fargate.ec2.describe_network_interfaces()["NetworkInterfaces"][0]

    assert "Association" not in at_first
    assert then["Association"]["PublicIp"] == fargate.engine.tasks()[0].address
    assert then["Association"]["PublicIp"].startswith("127.")


def test_a_task_without_a_public_ip_gets_no_address(fargate: StandIn) -> None:
    network = {"subnets": [fargate.subnet], "assignPublicIp": "DISABLED"}
    fargate.started(networkConfiguration={"awsvpcConfiguration": network})

    assert "Association" not in fargate.ec2.describe_network_interfaces()["NetworkInterfaces"][0]


def test_a_container_s_environment_has_its_overrides_and_listening_address(fargate: StandIn) -> None:
    override = {"name": "server", "environment": [{"name": "HIPPO_USER_ID", "value": "u-1"}]}
    fargate.started(overrides={"containerOverrides": [override]})

    environment = next(iter(fargate.runner.started.values()))
    assert environment["HIPPO_USER_ID"] == "u-1"
    assert environment["HIPPO_LISTEN_ADDRESS"] == fargate.engine.tasks()[0].address


def test_stop_sends_sigterm_and_stops_the_task_in_order(fargate: StandIn) -> None:
    arn = fargate.started()

    answer = fargate.ecs.stop_task(cluster="study-1", task=arn, reason="enough")["task"]
    fargate.pass_time(3)
    task = fargate.describe(arn)

    assert (answer["lastStatus"], answer["desiredStatus"]) == ("RUNNING", "STOPPED")
    assert fargate.states()[-4:] == ["DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"]
    assert [number for _, number in fargate.runner.signals] == [signal.SIGTERM]
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")


def test_a_container_that_ignores_sigterm_is_killed_after_its_stop_timeout(fargate: StandIn) -> None:
    fargate.runner.ignores_sigterm = True
    fargate.cluster()
    fargate.define(stopTimeout=10)
    arn = fargate.run()["tasks"][0]["taskArn"]
    fargate.pass_time(3)

    fargate.ecs.stop_task(cluster="study-1", task=arn)
    fargate.pass_time(9)
    before = fargate.describe(arn)["lastStatus"]
    fargate.pass_time(3)

    assert before == "STOPPING"
    assert fargate.describe(arn)["containers"][0]["exitCode"] == 137


def test_a_task_stopped_before_it_runs_never_runs(fargate: StandIn) -> None:
    fargate.cluster()
    fargate.define()
    arn = fargate.run()["tasks"][0]["taskArn"]

    fargate.ecs.stop_task(cluster="study-1", task=arn)
    fargate.pass_time(3)

    assert fargate.describe(arn)["lastStatus"] == "STOPPED"
    assert fargate.runner.started == {}


def test_a_container_that_exits_stops_its_task_with_its_exit_code(fargate: StandIn) -> None:
    arn = fargate.started()

    fargate.runner.exit(3)
    fargate.pass_time(1)
    task = fargate.describe(arn)

    assert task["lastStatus"] == "STOPPED"
    assert task["stopCode"] == "EssentialContainerExited"
    assert task["containers"][0]["exitCode"] == 3


def test_an_image_that_cannot_be_pulled_stops_the_task(fargate: StandIn) -> None:
    fargate.runner.broken_image = True
    task = fargate.describe(fargate.started())

    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "TaskFailedToStart")
    assert task["stoppedReason"].startswith("CannotPullContainerError")


def test_a_spot_interruption_warns_then_stops(fargate: StandIn) -> None:
    fargate.runner.ignores_sigterm = True
    arn = fargate.started()

    fargate.engine.interrupt(arn.split("/")[-1])
    warned = event_detail(fargate.seen[-1], fargate.now)
    fargate.pass_time(4)

    assert (warned["lastStatus"], warned["desiredStatus"]) == ("RUNNING", "STOPPED")
    assert warned["stopCode"] == "SpotInterruption"
    assert fargate.describe(arn)["lastStatus"] == "STOPPED"


def test_a_stopped_task_releases_its_interface_and_address(fargate: StandIn) -> None:
    arn = fargate.started()
    fargate.ecs.stop_task(cluster="study-1", task=arn)
    fargate.pass_time(3)

    assert fargate.ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert fargate.ec2.describe_addresses()["Addresses"] == []


def test_a_stopped_task_is_still_shown_for_an_hour(fargate: StandIn) -> None:
    arn = fargate.started()
    fargate.ecs.stop_task(cluster="study-1", task=arn)
    fargate.pass_time(3)

    assert fargate.ecs.list_tasks(cluster="study-1")["taskArns"] == []
    assert fargate.ecs.list_tasks(cluster="study-1", desiredStatus="STOPPED")["taskArns"] == [arn]
    with pytest.raises(ClientError, match="cannot specify startedBy"):
        fargate.ecs.list_tasks(cluster="study-1", startedBy="s-1", desiredStatus="STOPPED")
    fargate.now += 3600
    fargate.engine.step(fargate.now)
    missing = fargate.ecs.describe_tasks(cluster="study-1", tasks=[arn])["failures"]
    assert missing == [{"arn": arn, "reason": "MISSING"}]


def test_a_task_that_ends_publishes_an_ecs_event(fargate: StandIn) -> None:
    override = {"name": "server", "environment": [{"name": "HIPPO_SESSION_ID", "value": "s-1"}]}
    arn = fargate.started(startedBy="s-1", overrides={"containerOverrides": [override]})
    fargate.runner.exit(0)
    fargate.pass_time(1)

    last = fargate.seen[-1]
    detail = event_detail(last, fargate.now)

    assert entry(last, fargate.now)["Source"] == TASK_EVENT_SOURCE
    assert entry(last, fargate.now)["DetailType"] == "ECS Task State Change"
    assert detail["taskArn"] == arn
    assert detail["clusterArn"].endswith(":cluster/study-1")
    assert (detail["lastStatus"], detail["desiredStatus"]) == ("STOPPED", "STOPPED")
    assert detail["startedBy"] == "s-1"
    assert detail["overrides"]["containerOverrides"] == [override]
    assert detail["containers"][0]["exitCode"] == 0
    assert detail["attachments"][0]["type"] == "eni"
    assert detail["stopCode"] == StopCode.CONTAINER_EXITED
    assert detail["stoppedAt"].endswith("Z")


def test_each_event_of_a_task_has_a_higher_version(fargate: StandIn) -> None:
    fargate.started()
    fargate.runner.exit(0)
    fargate.pass_time(1)

    versions = [task.version for task in fargate.seen]
    assert versions == sorted(set(versions))


def test_stopping_an_unknown_task_is_an_error(fargate: StandIn) -> None:
    fargate.cluster()
    with pytest.raises(ClientError, match="The referenced task was not found"):
        fargate.ecs.stop_task(cluster="study-1", task="0" * 32)
