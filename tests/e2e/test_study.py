"""Participants in a deployed study."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from local.participants import Habit, Persona, Surroundings, walk
from tests.support.local_deployment import STUDY, LocalDeployment


def test_a_participant_completes_the_study_and_no_session_resource_is_left(lab: LocalDeployment, user_id: str) -> None:
    sessions = []
    around = Surroundings(
        lab.cloud.next_url,
        STUDY,
        lab.root_domain,
        lab.inspector.address_of,
        on_playing=lambda _: sessions.append(lab.inspector.live_session(user_id)),
    )
    visit = walk(Persona("Eve", user_id, Habit.NONE), around)
    assert visit.steps == ["1", "2", "3", "4", "finalStep"]
    assert visit.play is not None
    assert visit.play.frames > 0
    ended = lab.wait_until_nothing_is_left(sessions[0])
    assert not ended["failed"]
    kept = lab.inspector.keys(f"{STUDY}/Trials/{user_id}/")  # by tickets: the container has no role
    assert any(key.startswith(f"{STUDY}/Trials/{user_id}/{ended['sessionId']}/") for key in kept)
    assert f"{STUDY}/Trials/{user_id}/progress.json" in kept
    requests = lab.inspector.participant(STUDY, user_id)["requests"]
    assert list(visit.answers.values()) == [json.loads(entry["body"]) for entry in requests if entry["body"]]


def test_the_root_of_the_api_answers_like_next(lab: LocalDeployment, user_id: str) -> None:
    status, _, answer = lab.call_api("GET", f"/?projectId={STUDY}&userId={user_id}")
    assert (status, answer["step"], answer["css"]) == (200, "1", None)


def test_an_unknown_project_is_answered_as_old_clients_expect(lab: LocalDeployment) -> None:
    status, _, answer = lab.call_api("GET", "/next?projectId=nope&userId=u")
    assert (status, answer) == (400, "Project ID Not Found")


def test_a_browser_of_any_origin_may_call(lab: LocalDeployment) -> None:
    asks = {
        "Origin": "https://lab.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    status, headers, _ = lab.call_api("OPTIONS", "/next", headers=asks)
    assert status in (200, 204)
    assert headers["access-control-allow-origin"] in ("*", "https://lab.example")
    assert {"GET", "POST"} <= {method.strip() for method in headers["access-control-allow-methods"].split(",")}
    assert "content-type" in headers["access-control-allow-headers"].lower()


def test_the_answer_carries_one_set_of_cors_headers(lab: LocalDeployment, user_id: str) -> None:
    path = f"/next?projectId={STUDY}&userId={user_id}"
    _, headers, _ = lab.call_api("GET", path, headers={"Origin": "https://lab.example"})
    assert headers["access-control-allow-origin"] in ("*", "https://lab.example")


def test_parallel_requests_lose_no_answer_and_skip_no_step(lab: LocalDeployment, user_id: str) -> None:
    client = lab.participant(user_id)
    client.get()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda number: client.post({"n": str(number)}, "1"), range(6)))
    assert {answer.step for answer in answers} == {"2"}
    record = lab.inspector.participant(STUDY, user_id)
    stored = sorted(json.loads(entry["body"])["n"] for entry in record["requests"] if entry["body"])
    assert stored == ["0", "1", "2", "3", "4", "5"]
    assert sum(entry.get("accepted", False) for entry in record["requests"]) == 1


def test_parallel_registrations_are_all_in_the_list(lab: LocalDeployment) -> None:
    def payload(number: int) -> dict[str, object]:
        return {"id": f"study-{number}", "name": f"Study {number}", "live": False, "steps": {"1": "1.html"}}

    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda n: lab.invoke("update_project_master_list", payload(n)), range(4)))
    assert {reply["statusCode"] for reply in replies} == {200}
    body = lab.cloud.client("s3").get_object(Bucket=lab.bucket, Key="project_master_list.json")["Body"].read()
    assert {f"study-{n}" for n in range(4)} <= {entry["id"] for entry in json.loads(body)["projects"]}


def test_a_broken_study_is_refused_with_every_fault(lab: LocalDeployment) -> None:
    reply = lab.invoke("update_project_master_list", {"id": "bad id", "name": "", "stepz": {}, "maxRuntime": 0})
    assert reply["statusCode"] == 400
    faulty = {line.split(":")[0] for line in reply["body"].splitlines()}
    assert {"id", "name", "steps", "stepz", "maxRuntime"} <= faulty


def test_each_participant_gets_a_separate_server(lab: LocalDeployment, new_user_id: Callable[[], str]) -> None:
    users = [new_user_id() for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        sessions = list(pool.map(lab.ready_session, users))
    addresses = {lab.inspector.address_of(f"{user}.{lab.root_domain}") for user in users}
    assert len(addresses) == 2
    for session in sessions:
        lab.publish("stop", {"action": "stop", "projectId": STUDY, "userId": session["userId"]})
    for session in sessions:
        lab.wait_until_nothing_is_left(session)
