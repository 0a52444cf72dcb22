"""Upload tickets: who gets one, and what it allows."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import issue_upload_ticket
from hippo_gym.runtime import schemas
from hippo_gym.sessions import tokens
from hippo_gym.sessions.uploads import LIFETIME
from hippo_gym.wiring import upload_tickets
from tests.support.moto_world import BUCKET, OTHER_SESSION, SESSION, MotoWorld, entry, http_event
from tests.unit.handlers.entries import Context

OURS = f"study/Trials/ada/{SESSION}/"


@pytest.fixture
def playing(environment: MotoWorld) -> MotoWorld:
    """Ada plays, and her container knows the upload token of her session."""
    upload_tickets.tickets.cache_clear()
    environment.register(entry())
    environment.start()
    return environment


def ask(world: MotoWorld, **changes: Any) -> tuple[int, Any]:
    body = {"projectId": "study", "userId": "ada", "sessionId": SESSION, "token": world.session()["uploadToken"]}
    return send(json.dumps(body | changes))


def send(body: str | None) -> tuple[int, Any]:
    answer = issue_upload_ticket.lambda_handler(http_event("POST", None, body), Context())
    return answer["statusCode"], json.loads(answer["body"])


def policy(form: dict[str, Any]) -> tuple[list[Any], datetime]:
    """Return the conditions that S3 checks, and until when."""
    read = json.loads(base64.b64decode(form["fields"]["policy"]))
    return read["conditions"], datetime.fromisoformat(read["expiration"].replace("Z", "+00:00"))


# --- what a ticket allows ---


def test_a_ticket_is_for_keys_of_this_session_up_to_a_size(playing: MotoWorld) -> None:
    status, ticket = ask(playing)
    upload = ticket["upload"]
    conditions, expires = policy(upload)
    assert (status, upload["prefix"], upload["maxBytes"]) == (200, OURS, 100_000_000)
    assert ["starts-with", "$key", OURS] in conditions
    assert ["content-length-range", 0, 100_000_000] in conditions
    assert {"bucket": BUCKET} in conditions
    assert [each for each in conditions if "$key" in each or "key" in each] == [["starts-with", "$key", OURS]]
    assert timedelta(0) < expires - datetime.now(UTC) <= LIFETIME
    assert "key" not in upload["fields"], "the container says which"


def test_progress_is_one_key_of_the_participant(playing: MotoWorld) -> None:
    _, ticket = ask(playing)
    progress = ticket["progress"]
    conditions, _ = policy(progress)
    assert progress["key"] == progress["fields"]["key"] == "study/Trials/ada/progress.json"
    assert {"key": "study/Trials/ada/progress.json"} in conditions
    assert ["content-length-range", 0, 65_536] in conditions
    assert "/study/Trials/ada/progress.json?" in progress["readUrl"]
    assert f"X-Amz-Expires={int(LIFETIME.total_seconds())}" in progress["readUrl"]


def test_every_form_is_signed_for_the_region_s_own_endpoint(playing: MotoWorld) -> None:
    """A young bucket answers with a redirect under its default name, which forms do not follow."""
    _, ticket = ask(playing)
    for form in (ticket["upload"], ticket["progress"]):
        assert form["url"] == f"https://s3.ca-central-1.amazonaws.com/{BUCKET}"
        assert form["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"


def test_the_setting_limits_the_size(playing: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_UPLOAD_MB", "3")
    _, ticket = ask(playing)
    assert ["content-length-range", 0, 3_000_000] in policy(ticket["upload"])[0]


# --- who gets one ---


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "wrong"},
        {"token": ""},
        {"token": None},
        {"token": ["x"]},
        {"token": "-" * 32},
        {"sessionId": OTHER_SESSION},
        {"sessionId": None},
        {"projectId": "other"},
        {"projectId": "study/../other"},
        {"userId": "ben"},
        {"userId": "ben/../ada"},
        {"userId": 7},
        {"userId": None},
    ],
)
def test_everyone_else_hears_the_same(playing: MotoWorld, changes: dict[str, Any]) -> None:
    assert ask(playing, **changes) == (403, issue_upload_ticket.REFUSED)


@pytest.mark.parametrize("body", ["[]", "7", "{}", "null"])
def test_another_form_hears_the_same(playing: MotoWorld, body: str) -> None:
    assert send(body) == (403, issue_upload_ticket.REFUSED)


@pytest.mark.parametrize("body", [None, "", "{", "[" * 10_000])
def test_what_is_no_json_is_said_to_be_none(playing: MotoWorld, body: str | None) -> None:
    assert send(body)[0] == 400


def test_the_page_s_token_gets_none(playing: MotoWorld) -> None:
    """The participant's page knows it, and a participant must not write the study's data."""
    assert ask(playing, token=playing.session()["token"]) == (403, issue_upload_ticket.REFUSED)


def test_a_session_that_is_being_stopped_gets_one_and_one_that_is_over_does_not(playing: MotoWorld) -> None:
    token = playing.session()["uploadToken"]
    playing.put_session(SESSION, uploadToken=token, wanted="stopped")
    assert ask(playing)[0] == 200
    playing.stop()
    body = {"projectId": "study", "userId": "ada", "sessionId": SESSION, "token": token}
    assert send(json.dumps(body)) == (403, issue_upload_ticket.REFUSED)
    assert token not in json.dumps(playing.ended())


def test_a_session_of_an_earlier_release_gets_none(playing: MotoWorld) -> None:
    playing.put_session(SESSION)
    body = {"projectId": "study", "userId": "ada", "sessionId": SESSION}
    for token in (None, "", "-" * 32):
        assert send(json.dumps({**body, "token": token}))[0] == 403


def test_ids_are_compared_in_lower_case(playing: MotoWorld) -> None:
    status, ticket = ask(playing, userId="Ada")
    assert (status, ticket["upload"]["prefix"]) == (200, OURS)


@pytest.mark.parametrize("presented", ["x" * 32, "-" * 32, None, 7, "\ud800"])
def test_without_a_session_no_token_is_right(presented: object) -> None:
    assert not tokens.admits_upload(None, presented)


# --- the container ---


def variables(world: MotoWorld) -> list[dict[str, str]]:
    overrides = world.tasks()[0].overrides["containerOverrides"]
    return [{each["name"]: each["value"] for each in container["environment"]} for container in overrides]


def test_the_study_s_container_alone_gets_the_token(environment: MotoWorld) -> None:
    world = environment
    sidecar, game = ({"name": name, "image": "image", "memory": 512} for name in ("proxy", "two"))
    world.clients.ecs.register_task_definition(family="two", containerDefinitions=[sidecar, game], networkMode="awsvpc")
    world.admitted_families = ("two",)
    world.register(entry(ecsTask="two"))
    world.start()
    world.start()
    of_proxy, of_game = variables(world)
    assert of_game["HIPPO_UPLOAD_TOKEN"] == world.session()["uploadToken"]
    assert "HIPPO_UPLOAD_TOKEN" not in of_proxy
    assert schemas.faults(schemas.SESSION_RECORD, world.session()) == ()


# --- the participant of a warm server ---

WARM = "hippo-warm-0f3c5d7e9a1b-2c4d6e8f0a1b2c3d4e"
OF_ADA = {"userId": "ada", "sessionId": SESSION}


@pytest.fixture
def waiting(environment: MotoWorld) -> MotoWorld:
    """Let a warm server wait for a participant."""
    upload_tickets.tickets.cache_clear()
    environment.register(entry())
    environment.put_session(OTHER_SESSION, WARM, uploadToken="warm token")
    return environment


def taken(world: MotoWorld, taken_by: dict[str, str] = OF_ADA, **changes: Any) -> None:
    """Let Ada's session have the warm server."""
    world.put_session(OTHER_SESSION, WARM, uploadToken="warm token", takenBy=taken_by)
    attempt = {"number": 1, "capacityProvider": "FARGATE", "notBefore": world.clock.now().isoformat(), "taskArn": "arn"}
    launch = {"taskDefinition": "grid", "capacity": "on-demand", "port": 5000, "conditions": {"partner": "expert"}}
    seen = {"attempt": attempt, "warm": {"userId": WARM, "sessionId": OTHER_SESSION}}
    own = {
        "token": "her token",
        "uploadToken": "her upload token",
        "launch": launch | {"idleMinutes": 10},
        "seen": seen,
    }
    world.put_session(SESSION, "ada", **(own | changes))


