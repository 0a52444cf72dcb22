"""The faults of the old system that must not come back, as docs/compatibility-with-hippo-gym.md lists them.

Other tests cover two of them. "The topic policy names a function as its resource, so timed stops
never arrive": terraform/tests checks the policy, tests/e2e the stop by schedule. "Anyone may start
or stop anyone's server": terraform/tests checks the AWS_IAM authorisation of POST /start and /stop,
tests/e2e the unsigned call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from moto.s3.models import s3_backends

import next_step
import update_project_master_list
from hippo_gym.runtime.errors import SessionFailed
from hippo_gym.sessions.converge import Outcome
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies import registration
from hippo_gym.studies.assignment import group
from tests.support.moto_world import ACCOUNT, BUCKET, DEPLOYMENT, SESSION, MotoWorld, entry, http_event
from tests.unit.handlers.entries import Context
from tests.unit.handlers.interposed import Interposed, beforehand, client_error, fails, interpose


def to_a_users_record(arguments: Any) -> bool:
    return "/Users/" in str(arguments["Key"])


# --- "A refresh or a client retry skips a step." ---


def test_a_refresh_re_serves_the_same_step(world: MotoWorld) -> None:
    world.register(entry(start=None))
    first = world.get()
    assert [world.get()["page"] for _ in range(3)] == [first["page"]] * 3


def test_a_client_retry_of_a_post_does_not_skip_a_step(world: MotoWorld) -> None:
    world.register(entry(start=None))
    world.get()
    event = http_event("POST", {"projectId": "study", "userId": "ada", "step": "1"}, "{}")
    assert world.request(event)["step"] == world.request(event)["step"] == "2"


def test_a_double_submit_does_not_skip_a_step(world: MotoWorld) -> None:
    world.register(entry(start=None))
    world.get()
    assert [world.post(step="1")["step"], world.post(step="1")["step"]] == ["2", "2"]


# --- "Any read error recreates the participant record and loses data." ---


@pytest.mark.parametrize("code", ["AccessDenied", "InternalError", "SlowDown"])
def test_a_read_error_does_not_change_the_participant_record(world: MotoWorld, code: str) -> None:
    world.register(entry())
    world.get()
    before = world.text("study/Users/ada")
    unreadable = Interposed(world.clients.s3, get_object=fails(client_error(code, status=503), when=to_a_users_record))
    with pytest.raises(Exception, match=code):
        world.request(http_event("POST", {"projectId": "study", "userId": "ada"}, "{}"), world.visits(unreadable))
    assert world.text("study/Users/ada") == before


@pytest.mark.parametrize("broken", [b"{", b"\xff\xfe", b"[]", b'{"created": "x"}'])
def test_an_unreadable_record_is_not_changed(environment: MotoWorld, broken: bytes) -> None:
    environment.register(entry())
    environment.put("study/Users/ada", broken)
    answered = next_step.lambda_handler(http_event("POST", {"projectId": "study", "userId": "ada"}, "{}"), Context())
    stored = environment.clients.s3.get_object(Bucket=BUCKET, Key="study/Users/ada")["Body"].read()
    assert (stored, answered["statusCode"]) == (broken, 200)


# --- "Concurrent requests lose answers." ---


def test_concurrent_requests_lose_no_answer(world: MotoWorld) -> None:
    world.register(entry(start=None))
    world.get()
    other = beforehand(lambda: world.post(body='{"from": "the second tab"}', step="1"), to_a_users_record)
    racing = Interposed(world.clients.s3, put_object=other)
    query = {"projectId": "study", "userId": "ada", "step": "1"}
    world.request(http_event("POST", query, '{"from": "the first tab"}'), world.visits(racing))
    bodies = [request["body"] for request in world.record()["requests"]]
    assert {'{"from": "the first tab"}', '{"from": "the second tab"}'} <= set(bodies)


# --- "An empty DNS zone makes the game step vanish." ---


def test_the_game_step_works_with_an_empty_zone(world: MotoWorld) -> None:
    world.register(entry())
    world.get()
    assert (world.records(), world.post()["page"]) == (set(), "wait")


# --- "Upper-case user ids wait without end." ---


def test_an_upper_case_user_id_gets_to_the_game(world: MotoWorld) -> None:
    world.register(entry())
    world.get("A2XYZ")
    world.post("A2XYZ")
    message = world.received("start")[-1]
    world.start(message["sessionId"], message["userId"])
    assert world.get("A2XYZ")["page"] == "show_game_page"


def test_an_upper_case_user_id_gets_a_lower_case_name(world: MotoWorld) -> None:
    world.register(entry())
    world.start(user="A2XYZ".lower())
    assert {name for name, _, _ in world.records()} == {"a2xyz.example.net"}


# --- "Null query string, missing headers or a missing finalStep crash." ---


@pytest.mark.parametrize(
    "event",
    [
        http_event(queryStringParameters=None),
        {"requestContext": {"http": {"method": "GET"}}},
        {"httpMethod": "GET", "queryStringParameters": None, "headers": None, "body": None, "requestContext": None},
    ],
)
def test_a_null_query_or_missing_headers_are_answered(environment: MotoWorld, event: dict[str, Any]) -> None:
    environment.register(entry())
    assert next_step.lambda_handler(event, Context())["statusCode"] == 400


def test_missing_headers_refuse_no_participant(world: MotoWorld) -> None:
    world.register(entry())
    query = {"projectId": "study", "userId": "ada"}
    assert world.request({"httpMethod": "GET", "queryStringParameters": query})["step"] == "1"


def test_a_missing_final_step_ends_on_the_thank_you_page(world: MotoWorld) -> None:
    world.register(entry(steps={"1": "1_consent.html"}, start=None))
    world.get()
    assert "You may exit now" in world.post()["page"]


# --- "A start step that is the game publishes a start on each poll." ---


def test_polls_at_a_start_step_that_is_the_game_publish_one_start(world: MotoWorld) -> None:
    world.register(entry(start=2))
    world.get()
    world.post()
    for _ in range(5):
        world.get()
    assert len(world.received("start")) == 1


# --- "Project `a` is served pages of project `a-pilot`." ---


def test_a_project_never_shows_pages_of_a_project_with_the_same_prefix(world: MotoWorld) -> None:
    steps = {"1": "1_consent.html"}
    world.register(entry("a", steps=steps, start=None), entry("a-pilot", steps=steps, start=None))
    world.put("a/1_consent.html", "<p>of a</p>")
    world.put("a-pilot/1_consent.html", "<p>of the pilot</p>")
    assert world.get(project="a")["page"] == "<p>of a</p>"


# --- "`8_quiz` also matches `8_quiz_instructions`." ---


def test_a_step_never_shows_a_file_with_the_same_prefix(world: MotoWorld) -> None:
    world.register(entry(steps={"1": "8_quiz.html"}, start=None))
    world.put("study/8_quiz_instructions.html", "<p>instructions</p>")
    world.put("study/8_quiz_instructions-1.html", "<p>instructions</p>")
    assert {world.get(f"user{number}")["page"] for number in range(12)} == {"<p>8_quiz.html</p>"}


# --- "A participant id that looks like a page becomes the page." ---


@pytest.mark.parametrize("user", ["1-consent", "1-consent-0", "1-consent-html", "users"])
def test_a_participant_id_that_looks_like_a_page_is_not_a_page(world: MotoWorld, user: str) -> None:
    world.register(entry(steps={"1": "1-consent.html"}, start=None))
    assert [world.get(user)["page"] for _ in range(2)] == ["<p>1-consent.html</p>"] * 2


# --- "Variants vanish after 1,000 participants." ---


def test_variants_are_served_after_a_thousand_participants(world: MotoWorld) -> None:
    world.register(entry(steps={"1": "z_last.html"}, start=None))
    world.put("study/z_last-1.html", "<p>variant</p>")
    for number in range(1010):  # into moto directly: a thousand calls would take seconds
        s3_backends[ACCOUNT]["aws"].put_object(BUCKET, f"study/Users/participant-{number}", b"{}")
    assert {world.get(f"user{number}")["page"] for number in range(12)} == {"<p>z_last.html</p>", "<p>variant</p>"}


# --- "Group sizes are uneven for 3 or 5 variants and crash for non-hex ids." ---


@pytest.mark.parametrize("groups", [3, 5])
def test_groups_are_even_for_ids_that_are_not_hexadecimal(groups: int) -> None:
    sizes = Counter(group(f"Wörker_{number}", groups) for number in range(6000))
    assert max(sizes.values()) - min(sizes.values()) < 6000 / groups * 0.15


# --- "Equal start and stop steps never stop." ---


def test_equal_start_and_stop_steps_stop_the_server(world: MotoWorld) -> None:
    world.register(entry(steps={"1": "a.html", "2": "b.html", "3": "c.html"}, start=2, stop=2))
    world.get()
    for _ in range(3):
        world.post()
    started = {message["sessionId"] for message in world.received("start")}
    assert started == {message["sessionId"] for message in world.received("stop")} != set()


# --- "Personal data is printed to the log." ---


def test_personal_data_is_not_printed_to_the_log(
    environment: MotoWorld, logged: Callable[[], str], capfd: pytest.CaptureFixture[str]
) -> None:
    environment.register(entry())
    query = {"projectId": "study", "userId": "ada"}
    headers = {"user-agent": "SECRET-browser", "x-forwarded-for": "SECRET-address"}
    for method in ("GET", "POST", "POST"):
        next_step.lambda_handler(http_event(method, query, '{"age": "SECRET"}', headers=headers), Context())
    assert logged() != ""
    assert "SECRET" not in logged() + capfd.readouterr().out


# --- "Adjacent duplicate entries survive an update." ---


def test_adjacent_duplicate_entries_do_not_survive_an_update(environment: MotoWorld) -> None:
    environment.register(entry("other"), entry(), entry(), entry(), entry("last"))
    update_project_master_list.lambda_handler(entry(name="New"), Context())
    listed = environment.json("project_master_list.json")["projects"]
    assert [(found["id"], found["name"]) for found in listed] == [
        ("other", "A study"),
        ("study", "New"),
        ("last", "A study"),
    ]


# --- "Two updates at once lose one." ---


def test_two_simultaneous_updates_are_both_kept(world: MotoWorld) -> None:
    world.register(entry("first"))
    second = beforehand(lambda: registration.register(Bucket(world.clients.s3, BUCKET), world.clock, entry("second")))
    racing = Bucket(Interposed(world.clients.s3, put_object=second), BUCKET)  # type: ignore[arg-type]
    registration.register(racing, world.clock, entry("third"))
    listed = world.json("project_master_list.json")["projects"]
    assert {found["id"] for found in listed} == {"first", "second", "third"}


# --- "A failed start returns success." ---


def test_a_failed_start_raises(world: MotoWorld) -> None:
    world.register(entry(capacity="spot"))
    refused = {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time."}]}
    interpose(world, "ecs", run_task=lambda _, **__: refused)
    with pytest.raises(SessionFailed, match="Capacity is unavailable"):
        world.start()


# --- "A repeated start message runs a second task that is never stopped." ---


def test_a_repeated_start_message_runs_one_task(world: MotoWorld) -> None:
    world.register(entry())
    world.start()
    world.start()
    assert len(world.tasks()) == 1


# --- "The ENI is taken by position." ---


def test_the_interface_is_found_at_any_position_of_its_attachment(world: MotoWorld) -> None:
    world.register(entry())
    world.addresses = False
    world.clock.while_asleep.insert(0, lambda: move_attachments(world))
    world.start()
    assert ("ada.example.net", "A") in {(name, kind) for name, kind, _ in world.records()}


def move_attachments(world: MotoWorld) -> None:
    """Put another attachment before the interface's, and its details in another order."""
    task = world.tasks()[0]
    if len(task.attachments) == 1:
        world.addresses = True
        world.clock.while_asleep[-1]()
        world.addresses = False
        task.attachments[0]["details"].reverse()
        other = [{"name": "networkInterfaceId", "value": "eni-0123456789abcdef0"}]
        task.attachments.insert(0, {"id": "1", "type": "Other", "status": "ATTACHED", "details": other})


