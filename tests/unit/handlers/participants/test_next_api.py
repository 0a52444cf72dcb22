"""/next as existing browser clients use it, through the entry file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import next_step
from hippo_gym.sessions.edge import Edge
from hippo_gym.sessions.edge_keys import EdgeKey
from tests.support.moto_world import NOON, SESSION, MotoWorld, entry, http_event
from tests.unit.handlers.entries import Context
from tests.unit.handlers.interposed import client_error, fails, interpose

PILOT = {"projectId": "study", "userId": "ada"}


@pytest.fixture
def study(environment: MotoWorld) -> MotoWorld:
    """A study with a page, a game and a page, whose server starts at its first step."""
    environment.register(entry(), entry("closed", live=False))
    return environment


def call(event: dict[str, Any]) -> tuple[int, Any]:
    answered = next_step.lambda_handler(event, Context())
    return answered["statusCode"], json.loads(answered["body"])


def ready(study: MotoWorld) -> None:
    """Bring the participant to the game, and their server to `ready`."""
    call(http_event("GET", PILOT))
    call(http_event("POST", PILOT, "{}"))
    session = study.record()["session"]["id"]
    study.put_session(session, seen={"readyAt": study.clock.now().isoformat()})


def test_a_first_load_is_answered_with_the_first_page(study: MotoWorld) -> None:
    status, answered = call(http_event("GET", PILOT))
    assert (status, answered["page"], answered["css"]) == (200, "<p>1_consent.html</p>", None)


@pytest.mark.parametrize("path", ["/", "/next", "/default/next"])
def test_every_path_serves_the_same(study: MotoWorld, path: str) -> None:
    assert call(http_event("GET", PILOT, rawPath=path))[1]["page"] == "<p>1_consent.html</p>"


@pytest.mark.parametrize(
    "query",
    [
        {"projectId": "unknown", "userId": "ada"},
        {"projectId": "closed", "userId": "ada"},
        {"projectId": "study"},
        {"projectId": "study", "userId": ""},
        {"userId": "ada"},
        {"projectId": "../study", "userId": "ada"},
        {"projectId": "study\n", "userId": "ada"},
        {"projectId": "", "userId": "ada"},
        None,
    ],
)
def test_an_unknown_or_closed_project_or_no_user_is_400_with_the_text_of_the_old_system(
    study: MotoWorld, query: dict[str, str] | None
) -> None:
    assert call(http_event("GET", query)) == (400, "Project ID Not Found")


def test_a_refused_request_writes_nothing(study: MotoWorld) -> None:
    before = study.keys()
    call(http_event("POST", {"projectId": "closed", "userId": "ada"}, "{}"))
    assert study.keys() == before


@pytest.mark.parametrize("user", ["under_score", "a.b", "-ada", "ada-", "a" * 49, "a/b", "ada\n", "é", "a b"])
def test_a_user_id_that_breaks_the_rule_is_refused_with_the_rule(study: MotoWorld, user: str) -> None:
    status, text = call(http_event("GET", {"projectId": "study", "userId": user}))
    assert (status, "48 letters, digits and '-'" in text) == (400, True)


@pytest.mark.parametrize(
    "user",
    [
        "6f1c2b9a-5f0e-4a6b-9a53-0d4a3f1b2c3d",
        "A1B2C3D4E5F6G7",
        "5f3c9d2ab1c4e80012345678",
        "x",
        "pilot-7",
        "0",
        "a" * 48,
    ],
)
def test_every_kind_of_user_id_that_occurs_is_served(study: MotoWorld, user: str) -> None:
    assert call(http_event("GET", {"projectId": "study", "userId": user}))[0] == 200


def test_a_post_before_the_server_is_ready_is_answered_wait(study: MotoWorld) -> None:
    call(http_event("GET", PILOT))
    status, answered = call(http_event("POST", PILOT, "{}"))
    assert (status, answered["page"], answered["css"], answered["step"]) == (200, "wait", None, "2")


@pytest.mark.parametrize(
    ("record", "state", "ask_again_after"),
    [
        (None, "queued", 5),
        ({}, "starting", 3),
        ({"seen": {"dnsIp": "203.0.113.7"}}, "almost ready", 1),
        ({"seen": {"lostAt": "2026-11-22T12:00:00+00:00"}}, "restarting", 3),
        ({"wanted": "stopped"}, "queued", 5),
    ],
)
def test_a_wait_holds_state_start_and_the_seconds_to_the_next_poll(
    world: MotoWorld, record: dict[str, Any] | None, state: str, ask_again_after: int
) -> None:
    world.register(entry())
    world.get()
    world.post()
    if record is not None:
        world.put_session(world.record()["session"]["id"], **record)
    since = world.clock.now().isoformat()
    assert world.get()["wait"] == {
        "state": state,
        "since": since,
        "askAgainAfter": ask_again_after,
        "waitingSince": since,
    }


def test_a_poll_is_answered_show_game_page_once_the_server_is_ready(study: MotoWorld) -> None:
    ready(study)
    assert call(http_event("GET", PILOT))[1]["page"] == "show_game_page"


def test_the_game_s_answer_names_the_server(study: MotoWorld) -> None:
    ready(study)
    assert call(http_event("GET", PILOT))[1]["server"] == {
        "host": "ada.example.net",
        "port": 5000,
        "url": "wss://ada.example.net:5000",
        "protocols": [],
    }


def test_the_game_s_answer_has_the_session_s_token(study: MotoWorld) -> None:
    ready(study)
    study.put_session(study.record()["session"]["id"], seen={"readyAt": NOON.isoformat()}, token="the-token")
    assert call(http_event("GET", PILOT))[1]["server"]["token"] == "the-token"
    assert "the-token" not in json.dumps(study.record())


def test_a_page_that_cannot_connect_says_so_and_the_record_keeps_it(study: MotoWorld) -> None:
    ready(study)
    assert "unreachable" not in study.record().get("servers", {})
    answer = call(http_event("GET", PILOT | {"step": "2", "unreachable": "1"}))[1]
    assert answer["page"] == "show_game_page"
    assert study.record()["servers"]["unreachable"] == study.record()["session"]["id"]
    call(http_event("GET", PILOT | {"step": "2"}))
    assert study.record()["servers"]["unreachable"] == study.record()["session"]["id"], "a later connection keeps it"


def test_on_the_edge_route_the_answer_names_the_page_s_own_origin(study: MotoWorld) -> None:
    ready(study)
    session = study.record()["session"]["id"]
    attempt = {"number": 2, "capacityProvider": "FARGATE", "notBefore": NOON.isoformat(), "taskArn": "arn"}
    launch = {"taskDefinition": "grid", "capacity": "on-demand", "port": 5001, "route": "edge"}
    study.put_session(session, seen={"readyAt": NOON.isoformat(), "attempt": attempt}, token="t", launch=launch)
    visits = replace(study.visits(), edge=Edge("https://study.example.net", lambda: EdgeKey("k1", "K" * 43)))
    first, again = (study.request(http_event("GET", PILOT | {"step": "2"}), visits)["server"] for _ in range(2))
    label = f"{session}-2"
    assert (first["host"], first["port"], first["fixed"], first["protocols"]) == (
        f"{label}.example.net",
        5001,
        True,
        [],
    )
    stop_at = int((NOON + timedelta(minutes=30)).timestamp())
    assert first["url"].startswith(f"wss://study.example.net/game/k1.{stop_at}.5001.{label}.")
    assert first == again, "a session has one path"


def test_a_plain_get_after_the_game_advances(study: MotoWorld) -> None:
    ready(study)
    call(http_event("GET", PILOT))
    assert call(http_event("GET", PILOT))[1]["page"] == "<p>3_survey.html</p>"


def test_polls_after_a_page_was_shown_change_nothing(study: MotoWorld) -> None:
    ready(study)
    call(http_event("GET", PILOT))
    answers = [call(http_event("GET", PILOT))[1]["page"] for _ in range(5)]
    assert answers == ["<p>3_survey.html</p>"] * 5


def test_a_get_that_names_the_game_re_serves_it(study: MotoWorld) -> None:
    ready(study)
    answers = [call(http_event("GET", PILOT | {"step": "2"}))[1]["page"] for _ in range(3)]
    assert answers == ["show_game_page"] * 3


def test_the_last_page_stays(study: MotoWorld) -> None:
    ready(study)
    call(http_event("GET", PILOT))
    call(http_event("GET", PILOT))
    answers = [call(http_event("POST", PILOT, "{}"))[1]["page"] for _ in range(4)]
    assert answers == ["<p>4_thanks.html</p>"] * 4


def test_participants_of_a_closed_project_can_finish(study: MotoWorld) -> None:
    study.register(entry(live=True, start=None))
    study.get()
    study.register(entry(live=False, start=None))
    assert study.post()["step"] == "2"


def test_a_project_whose_live_is_null_takes_new_participants(study: MotoWorld) -> None:
    study.register(entry(live=None))
    assert study.get()["step"] == "1"


@pytest.mark.parametrize(
    "body", ['{"": "unnamed", "a": "1"}', "{}", '{"box": "off", "box": "on"}', "not json", "", "\u00fc\u4e2d"]
)
def test_form_values_are_kept_unchanged(study: MotoWorld, body: str) -> None:
    call(http_event("GET", PILOT))
    call(http_event("POST", PILOT, body))
    assert study.record()["requests"][-1]["body"] == body


@pytest.mark.parametrize(
    "happens",
    [
        lambda study: study.put("project_master_list.json", "{"),
        lambda study: study.put("project_master_list.json", json.dumps({"projects": [{"id": "study"}]})),
        lambda study: study.put("study/Users/ada", "{"),
        lambda study: study.clients.s3.delete_object(Bucket="projects.example", Key="study/1_consent.html"),
    ],
    ids=["broken list", "broken entry", "broken record", "missing page"],
)
def test_a_participant_gets_a_page_for_any_error(study: MotoWorld, happens: Any) -> None:
    happens(study)
    status, answered = call(http_event("GET", PILOT))
    assert (status, answered["page"].startswith("<h1>")) == (200, True)


def test_a_server_that_fails_repeatedly_is_shown_on_a_page(world: MotoWorld) -> None:
    world.register(entry())
    world.get()
    page = world.post()["page"]
    for _ in range(40):
        if page != "wait":
            break
        for message in world.received("start"):
            world.put_session(message["sessionId"])
            world.end_session(message["sessionId"], failed=True)
        world.clock.advance(seconds=30)
        page = world.get()["page"]
    assert "could not be started" in page


def test_a_poll_publishes_a_lost_start_of_the_same_session_again(world: MotoWorld) -> None:
    world.register(entry())
    world.get()
    world.post()
    world.clock.advance(seconds=20)
    world.get()
    first, again = world.received("start")
    assert first | {"takesOver": True} == again  # an answer came in the meantime


def test_lost_starts_are_repeated_with_growing_pauses(world: MotoWorld) -> None:
    world.register(entry())
    world.get()
    world.post()
    world.received("start")
    waits = []
    for second in range(1, 240):
        world.clock.advance(seconds=1)
        world.get()
        if world.received("start"):
            waits.append(second)
    assert [later - earlier for earlier, later in zip([0, *waits], waits, strict=False)] == [16, 31, 61, 121]


def test_a_request_that_always_loses_the_race_shows_try_again(study: MotoWorld) -> None:
    call(http_event("GET", PILOT))
    interpose(study, "s3", put_object=fails(client_error("PreconditionFailed", status=412)))
    with pytest.raises(Exception, match="try again"):
        study.post()


def test_an_answer_that_is_too_large_is_refused_and_not_kept(study: MotoWorld) -> None:
    call(http_event("GET", PILOT))
    before = study.record()
    status, text = call(http_event("POST", PILOT, "x" * (1024 * 1024 + 1)))
    assert (status, "larger" in text, study.record()) == (400, True, before)


def test_a_live_session_in_another_project_is_not_this_game_s(world: MotoWorld) -> None:
    world.register(entry(), entry("elsewhere"))
    world.get()
    world.post()
    world.put_session(SESSION, projectId="elsewhere", seen={"readyAt": world.clock.now().isoformat()})
    assert world.get()["page"] == "wait"


def test_a_newly_registered_project_is_served(world: MotoWorld) -> None:
    world.register(entry("other"))
    visits = world.visits()
    query = {"projectId": "study", "userId": "ada"}
    world.request(http_event("GET", query | {"projectId": "other"}), visits)
    world.register(entry("other"), entry())
    assert world.request(http_event("GET", query), visits)["step"] == "1"


# --- requests that no person makes ---


def nothing_is_stored(study: MotoWorld) -> bool:
    """Return whether no participant has a record, and no session has been requested."""
    keys = study.clients.s3.list_objects_v2(Bucket="projects.example", Prefix="study/Users/")["KeyCount"]
    return keys == 0 and study.received("start") == []


AHEAD = [
    {"Sec-Purpose": "prefetch"},
    {"sec-purpose": "prefetch;prerender"},
    {"Purpose": "prefetch"},
    {"x-purpose": "preview"},
    {"X-Moz": "prefetch"},
    {"user-agent": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"},
    {"user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
    {"user-agent": "WhatsApp/2.23.20.0"},
]


@pytest.mark.parametrize("headers", AHEAD)
def test_what_is_fetched_ahead_enrols_and_starts_nothing(study: MotoWorld, headers: dict[str, str]) -> None:
    for method in ("GET", "POST"):
        status, answered = call(http_event(method, PILOT, "{}" if method == "POST" else None, headers=headers))
        assert (status, answered["notice"]) == (200, "fetchedAhead")
    assert nothing_is_stored(study)


@pytest.mark.parametrize("headers", AHEAD)
def test_what_is_fetched_ahead_moves_no_participant(study: MotoWorld, headers: dict[str, str]) -> None:
    call(http_event("GET", PILOT))
    before = study.record()
    call(http_event("POST", PILOT, "{}", headers=headers))
    assert study.record() == before


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "TRACE", "NONSENSE"])
def test_other_methods_read_and_write_nothing(study: MotoWorld, method: str) -> None:
    answered = next_step.lambda_handler(http_event(method, PILOT, None), Context())
    assert (answered["statusCode"], answered["headers"]["Allow"]) == (405, "GET, POST, OPTIONS")
    assert nothing_is_stored(study)


def test_a_browser_is_served_whatever_else_it_sends(study: MotoWorld) -> None:
    headers = {"user-agent": "Mozilla/5.0 (iPhone) [FBAN/FBIOS;FBAV/430]", "purpose": "", "sec-purpose": "navigate"}
    assert call(http_event("GET", PILOT, headers=headers))[1]["page"] == "<p>1_consent.html</p>"