def who(**changes: Any) -> tuple[int, Any]:
    body = {"projectId": "study", "userId": WARM, "sessionId": OTHER_SESSION, "token": "warm token"}
    return send(json.dumps(body | {"asks": "participant"} | changes))


def test_a_warm_server_without_a_participant_is_told_so(waiting: MotoWorld) -> None:
    assert who() == (200, {"participant": None})


def test_a_warm_server_gets_its_participant_s_variables(waiting: MotoWorld) -> None:
    taken(waiting)
    status, answer = who()
    deadline = answer["participant"].pop("HIPPO_DEADLINE")
    assert (status, answer["participant"]) == (
        200,
        {
            "HIPPO_PROJECT_ID": "study",
            "HIPPO_USER_ID": "ada",
            "HIPPO_SESSION_ID": SESSION,
            "HIPPO_CONDITIONS": '{"partner":"expert"}',
            "HIPPO_SESSION_TOKEN": "her token",
            "HIPPO_UPLOAD_TOKEN": "her upload token",
            "HIPPO_IDLE_MINUTES": "10",
        },
    )
    assert datetime.fromisoformat(deadline) > datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes",
    [{"wanted": "stopped"}, {"seen": {}}, {"sessionId": "20261122-3333333333333333"}],
    ids=["it is being stopped", "it gave the server up", "she has another session"],
)
def test_a_session_that_does_not_have_the_server_is_not_told(waiting: MotoWorld, changes: dict[str, Any]) -> None:
    taken(waiting, **changes)
    assert who() == (200, {"participant": None})


@pytest.mark.parametrize("wrong", [{"token": "her upload token"}, {"token": None}, {"sessionId": SESSION}])
def test_only_the_server_itself_is_told(waiting: MotoWorld, wrong: dict[str, Any]) -> None:
    taken(waiting)
    assert who(**wrong) == (403, issue_upload_ticket.REFUSED)


def test_a_server_of_a_participant_is_told_nothing(waiting: MotoWorld) -> None:
    taken(waiting)
    assert who(userId="ada", sessionId=SESSION, token="her upload token") == (403, issue_upload_ticket.REFUSED)