# --- "A restart keeps a stale address." ---


def test_a_restart_gets_the_new_task_s_address(world: MotoWorld) -> None:
    world.register(entry())
    world.start()
    before = world.records()
    world.task_ends("SpotInterruption")
    world.start()
    (address,) = (value for _, kind, value in world.records() if kind == "A")
    assert address == world.session()["seen"]["publicIp"] not in {value for _, _, value in before}


# --- "Clean-up knows one hard-coded domain." ---


@pytest.mark.parametrize("world", ["games.example.org"], indirect=True)
def test_clean_up_works_in_any_domain(world: MotoWorld) -> None:
    world.register(entry())
    world.start()
    before = {name for name, _, _ in world.records()}
    world.stop()
    assert (before, world.records()) == ({"ada.games.example.org"}, set())


# --- "A cluster with a stopping task is never deleted." ---


def test_a_cluster_with_a_stopping_task_is_deleted_once_the_task_has_stopped(world: MotoWorld) -> None:
    world.register(entry())
    world.start()
    busy = fails(client_error("ClusterContainsTasksException"), times=1)
    interpose(world, "ecs", delete_cluster=busy)
    assert (world.stop(), world.clusters()) == (Outcome.LINGERING, [f"{DEPLOYMENT}-{SESSION}"])
    assert (world.task_stopped(), world.clusters()) == (Outcome.OVER, [])
