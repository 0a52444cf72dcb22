"""Metrics: each event counts once, where it happens, and reaches CloudWatch."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import next_step
import send_start_server_message
import send_stop_server_message
import start_server
import sweep_sessions
import update_project_master_list
from hippo_gym.runtime import emf
from hippo_gym.runtime.errors import SessionFailed, Transient
from hippo_gym.runtime.metrics import Metric, Tally
from hippo_gym.sessions.model import Failure
from hippo_gym.sessions.plan import START_LIMIT
from hippo_gym.studies.projects import UnknownProject
from tests.support.moto_world import DEPLOYMENT, NOON, OTHER_SESSION, SESSION, MotoWorld, entry, http_event
from tests.unit.handlers.entries import Context, sns_event
from tests.unit.handlers.interposed import client_error, fails, interpose

QUERY = {"projectId": "study", "userId": "ada"}
START = {"action": "start", **QUERY, "sessionId": SESSION, "requestedAt": NOON.isoformat()}
SECRET = "SECRET"
NO_CAPACITY = {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time."}]}


def measured(world: MotoWorld) -> dict[str, list[float]]:
    """Take the values since the last call by the metric's name, with `/reason` if it has one."""
    taken = world.meter.take().items()
    return {metric.value + (f"/{reason}" if reason else ""): values for (metric, reason), values in taken}


@pytest.fixture
def study(world: MotoWorld) -> MotoWorld:
    world.register(entry())
    return world


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
    assert measured(study) == {"StepsServed": [1]}


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
        (lambda world: world.register(entry(ecsTask="none")), Failure.TASK_DEFINITION_MISSING),
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


# --- the log lines for CloudWatch ---


