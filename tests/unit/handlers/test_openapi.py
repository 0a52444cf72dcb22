"""schemas/openapi.json describes all that the functions answer: their real answers are checked against it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

import issue_upload_ticket
import next_step
import send_start_server_message
import send_stop_server_message
from hippo_gym.runtime import schemas
from hippo_gym.sessions.model import Phase
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies.enrolment import Limit, RosterStore
from hippo_gym.wiring import upload_tickets
from tests.support.moto_world import BUCKET, SESSION, MotoWorld, entry, http_event
from tests.support.openapi import DOCUMENT, ROOT, faults, schema_of
from tests.unit.handlers.entries import Context

ADA = {"projectId": "study", "userId": "ada"}
GO_ON: dict[str, Any] = {"steps": {"1": "1.html", "finalStep": "end.html"}, "start": None, "stop": None}


def next_answer(method: str = "GET", query: dict[str, str] | None = None, body: str | None = None) -> Any:
    """Send a request through the entry, check its answer, and return it."""
    answered = next_step.lambda_handler(http_event(method, ADA if query is None else query, body), Context())
    value = json.loads(answered["body"])
    assert faults(schema_of("/next", method.lower(), answered["statusCode"]), value) == []
    return value


@pytest.fixture
def study(environment: MotoWorld) -> MotoWorld:
    environment.register(entry())
    return environment


def at_the_game(study: MotoWorld) -> str:
    """Bring the participant to the game and return the id of their session."""
    next_answer()
    next_answer("POST", body="{}")
    return str(study.record()["session"]["id"])


# --- /next ---


def test_the_answers_of_a_whole_walk_are_described(study: MotoWorld) -> None:
    study.register(entry(progress={"1": "Consent"}, completion={"codes": {"finished": "C1"}}))
    session = at_the_game(study)
    study.put_session(session, seen={"readyAt": study.clock.now().isoformat()})
    game, survey = next_answer(), next_answer()
    end = next_answer("POST", body="{}")
    assert (game["page"], survey["step"], end["completion"]["code"]) == ("show_game_page", "3", "C1")
    assert (game["server"]["port"], survey["progress"]["of"]) == (5000, 4)


@pytest.mark.parametrize(
    ("record", "state"),
    [
        (None, Phase.QUEUED),
        ({}, Phase.STARTING),
        ({"seen": {"dnsIp": "203.0.113.7"}}, Phase.ALMOST_READY),
        ({"seen": {"lostAt": "2026-11-22T12:00:00+00:00"}}, Phase.RESTARTING),
    ],
)
def test_the_answers_of_a_wait_are_described(study: MotoWorld, record: dict[str, Any] | None, state: Phase) -> None:
    session = at_the_game(study)
    if record is not None:
        study.put_session(session, **record)
    assert next_answer()["wait"]["state"] == state


def test_the_answer_in_line_is_described(world: MotoWorld) -> None:
    world.register(entry(maxSessions=1))
    world.get()
    world.post()
    world.start()
    world.clock.advance(seconds=1)
    world.get("ben")
    world.post("ben")
    world.start(user="ben", session_id=world.record("ben")["session"]["id"])
    answered = world.get("ben")
    assert answered["wait"]["ahead"] == 0
    assert faults("/components/schemas/Answer", answered) == []


@pytest.mark.parametrize(
    ("notice", "changes"),
    [
        ("notOpen", {"opensAt": "2999-01-01T00:00:00+00:00"}),
        ("closed", {"closesAt": "2001-01-01T00:00:00+00:00"}),
        ("pageMissing", {}),
        ("full", {"mostParticipants": 1}),
        ("studyBroken", {"steps": {}}),
    ],
)
def test_the_answer_with_a_notice_is_described(study: MotoWorld, notice: str, changes: dict[str, Any]) -> None:
    study.register(entry(**GO_ON) | changes)
    if notice == "pageMissing":
        study.clients.s3.delete_object(Bucket="projects.example", Key="study/1.html")
    if notice == "full":
        RosterStore(Bucket(study.clients.s3, BUCKET), study.clock).count("study", "ben", Limit(1, timedelta(hours=2)))
    assert next_answer()["notice"] == notice


def test_the_answer_when_the_server_has_failed_is_described(world: MotoWorld) -> None:
    world.register(entry(completion={"codes": {"serverFailed": "C3"}}))
    world.get()
    answered = world.post()
    for _ in range(40):
        if answered["page"] != "wait":
            break
        for message in world.received("start"):
            world.put_session(message["sessionId"])
            world.end_session(message["sessionId"], failed=True)
        world.clock.advance(seconds=30)
        answered = world.get()
    assert (answered["notice"], answered["completion"]["code"]) == ("serverFailed", "C3")
    assert faults("/components/schemas/Answer", answered) == []


def test_the_answer_to_a_request_that_failed_is_described(study: MotoWorld) -> None:
    study.put("study/Users/ada", "{")
    assert next_answer()["retry"] is True


@pytest.mark.parametrize("query", [{"projectId": "none", "userId": "ada"}, {}, ADA | {"userId": "a_b"}])
def test_a_refusal_is_described(study: MotoWorld, query: dict[str, str]) -> None:
    assert isinstance(next_answer(query=query), str)


def test_every_notice_of_the_code_is_described_and_no_other() -> None:
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "handlers/hippo_gym/participants").glob("*.py"))
    used = set(re.findall(r'(?:\bnotice\(|EnrolmentRefused\(|"notice": )"([a-z]\w+)"', sources))
    used |= set(re.findall(r'Refused\("([a-z]\w+)"', sources))
    assert used == set(DOCUMENT["components"]["schemas"]["Answer"]["properties"]["notice"]["enum"])


def test_every_phase_of_a_wait_is_described_and_no_other() -> None:
    assert {phase.value for phase in Phase} == set(
        DOCUMENT["components"]["schemas"]["Wait"]["properties"]["state"]["enum"]
    )


# --- /start and /stop ---


@pytest.mark.parametrize(
    ("path", "entry_file", "body", "status"),
    [
        ("/start", send_start_server_message, ADA, 202),
        ("/start", send_start_server_message, {"projectId": "study"}, 400),
        ("/stop", send_stop_server_message, ADA, 202),
        ("/stop", send_stop_server_message, ADA | {"delay": 5, "reason": "asked for", "sessionId": SESSION}, 202),
        ("/stop", send_stop_server_message, ADA | {"delay": -1}, 400),
    ],
)
def test_the_answer_of_start_and_stop_is_described(
    environment: MotoWorld, path: str, entry_file: Any, body: dict[str, Any], status: int
) -> None:
    answered = entry_file.lambda_handler(http_event("POST", None, json.dumps(body)), Context())
    assert answered["statusCode"] == status
    assert faults(schema_of(path, "post", status), json.loads(answered["body"])) == []


BODIES: list[Any] = [
    ADA,
    ADA | {"delay": 0},
    ADA | {"delay": 1440, "reason": "x" * 500},
    ADA | {"delay": 1441},
    ADA | {"delay": "5"},
    ADA | {"reason": "x" * 501},
    ADA | {"sessionId": SESSION},
    ADA | {"sessionId": "1"},
    ADA | {"more": 1},
    {"projectId": "study"},
    {"projectId": "../study", "userId": "ada"},
    {"projectId": "study", "userId": "a_b"},
    [],
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    ("name", "schema"), [("StartRequest", "SEND_START_REQUEST"), ("StopRequest", "SEND_STOP_REQUEST")]
)
def test_a_body_is_accepted_by_the_description_exactly_if_the_function_accepts_it(
    name: str, schema: str, body: Any
) -> None:
    refused = bool(schemas.faults(getattr(schemas, schema), body))
    assert bool(faults(f"/components/schemas/{name}", body)) is refused


# --- /trials ---


@pytest.mark.parametrize(("changes", "status"), [({}, 200), ({"token": "wrong"}, 403)])
def test_the_answer_of_trials_is_described(study: MotoWorld, changes: dict[str, str], status: int) -> None:
    upload_tickets.tickets.cache_clear()
    study.start()
    body = ADA | {"sessionId": SESSION, "token": study.session()["uploadToken"]} | changes
    assert faults("/components/schemas/UploadTicketRequest", body) == []
    answered = issue_upload_ticket.lambda_handler(http_event("POST", None, json.dumps(body)), Context())
    assert answered["statusCode"] == status
    assert faults(schema_of("/trials", "post", status), json.loads(answered["body"])) == []


# --- the document ---


def test_the_paths_are_the_routes_that_terraform_makes() -> None:
    text = (ROOT / "terraform" / "functions.tf").read_text("utf-8")
    route = r'^\s+"((?:GET|POST) /\w*)"\s+= \{ function = "\w+", iam = (true|false)'
    routes = set(re.findall(route, text, re.MULTILINE))
    described = {
        (f"{method.upper()} {path}", str(any(item[method]["security"])).lower())
        for path, item in DOCUMENT["paths"].items()
        for method in ("get", "post")
        if method in item
    }
    assert described == routes


def test_the_examples_obey_their_schemas() -> None:
    for example in DOCUMENT["components"]["responses"]["Shown"]["content"]["application/json"]["examples"].values():
        assert faults("/components/schemas/Answer", example["value"]) == []


def test_the_ids_follow_the_rules_of_the_messages() -> None:
    rules = json.loads((ROOT / "schemas" / "session_messages.schema.json").read_text("utf-8"))["$defs"]
    parameters = DOCUMENT["components"]["parameters"]
    assert parameters["projectId"]["schema"]["pattern"] == rules["projectId"]["pattern"]
    assert parameters["userId"]["schema"]["pattern"] == rules["userId"]["pattern"]
    assert DOCUMENT["components"]["schemas"]["SessionId"]["pattern"] == rules["sessionId"]["pattern"]
