"""Metrics: each event counts once, where it happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hippo_gym.runtime.errors import SessionFailed, Transient
from hippo_gym.runtime.metrics import Metric, Tally
from hippo_gym.sessions.model import Failure
from hippo_gym.sessions.plan import START_LIMIT
from hippo_gym.studies.projects import UnknownProject
from tests.support.moto_world import DEPLOYMENT, NOON, OTHER_SESSION, SESSION, MotoWorld, entry, http_event
from tests.unit.handlers.interposed import client_error, fails, interpose

QUERY = {"projectId": "study", "userId": "ada"}
NO_CAPACITY = {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time."}]}


def measured(world: MotoWorld) -> dict[str, list[float]]:
    """Take the values since the last call by the metric's name, with `/reason` if it has one."""
    taken = world.meter.take().items()
    return {metric.value + (f"/{reason}" if reason else ""): values for (metric, reason), values in taken}


def test_a_tally_is_empty_after_take() -> None:
    tally = Tally()
    tally.add(Metric.STEPS_SERVED)
    tally.add(Metric.STEPS_SERVED, 2)
    assert (tally.take(), tally.take()) == ({(Metric.STEPS_SERVED, None): [1, 2]}, {})


def test_reasons_are_few_and_each_is_a_word() -> None:
    """CloudWatch bills each reason as a metric."""
    assert len(Failure) <= 10
    assert all(failure.value.isalpha() for failure in Failure)


# --- participants ---


def test_each_shown_page_counts_as_a_step(study: MotoWorld) -> None:
    visits = study.visits()
    for _ in range(2):
        study.request(http_event("GET", QUERY), visits)
    assert measured(study) == {"StepsServed": [1, 1]}


def test_waiting_does_not_count_as_a_step_and_the_game_counts_as_one(study: MotoWorld) -> None:
    study.get()
    study.post()
    measured(study)
    assert study.get()["page"] == "wait"
    assert measured(study) == {}
    study.put_session(study.record()["session"]["id"], seen={"readyAt": NOON.isoformat()})
    assert study.get()["page"] == "show_game_page"
    assert measured(study) == {"StepsServed": [1], "SecondsToPlay/study": [0]}


@pytest.mark.parametrize("steps", [{"1": "1_consent.html"}, {"1": "1_consent.html", "finalStep": None}])
def test_the_product_s_own_last_page_counts_as_a_step(world: MotoWorld, steps: dict[str, Any]) -> None:
    world.register(entry(steps=steps, start=None, stop=None))
    world.get()
    world.post()
    assert measured(world) == {"StepsServed": [1, 1]}


def test_a_missing_page_counts_as_a_fault_of_the_study(study: MotoWorld) -> None:
    study.clients.s3.delete_object(Bucket="projects.example", Key="study/1_consent.html")
    study.get()
    assert measured(study) == {"StudyFaults": [1]}


def test_a_broken_entry_counts_as_a_fault_of_the_study(world: MotoWorld) -> None:
    world.register(entry(steps={}) | {"name": 7})
    world.get()
    assert measured(world) == {"StudyFaults": [1]}


# --- sessions ---


def test_a_session_that_comes_up_is_counted_and_timed(study: MotoWorld) -> None:
    study.start()
    seconds = (study.clock.now() - NOON).total_seconds()
    assert seconds > 0
    assert measured(study) == {"SessionsStarted": [1], "SessionsReady": [1], "SecondsToReady": [seconds]}


def test_a_repeated_start_counts_nothing(study: MotoWorld) -> None:
    study.start()
    measured(study)
    study.start()
    assert measured(study) == {}


def test_a_start_finished_by_another_invocation_counts_once_and_is_timed_from_its_claim(study: MotoWorld) -> None:
    study.addresses = False
    with pytest.raises(Transient):
        study.start(budget=20)
    study.addresses = True
    study.clock.advance(seconds=60)
    study.start()
    taken = measured(study)
    assert (taken["SessionsStarted"], taken["SessionsReady"]) == ([1], [1])
    assert taken["SecondsToReady"] == [(study.clock.now() - NOON).total_seconds()]


def test_the_time_in_line_is_measured_separately_from_the_time_to_ready(study: MotoWorld) -> None:
    study.max_sessions = 1
    study.start()
    assert measured(study)["SecondsInLine"] == [0]
    study.start(OTHER_SESSION, user="ben")
    assert "SecondsInLine" not in measured(study)
    study.clock.advance(minutes=10)
    study.stop()
    study.start(OTHER_SESSION, user="ben")
    taken = measured(study)
    assert taken["SecondsInLine"][0] >= 600
    assert taken["SecondsToReady"][0] < 60


def test_the_end_of_a_session_is_counted(study: MotoWorld) -> None:
    study.start()
    measured(study)
    study.stop()
    study.stop()
    assert measured(study) == {"SessionsEnded": [1]}


def refused(world: MotoWorld) -> None:
    interpose(world, "ecs", run_task=lambda real, **arguments: NO_CAPACITY)


def stopping(world: MotoWorld) -> None:
    world.addresses = False
    world.clock.while_asleep.append(lambda: world.task_ends("EssentialContainerExited"))


def forbidden(world: MotoWorld) -> None:
    interpose(world, "ecs", create_cluster=fails(client_error("AccessDeniedException")))