@pytest.fixture
def written(environment: MotoWorld, capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that returns the lines in embedded metric format since its last call."""
    emf.meter.take()

    def lines() -> list[dict[str, Any]]:
        out = [line for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
        return [parsed for parsed in map(json.loads, out) if "_aws" in parsed]

    return lines


Written = Callable[[], list[dict[str, Any]]]


def directive(line: dict[str, Any]) -> dict[str, Any]:
    (found,) = line["_aws"]["CloudWatchMetrics"]
    return dict(found)


def test_an_invocation_writes_one_line_with_its_numbers_and_ids(environment: MotoWorld, written: Written) -> None:
    environment.register(entry())
    next_step.lambda_handler(http_event("GET", QUERY), Context())
    (line,) = written()
    assert directive(line) == {
        "Namespace": "HippoGym",
        "Dimensions": [["Deployment"]],
        "Metrics": [{"Name": "StepsServed", "Unit": "Count"}],
    }
    assert (line["Deployment"], line["StepsServed"]) == (DEPLOYMENT, [1.0])
    assert (line["project_id"], line["user_id"], line["function_request_id"]) == ("study", "ada", "invocation")


def test_the_deployment_dimension_comes_from_the_settings(
    environment: MotoWorld, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPLOYMENT_NAME", "pilot")
    sweep_sessions.lambda_handler({}, Context())
    assert [line["Deployment"] for line in written()] == ["pilot"]


def test_a_service_name_of_powertools_adds_no_dimension(
    environment: MotoWorld, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "service")
    sweep_sessions.lambda_handler({}, Context())
    assert directive(written()[0])["Dimensions"] == [["Deployment"]]


def test_a_reason_counts_separately_and_in_total(environment: MotoWorld, written: Written) -> None:
    with pytest.raises(UnknownProject):
        start_server.lambda_handler(sns_event(START), Context())
    (line,) = written()
    assert directive(line)["Dimensions"] == [["Deployment"], ["Deployment", "Reason"]]
    assert (line["Reason"], line["SessionsFailed"], line["session_id"]) == ("ProjectInvalid", [1.0], SESSION)


def test_seconds_are_written_as_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    emf.write({(Metric.SECONDS_TO_READY, None): [31.5, 40.0]}, DEPLOYMENT, {})
    line = json.loads(capsys.readouterr().out)
    assert directive(line)["Metrics"] == [{"Name": "SecondsToReady", "Unit": "Seconds"}]
    assert line["SecondsToReady"] == [31.5, 40.0]


def test_no_value_is_lost_beyond_the_limit_of_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    emf.write({(Metric.STEPS_SERVED, None): [1.0] * 250}, DEPLOYMENT, {})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [len(line["StepsServed"]) for line in lines] == [100, 100, 50]


def test_exactly_as_many_values_as_a_line_may_hold(capsys: pytest.CaptureFixture[str]) -> None:
    emf.write({(Metric.STEPS_SERVED, None): [1.0] * 100}, DEPLOYMENT, {})
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_an_invocation_that_measured_nothing_writes_nothing(environment: MotoWorld, written: Written) -> None:
    send_start_server_message.lambda_handler(http_event("POST", None, json.dumps(QUERY)), Context())
    assert written() == []


def test_numbers_of_one_invocation_are_not_written_by_the_next(environment: MotoWorld, written: Written) -> None:
    for _ in range(2):
        next_step.lambda_handler(http_event("GET"), Context())
        assert [line["InputsRejected"] for line in written()] == [[1.0]]


@pytest.mark.parametrize("entry_file", [send_start_server_message, send_stop_server_message])
def test_an_invalid_request_by_hand_counts_as_a_rejected_input(
    environment: MotoWorld, written: Written, entry_file: Any
) -> None:
    entry_file.lambda_handler(http_event("POST", None, "{"), Context())
    assert [line["InputsRejected"] for line in written()] == [[1.0]]


@pytest.mark.parametrize(
    "query", [{}, {"projectId": "none", "userId": "ada"}, {"projectId": "study", "userId": "under_score"}]
)
def test_a_refused_request_of_a_participant_counts_as_a_rejected_input(
    environment: MotoWorld, written: Written, query: dict[str, str]
) -> None:
    environment.register(entry())
    next_step.lambda_handler(http_event("GET", query), Context())
    assert [line["InputsRejected"] for line in written()] == [[1.0]]


def test_a_failed_request_is_counted_although_the_participant_gets_a_page(
    environment: MotoWorld, written: Written
) -> None:
    environment.clients.s3.delete_bucket(Bucket="projects.example")
    next_step.lambda_handler(http_event("GET", QUERY), Context())
    assert [line["RequestsFailed"] for line in written()] == [[1.0]]


def test_updates_of_the_list_are_counted_by_result(environment: MotoWorld, written: Written) -> None:
    for payload in (entry(), entry(name=7), entry(replaces="2026-01-01T00:00:00+00:00")):
        update_project_master_list.lambda_handler(payload, Context())
    lines = written()
    assert [sorted({"ListUpdatesDone", "ListUpdatesRejected"} & set(line)) for line in lines] == [
        ["ListUpdatesDone"],
        ["ListUpdatesRejected"],
        ["ListUpdatesRejected"],
    ]


def test_a_list_that_cannot_be_written_counts_as_rejected(environment: MotoWorld, written: Written) -> None:
    environment.put("project_master_list.json", "{")
    update_project_master_list.lambda_handler(entry(), Context())
    assert [line["ListUpdatesRejected"] for line in written()] == [[1.0]]


def test_metrics_that_cannot_be_written_break_no_handler(
    environment: MotoWorld, logged: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.register(entry())
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    assert next_step.lambda_handler(http_event("GET", QUERY), Context())["statusCode"] == 200
    assert "the metrics could not be written" in logged()


def test_no_body_header_or_page_is_written(environment: MotoWorld, written: Written) -> None:
    environment.register(entry(name=SECRET, steps={"1": "1_consent.html", "2": "2_thanks.html"}, start=None, stop=None))
    environment.put("study/1_consent.html", SECRET)
    for method, body in (("GET", None), ("POST", json.dumps({"answer": SECRET}))):
        next_step.lambda_handler(http_event(method, QUERY, body, headers={"user-agent": SECRET}), Context())
    lines = written()
    assert len(lines) == 2
    assert SECRET not in json.dumps(lines)


def test_no_dimension_is_an_id(capsys: pytest.CaptureFixture[str]) -> None:
    """CloudWatch bills each value of a dimension as a metric."""
    numbers = {(metric, reason): [1.0] for metric in Metric for reason in (None, "NameTaken")}
    emf.write(numbers, DEPLOYMENT, {"project_id": "study", "user_id": "ada", "session_id": SESSION})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    dimensions = {name for line in lines for names in directive(line)["Dimensions"] for name in names}
    assert dimensions == {"Deployment", "Reason"}


def test_reasons_are_few_and_each_is_a_word() -> None:
    """CloudWatch bills each reason as a metric."""
    assert len(Failure) <= 10
    assert all(failure.value.isalpha() for failure in Failure)


def test_a_tally_is_empty_after_take() -> None:
    tally = Tally()
    tally.add(Metric.STEPS_SERVED)
    tally.add(Metric.STEPS_SERVED, 2)
    assert (tally.take(), tally.take()) == ({(Metric.STEPS_SERVED, None): [1, 2]}, {})


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
