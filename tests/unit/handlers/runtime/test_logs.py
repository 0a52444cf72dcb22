"""The log holds ids and events; never a body, a header or a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import botocore
import pytest

import next_step
import send_start_server_message
import send_stop_server_message
import start_server
import stop_server
import sweep_sessions
import update_project_master_list
from hippo_gym.runtime import logs
from tests.support.moto_world import MotoWorld, entry, http_event
from tests.unit.handlers.entries import Context

QUERY = {"projectId": "study", "userId": "ada"}
SECRET = "SECRET"
ENTRY_FILES = (
    next_step,
    start_server,
    stop_server,
    send_start_server_message,
    send_stop_server_message,
    update_project_master_list,
    sweep_sessions,
)


def ask(method: str = "POST", body: str | None = f'{{"answer": "{SECRET}"}}', **changes: Any) -> None:
    event = http_event(method, QUERY, body, headers={"user-agent": SECRET}) | changes
    next_step.lambda_handler(event, Context())


def record(**changes: Any) -> str:
    request = {"httpMethod": "POST", "headers": {"x": SECRET}, "body": SECRET}
    return json.dumps({"created": "x", "nextStep": 2, "requests": [request]} | changes)


def test_a_line_names_the_project_the_user_and_the_request(environment: MotoWorld, logged: Callable[[], str]) -> None:
    environment.register(entry(steps={"1": "game"}, start=1, stop=None))
    ask("GET", None)
    served = next(line for line in map(json.loads, logged().splitlines()) if line["message"] == "served")
    assert (served["project_id"], served["user_id"], served["function_request_id"]) == ("study", "ada", "invocation")
    assert (served["step"], served["show"]) == ("1", "wait")


def test_ids_of_one_request_are_not_in_the_log_lines_of_the_next(
    environment: MotoWorld, logged: Callable[[], str]
) -> None:
    environment.register(entry())
    ask("GET", None)
    next_step.lambda_handler(http_event("GET"), Context())
    assert "user_id" not in json.loads(logged().splitlines()[-1])


@pytest.mark.parametrize(
    "happens",
    [
        lambda world: None,
        lambda world: world.put("study/Users/ada", SECRET),
        lambda world: world.put("study/Users/ada", record(nextStep=None)),
        lambda world: world.put("study/Users/ada", record(requests=[{"headers": {}, "body": {"x": SECRET}}])),
        lambda world: world.put("study/Users/ada", record(requests=[{"headers": SECRET, "body": None}])),
        lambda world: world.put("study/Users/ada", record(requests=SECRET)),
        lambda world: world.put("study/Users/ada", json.dumps([SECRET])),
        lambda world: world.put("study/1_consent.html", SECRET),
        lambda world: world.put("study/1_consent.html", b"\xff" + SECRET.encode()),
        lambda world: world.clients.sns.delete_topic(TopicArn=world.topics["start"]),
        lambda world: world.put("project_master_list.json", "{"),
    ],
    ids=[
        "nothing",
        "record no JSON",
        "record without step",
        "body an object",
        "headers a text",
        "requests a text",
        "record a list",
        "page",
        "page not UTF-8",
        "publish fails",
        "list no JSON",
    ],
)
def test_no_body_header_or_page_is_ever_logged(
    environment: MotoWorld, logged: Callable[[], str], happens: Callable[[MotoWorld], None]
) -> None:
    environment.register(entry())
    happens(environment)
    ask("GET", None)
    ask()
    assert logged() != ""
    assert SECRET not in logged()


@pytest.mark.parametrize(
    "changes",
    [
        {"body": SECRET * 200_000},
        {"body": SECRET + "%", "isBase64Encoded": True},
        {"queryStringParameters": QUERY | {"step": SECRET, "more": SECRET}},
    ],
)
def test_no_refused_body_or_query_is_logged(
    environment: MotoWorld, logged: Callable[[], str], changes: dict[str, Any]
) -> None:
    environment.register(entry())
    ask(**changes)
    assert SECRET not in logged()


def test_no_setting_of_powertools_makes_it_log_the_event(
    logged: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOGGER_LOG_EVENT", "true")
    handler = logs.logged(lambda event, context: {})
    handler(http_event("POST", QUERY, SECRET, headers={"user-agent": SECRET}), Context())
    assert SECRET not in logged()


@pytest.mark.parametrize("entry_file", [send_start_server_message, send_stop_server_message])
def test_no_body_of_a_start_or_stop_by_hand_is_logged(
    environment: MotoWorld, logged: Callable[[], str], entry_file: Any
) -> None:
    for body in ({**QUERY, "note": SECRET}, QUERY):
        entry_file.lambda_handler(http_event("POST", None, json.dumps(body)), Context())
    assert SECRET not in logged()


def test_no_payload_of_a_researcher_is_logged(environment: MotoWorld, logged: Callable[[], str]) -> None:
    update_project_master_list.lambda_handler(entry(name=SECRET, researcher=SECRET), Context())
    update_project_master_list.lambda_handler(entry(name={"x": SECRET}), Context())
    assert logged() != ""
    assert SECRET not in logged()


@pytest.mark.parametrize("entry_file", ENTRY_FILES)
def test_a_cold_start_logs_the_sdk_version_once(
    environment: MotoWorld, logged: Callable[[], str], entry_file: Any
) -> None:
    logs._log_runtime.cache_clear()
    for _ in range(2):
        with suppress(Exception):  # this test ignores faults of the event
            entry_file.lambda_handler({}, Context())
    lines = [json.loads(line) for line in logged().splitlines()]
    (cold,) = [line for line in lines if line.get("message") == "cold start"]
    assert cold["botocore"] == botocore.__version__
    assert (cold["function_request_id"], "user_id" in cold) == ("invocation", False)


def test_a_call_by_hand_also_logs_the_sdk_version(environment: MotoWorld, logged: Callable[[], str]) -> None:
    logs._log_runtime.cache_clear()
    environment.register(entry())
    next_step.lambda_handler(http_event("GET", QUERY), None)
    assert logged().count('"cold start"') == 1


def test_an_error_of_aws_is_logged_with_its_code(environment: MotoWorld, logged: Callable[[], str]) -> None:
    environment.clients.s3.delete_bucket(Bucket="projects.example")
    ask("GET", None)
    assert "NoSuchBucket" in logged()