def taken_name(world: MotoWorld) -> None:
    record = {"Name": "ada.example.net", "Type": "A", "TTL": 30, "ResourceRecords": [{"Value": "203.0.113.9"}]}
    changes = [{"Action": "CREATE", "ResourceRecordSet": record}]
    world.clients.route53.change_resource_record_sets(HostedZoneId=world.zone, ChangeBatch={"Changes": changes})


@pytest.mark.parametrize(
    ("happens", "failure"),
    [
        (refused, Failure.LAUNCH_REFUSED),
        (stopping, Failure.TASK_STOPPED),
        (forbidden, Failure.CALL_REFUSED),
        (taken_name, Failure.NAME_TAKEN),
        (lambda world: world.register(entry(ecsTask="missing")), Failure.TASK_DEFINITION_MISSING),
    ],
)
def test_a_start_that_fails_is_counted_once_by_its_reason(
    study: MotoWorld, happens: Callable[[MotoWorld], None], failure: Failure
) -> None:
    happens(study)
    with pytest.raises(SessionFailed):
        study.start()
    study.start()  # Lambda retries
    taken = measured(study)
    failed = {name: values for name, values in taken.items() if name.startswith("SessionsFailed")}
    assert failed == {f"SessionsFailed/{failure.value}": [1]}
    assert (taken["SessionsStarted"], taken["SessionsEnded"]) == ([1], [1])


def test_a_start_of_an_unknown_project_is_counted_once(world: MotoWorld) -> None:
    with pytest.raises(UnknownProject):
        world.start()
    world.start()  # Lambda retries
    assert measured(world) == {"SessionsFailed/ProjectInvalid": [1]}


def test_a_session_that_is_not_ready_in_time_is_counted_by_any_function(study: MotoWorld) -> None:
    study.answering = False
    with pytest.raises(Transient):
        study.start(budget=30)
    study.clock.advance(seconds=START_LIMIT.total_seconds())
    study.sweep()
    assert measured(study)["SessionsFailed/NotReady"] == [1]


@pytest.mark.parametrize("code", ["SpotInterruption", "InfrastructureHealth"])
def test_a_server_that_aws_stops_counts_as_lost_and_only_once_as_ready(study: MotoWorld, code: str) -> None:
    study.start()
    measured(study)
    study.task_ends(code)
    study.start()
    assert study.session()["seen"]["readyAt"] is not None
    assert measured(study) == {"ServersLost": [1]}


def test_a_session_in_line_for_too_long_fails_with_no_room(study: MotoWorld) -> None:
    study.max_sessions = 1
    study.start()
    study.start(OTHER_SESSION, user="ben")
    study.put(
        "_sessions/live/ada.json", json.dumps(study.session() | {"stopAt": (NOON + timedelta(hours=9)).isoformat()})
    )
    study.clock.advance(minutes=61)
    study.sweep()
    assert measured(study)["SessionsFailed/NoRoom"] == [1]


# --- sweeps ---


def test_a_sweep_counts_sessions_with_a_server_and_in_line(study: MotoWorld) -> None:
    study.max_sessions = 1
    study.start()
    study.start(OTHER_SESSION, user="ben")
    measured(study)
    study.sweep()
    assert measured(study) == {
        "SessionsLive": [1],
        "ParticipantsInLine": [1],
        "SweepsDone": [1],
        "SweepFaults": [0],
        "OrphansSwept": [0],
    }


@pytest.mark.parametrize("budget", [1, 10])
def test_an_unfinished_sweep_counts_the_sessions_but_not_itself(study: MotoWorld, budget: float) -> None:
    for number in range(3):
        study.put_session(f"20261122-000000000000000{number}", user=f"user{number}")
    assert study.sweep(budget=budget).unfinished
    taken = measured(study)
    assert (taken["SessionsLive"], "SweepsDone" in taken) == ([3], False)


def test_a_sweep_without_time_for_a_leftover_does_not_count_as_done(study: MotoWorld) -> None:
    study.clients.ecs.create_cluster(clusterName=f"{DEPLOYMENT}-{SESSION}")
    study.sweep()
    study.clock.advance(minutes=5)
    assert (measured(study)["SweepsDone"], study.sweep(budget=5).unfinished) == ([1], True)
    assert "SweepsDone" not in measured(study)


def test_a_sweep_counts_the_leftovers_that_it_clears(study: MotoWorld) -> None:
    study.start()
    study.clients.s3.delete_object(Bucket="projects.example", Key="_sessions/live/ada.json")
    measured(study)
    study.sweep_twice()
    assert measured(study)["OrphansSwept"] == [0, 1]


def test_a_sweep_counts_a_leftover_that_another_function_finishes(study: MotoWorld) -> None:
    name = f"{DEPLOYMENT}-{SESSION}"
    study.clients.ecs.create_cluster(clusterName=name)
    interpose(study, "ecs", delete_cluster=fails(client_error("ClusterContainsTasksException"), times=1))
    assert study.sweep_twice().lingering == 1
    assert measured(study)["OrphansSwept"] == [0, 1]


def test_a_sweep_counts_its_failures(study: MotoWorld) -> None:
    study.put("_sessions/live/ada.json", "{")
    study.put("_sessions/places.json", "[")
    study.sweep()
    taken = measured(study)
    assert (taken["SweepFaults"], taken["SessionsLive"], taken["ParticipantsInLine"]) == ([1], [1], [0])


def test_a_dry_run_counts_nothing(study: MotoWorld) -> None:
    study.start()
    measured(study)
    study.sweep(dry_run=True)
    assert measured(study) == {}
