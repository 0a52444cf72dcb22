"""The entry files: events in, answers out."""

from __future__ import annotations

import json
from typing import Any

import pytest

import issue_upload_ticket
import next_step
import send_start_server_message
import send_stop_server_message
import start_server
import stop_server
import sweep_sessions
from hippo_gym.runtime import schemas
from hippo_gym.runtime.errors import OperatorError
from hippo_gym.sessions.messages import TASK_STATE_CHANGE
from hippo_gym.studies.projects import UnknownProject
from tests.support.moto_world import SESSION, MotoWorld, entry, http_event
from tests.unit.handlers.entries import Context, sns_event

PILOT = {"projectId": "study", "userId": "A2XYZ"}
START = {
    "action": "start",
    "projectId": "study",
    "userId": "ada",
    "sessionId": SESSION,
    "requestedAt": "2026-11-22T12:00:00+00:00",
}
STOP = {"action": "stop", "projectId": "study", "userId": "ada", "sessionId": SESSION}


def send(entry_file: Any, body: Any) -> tuple[int, Any]:
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    answered = entry_file.lambda_handler(http_event("POST", None, text), Context())
    return answered["statusCode"], json.loads(answered["body"])


# --- POST /start and /stop ---


def test_start_publishes_a_valid_start_message(environment: MotoWorld) -> None:
    send(send_start_server_message, PILOT)
    (message,) = environment.received("start")
    assert (schemas.faults(schemas.START_MESSAGE, message), message["userId"]) == ((), "a2xyz")


def test_start_is_answered_202_with_the_session_s_id(environment: MotoWorld) -> None:
    answered = send(send_start_server_message, PILOT)
    assert answered == (202, {"sessionId": environment.received("start")[0]["sessionId"]})


@pytest.mark.parametrize(
    ("entry_file", "action"), [(send_start_server_message, "start"), (send_stop_server_message, "stop")]
)
def test_a_get_of_an_old_client_is_answered_with_what_to_send_and_publishes_nothing(
    environment: MotoWorld, entry_file: Any, action: str
) -> None:
    event = http_event("GET", {"projectId": "study", "userId": "ada"})
    answered = entry_file.lambda_handler(event, Context())
    assert (answered["statusCode"], f"POST /{action}" in json.loads(answered["body"])) == (405, True)
    assert environment.received(action) == []


@pytest.mark.parametrize("entry_file", [send_start_server_message, send_stop_server_message])
def test_the_method_decides_also_if_the_body_cannot_be_read(environment: MotoWorld, entry_file: Any) -> None:
    event = http_event("GET", None, "no base64") | {"isBase64Encoded": True}
    assert entry_file.lambda_handler(event, Context())["statusCode"] == 405


@pytest.mark.parametrize(
    "entry_file", [next_step, issue_upload_ticket, send_start_server_message, send_stop_server_message]
)
def test_the_answer_to_a_body_that_cannot_be_read_can_be_read_by_browsers(
    environment: MotoWorld, entry_file: Any
) -> None:
    event = {"httpMethod": "POST", "body": "no base64", "isBase64Encoded": True}  # of a load balancer
    answered = entry_file.lambda_handler(event, Context())
    assert (answered["statusCode"], answered["headers"]["Access-Control-Allow-Origin"]) == (400, "*")


def test_two_starts_by_hand_are_two_sessions(environment: MotoWorld) -> None:
    send(send_start_server_message, PILOT)
    send(send_start_server_message, PILOT)
    assert len({message["sessionId"] for message in environment.received("start")}) == 2


@pytest.mark.parametrize("delay", [0, 1, 90, 1440])
def test_stop_publishes_a_valid_stop_message_with_its_delay(environment: MotoWorld, delay: int) -> None:
    status, answered = send(send_stop_server_message, PILOT | {"delay": delay})
    (message,) = environment.received("stop")
    assert (status, schemas.faults(schemas.STOP_MESSAGE, message), message.get("delay", 0)) == (202, (), delay)
    assert message == answered


def test_a_reason_that_no_record_can_hold_is_refused(environment: MotoWorld) -> None:
    status, text = send(send_stop_server_message, PILOT | {"reason": "x\udc00"})
    assert (status, text.partition(":")[0], environment.received("stop")) == (400, "reason", [])


@pytest.mark.parametrize("entry_file", [send_start_server_message, send_stop_server_message])
@pytest.mark.parametrize("body", [None, "", "{", "[]", "7", {}, {"projectId": "study"}, PILOT | {"more": 1}])
def test_a_body_that_is_wrong_is_answered_400_and_publishes_nothing(
    environment: MotoWorld, entry_file: Any, body: Any
) -> None:
    assert send(entry_file, body)[0] == 400
    assert environment.received("start") + environment.received("stop") == []


@pytest.mark.parametrize("delay", [-1, 1441, 0.5, "5", None])
def test_an_invalid_delay_is_reported(environment: MotoWorld, delay: Any) -> None:
    status, text = send(send_stop_server_message, PILOT | {"delay": delay})
    assert (status, "delay: found" in text, "whole minutes, 0 to 1440" in text) == (400, True, True)


def test_all_faults_of_a_body_are_reported_together(environment: MotoWorld) -> None:
    _, text = send(send_stop_server_message, {"userId": "a_b", "delay": -1})
    assert all(path in text for path in ("projectId:", "userId:", "delay:"))


