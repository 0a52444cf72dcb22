"""The log lines by which metrics reach CloudWatch: what they hold, and what they never hold."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

import next_step
import send_start_server_message
import send_stop_server_message
import start_server
import sweep_sessions
import update_project_master_list
from hippo_gym.runtime import emf
from hippo_gym.runtime.metrics import Metric
from hippo_gym.studies.projects import UnknownProject
from tests.support.moto_world import DEPLOYMENT, NOON, SESSION, MotoWorld, entry, http_event
from tests.unit.handlers.entries import Context, sns_event

QUERY = {"projectId": "study", "userId": "ada"}
START = {"action": "start", **QUERY, "sessionId": SESSION, "requestedAt": NOON.isoformat()}
SECRET = "SECRET"


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
    assert (line["step"], line["show"]) == ("1", "page")


def test_a_step_of_a_warm_function_logs_one_line_of_at_most_400_bytes(
    environment: MotoWorld, written: Written, logged: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    environment.register(entry(start=None, stop=None))
    next_step.lambda_handler(http_event("GET", QUERY), Context())
    before = logged()
    written()
    context = Context()
    context._function_name = "HIPPO_Gym_next_step"
    context._aws_request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    next_step.lambda_handler(http_event("GET", QUERY), context)
    (line,) = capsys.readouterr().out.splitlines()
    assert "StepsServed" in line
    assert len(line) <= 400
    assert logged() == before


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


def test_the_time_until_a_participant_plays_counts_by_study_and_in_total(capsys: pytest.CaptureFixture[str]) -> None:
    emf.write({(Metric.SECONDS_TO_PLAY, "maze"): [3.5], (Metric.STEPS_SERVED, None): [1.0]}, DEPLOYMENT, {})
    plain, by_study = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert directive(plain)["Metrics"] == [{"Name": "StepsServed", "Unit": "Count"}]
    assert directive(by_study)["Dimensions"] == [["Deployment"], ["Deployment", "Study"]]
    assert (by_study["Study"], by_study["SecondsToPlay"]) == ("maze", [3.5])


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
    assert dimensions == {"Deployment", "Reason", "Study"}