# --- the topics ---


@pytest.mark.parametrize("entry_file", [start_server, stop_server])
@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": []},
        {"Records": None},
        {"Records": [{}]},
        {"Records": [{"Sns": []}]},
        {"Records": [{"Sns": "Message"}]},
        sns_event("{"),
        sns_event("[]"),
        sns_event({}),
    ],
)
def test_an_event_without_a_session_message_raises(environment: MotoWorld, entry_file: Any, event: Any) -> None:
    with pytest.raises(OperatorError):
        entry_file.lambda_handler(event, Context())


@pytest.mark.parametrize("change", [{"action": "stop"}, {"userId": "a_b"}, {"sessionId": None}, {"more": 1}])
def test_a_start_message_that_breaks_its_schema_raises(environment: MotoWorld, change: dict[str, Any]) -> None:
    with pytest.raises(OperatorError):
        start_server.lambda_handler(sns_event(START | change), Context())


ENVIRONMENT = [{"name": "HIPPO_USER_ID", "value": "ada"}, {"name": "HIPPO_SESSION_ID", "value": SESSION}]


@pytest.mark.parametrize(
    "overrides",
    [
        None,
        [],
        "text",
        {"containerOverrides": "text"},
        {"containerOverrides": {"environment": ENVIRONMENT}},
        {"containerOverrides": ["text"]},
        {"containerOverrides": [{"environment": "text"}]},
        {"containerOverrides": [{"environment": {"name": "HIPPO_USER_ID"}}]},
        {"containerOverrides": [{"environment": ["text"]}]},
        {"containerOverrides": [{"environment": [{"value": [1]}]}]},
    ],
)
def test_the_stop_of_a_task_in_an_unknown_form_is_ignored(environment: MotoWorld, overrides: Any) -> None:
    event = {"detail-type": TASK_STATE_CHANGE, "detail": {"lastStatus": "STOPPED", "overrides": overrides}}
    assert stop_server.lambda_handler(sns_event(event), Context()) == {"outcomes": ["over"]}


@pytest.mark.parametrize("event", [None, [], "text", 7, {"dryRun": "yes"}])
def test_a_sweep_needs_nothing_of_its_event(environment: MotoWorld, event: Any) -> None:
    assert sweep_sessions.lambda_handler(event, Context())["unfinished"] is False


def test_a_start_of_an_unknown_project_raises(environment: MotoWorld) -> None:
    with pytest.raises(UnknownProject):
        start_server.lambda_handler(sns_event(START), Context())


def test_a_start_after_its_stop_returns_normally(environment: MotoWorld) -> None:
    environment.register(entry())
    stop_server.lambda_handler(sns_event(STOP), Context())
    assert start_server.lambda_handler(sns_event(START), Context()) == {"outcomes": ["over"]}


def test_a_start_of_a_ready_session_returns_normally(environment: MotoWorld) -> None:
    environment.register(entry())
    environment.start()
    record = environment.session() | {"stopAt": "2999-01-01T00:00:00+00:00"}
    environment.put("_sessions/live/ada.json", json.dumps(record))
    assert start_server.lambda_handler(sns_event(START), Context()) == {"outcomes": ["ready"]}


def test_all_messages_of_one_event_are_handled(environment: MotoWorld) -> None:
    environment.register(entry())
    answered = stop_server.lambda_handler(sns_event(STOP, STOP | {"userId": "ben"}), Context())
    assert answered == {"outcomes": ["over", "over"]}


def test_a_stop_message_stops(environment: MotoWorld) -> None:
    environment.register(entry())
    environment.start()
    stop_server.lambda_handler(sns_event(STOP), Context())
    assert environment.left_over() == []


def test_the_message_of_a_stop_schedule_stops(environment: MotoWorld) -> None:
    environment.register(entry())
    environment.start()
    (schedule,) = environment.schedules().values()
    stop_server.lambda_handler(sns_event(schedule["Target"]["Input"]), Context())
    assert environment.left_over() == []


def test_a_task_event_stops(environment: MotoWorld) -> None:
    environment.register(entry())
    environment.start()
    task = environment.tasks()[0]
    environment.task_ends("EssentialContainerExited")
    detail = {"lastStatus": "STOPPED", "taskArn": task.task_arn, "overrides": task.overrides}
    stop_server.lambda_handler(sns_event({"detail-type": TASK_STATE_CHANGE, "detail": detail}), Context())
    assert environment.left_over() == []


def test_a_task_event_of_another_owner_returns_normally(environment: MotoWorld) -> None:
    event = {"detail-type": TASK_STATE_CHANGE, "detail": {"lastStatus": "STOPPED", "overrides": {}}}
    assert stop_server.lambda_handler(sns_event(event), Context()) == {"outcomes": ["over"]}


def test_a_sweep_reports(environment: MotoWorld) -> None:
    environment.put("_sessions/live/ada.json", "{")
    report = sweep_sessions.lambda_handler({}, Context())
    assert (report["unreadable"], report["sessions"]) == (1, {})


def test_a_handler_may_be_called_by_hand_without_a_context(environment: MotoWorld) -> None:
    environment.register(entry())
    environment.put_session(SESSION, stopAt="2999-01-01T00:00:00+00:00")
    assert stop_server.lambda_handler(sns_event(STOP), None) == {"outcomes": ["over"]}
