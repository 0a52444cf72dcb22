"""The AWS calls of a request to /next, counted where botocore sends them."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from hippo_gym.participants.visits import Visits
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies import object_cache
from hippo_gym.studies.enrolment import RosterStore
from hippo_gym.studies.object_cache import ObjectCache
from hippo_gym.studies.projects import MASTER_LIST_KEY
from hippo_gym.studies.versions import digest_of, entry_key, folder, version_of
from tests.support.moto_world import BUCKET, MotoWorld, entry, http_event
from tests.unit.handlers.interposed import counted

SERVICES = ("s3", "sns", "route53", "ecs", "ec2", "scheduler")
WARM = Counter({"s3.GetObject": 1, "s3.PutObject": 1})


def cost(world: MotoWorld, visits: Visits, method: str, user: str = "ada") -> Counter[str]:
    event = http_event(method, {"projectId": "study", "userId": user}, "{}" if method == "POST" else None)
    with counted(*SERVICES) as calls:
        world.request(event, visits)
    return Counter(calls)


def warm(world: MotoWorld, projects: int = 1, **changes: Any) -> Visits:
    """Make a next_step function that has just served two steps to two other participants."""
    steps = {str(number): f"page{number}.html" for number in range(1, 9)}
    others = [entry(f"other-{number}", steps={"1": "a.html"}) for number in range(1, projects)]
    defaults: dict[str, Any] = {"steps": steps, "start": None, "stop": None}
    study = entry(**(defaults | changes))
    world.register(study)
    world.put(MASTER_LIST_KEY, json.dumps({"projects": [*others, study]}))
    visits = world.visits()
    for user in ("ada", "ben"):
        cost(world, visits, "GET", user)
        cost(world, visits, "POST", user)
    return visits


@pytest.mark.parametrize("projects", [1, 50, 500])
def test_a_warm_step_costs_two_s3_calls_whatever_the_number_of_projects(world: MotoWorld, projects: int) -> None:
    visits = warm(world, projects)
    assert cost(world, visits, "GET") == WARM


def test_a_warm_answer_costs_two_s3_calls(world: MotoWorld) -> None:
    visits = warm(world)
    for _ in range(3):
        cost(world, visits, "POST", "ben")
    cost(world, visits, "POST")
    assert cost(world, visits, "POST") == WARM


def test_a_warm_step_costs_the_same_after_many_participants(world: MotoWorld) -> None:
    visits = warm(world)
    for number in range(60):
        world.put(f"study/Users/user{number}", "{}")
    assert cost(world, visits, "GET") == WARM


def test_a_warm_step_costs_the_same_with_variants(world: MotoWorld) -> None:
    world.put("study/page2-1.html", "variant")
    visits = warm(world)
    assert cost(world, visits, "GET") == WARM


def test_a_warm_first_visit_costs_two_s3_calls(world: MotoWorld) -> None:
    visits = warm(world)
    assert cost(world, visits, "GET", "new") == WARM


def test_a_warm_first_visit_that_starts_a_server_costs_three_s3_calls_and_a_message(world: MotoWorld) -> None:
    visits = warm(world, start=1)
    expected = Counter({"s3.GetObject": 1, "s3.PutObject": 2, "sns.Publish": 1})
    assert cost(world, visits, "GET", "new") == expected


def test_a_warm_poll_at_the_game_writes_nothing(world: MotoWorld) -> None:
    visits = warm(world, steps={"1": "a.html", "2": "game"})
    session = world.record()["session"]["id"]
    world.put_session(session)
    assert cost(world, visits, "GET") == {"s3.GetObject": 2}


def test_a_warm_poll_before_the_session_is_claimed_writes_nothing(world: MotoWorld) -> None:
    visits = warm(world, steps={"1": "a.html", "2": "game"})
    assert cost(world, visits, "GET") == {"s3.GetObject": 3}


def test_a_cold_step_costs_the_list_the_record_and_the_step_s_files(world: MotoWorld) -> None:
    warm(world)
    list_record_base_and_four_variants = 1 + 1 + 1 + 4
    assert cost(world, world.visits(), "GET") == {"s3.GetObject": list_record_base_and_four_variants, "s3.PutObject": 1}


def test_a_step_after_the_cache_time_checks_by_etag_and_downloads_no_page_again(world: MotoWorld) -> None:
    visits = warm(world)
    world.clock.advance(seconds=15)
    assert cost(world, visits, "GET") == {"s3.GetObject": 7, "s3.PutObject": 1}


def test_a_cold_step_of_a_version_looks_for_no_page_that_the_version_does_not_have(world: MotoWorld) -> None:
    study = entry(steps={"1": "page1.html"}, start=None, stop=None)
    version = version_of(study, {"page1.html": b"page"})
    warm(world)
    world.register(study | {"version": version})
    world.put(f"{folder('study', version)}/page1.html", "page")
    kept = study | {"version": version, "pages": {"page1.html": digest_of(b"page")}}
    world.put(entry_key("study", version), json.dumps(kept))
    list_record_entry_and_page = 1 + 1 + 1 + 1
    assert cost(world, world.visits(), "GET", "new") == {"s3.GetObject": list_record_entry_and_page, "s3.PutObject": 1}


def test_the_dearest_cold_visit_costs_twelve_calls(world: MotoWorld) -> None:
    world.register(entry(mostParticipants=9, start=1))
    RosterStore(Bucket(world.clients.s3, BUCKET), world.clock).begin("study")
    event = http_event("GET", {"projectId": "study", "userId": "new", "here": "1"})
    with counted(*SERVICES) as calls:
        world.request(event, world.visits())
    assert sum(calls.values()) == 12


@pytest.mark.parametrize("has_ended", [True, False])
def test_the_dearest_cold_step_after_a_game_costs_twelve_calls(world: MotoWorld, has_ended: bool) -> None:
    world.register(entry(mostParticipants=9, steps={"1": "game", "2": "page2.html"}, start=1, stop=2))
    RosterStore(Bucket(world.clients.s3, BUCKET), world.clock).begin("study")
    world.get()
    session = world.record()["session"]["id"]
    world.put_session(session, seen={"readyAt": world.clock.now().isoformat()})
    world.get()
    assert world.record()["gameShown"]
    if has_ended:
        world.end_session(session)
    calls = cost(world, world.visits(), "GET")
    assert not world.record()["gameShown"]
    assert sum(calls.values()) == 12


def test_a_step_of_a_version_reads_only_the_list_after_the_cache_time(world: MotoWorld) -> None:
    version = "0123456789abcdef"
    for number in range(1, 9):
        world.put(f"{folder('study', version)}/page{number}.html", "page")
    world.put(f"{folder('study', version)}/page2-1.html", "variant")
    visits = warm(world, version=version)
    world.clock.advance(hours=1)
    assert cost(world, visits, "GET") == {"s3.GetObject": 2, "s3.PutObject": 1}


def test_an_old_version_costs_no_additional_call(world: MotoWorld) -> None:
    old = entry(steps={"1": "page1.html"}, start=None, stop=None, version="0123456789abcdef")
    world.put(f"{folder('study', old['version'])}/page1.html", "page")
    world.put(entry_key("study", old["version"]), json.dumps(old))
    world.put(MASTER_LIST_KEY, json.dumps({"projects": [old]}))
    world.get()
    world.put(MASTER_LIST_KEY, json.dumps({"projects": [old | {"version": "fedcba9876543210"}]}))
    visits = world.visits()
    cost(world, visits, "GET")
    world.clock.advance(hours=1)
    assert cost(world, visits, "GET") == {"s3.GetObject": 2, "s3.PutObject": 1}


def test_the_cache_is_bounded_by_bytes_and_drops_the_least_used_first(
    world: MotoWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_cache, "_MAX_BYTES", 10)
    objects = ObjectCache(Bucket(world.clients.s3, BUCKET), world.clock, 15)
    for key, text in {"a": "aaaa", "b": "bbbb", "large": "c" * 11}.items():
        world.put(key, text)
    with counted("s3") as calls:
        for key in ("a", "b", "none", "a", "b", "none"):
            objects.get(key)
        assert calls.pop("s3.GetObject") == 3
        objects.get("large")
        objects.get("large")
        assert calls.pop("s3.GetObject") == 1
        objects.get("a")
        objects.get("b")
        objects.get("a")
        assert calls.pop("s3.GetObject") == 2


def test_an_object_that_changes_its_size_is_counted_once(world: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_cache, "_MAX_BYTES", 10)
    objects = ObjectCache(Bucket(world.clients.s3, BUCKET), world.clock, 0)
    world.put("_versions/study/1/a.html", "aaaa")
    objects.get("_versions/study/1/a.html")
    for size in (6, 1, 6, 1, 6):
        world.put("b", "b" * size)
        objects.get("b")
    with counted("s3") as calls:
        objects.get("_versions/study/1/a.html")
    assert calls == {}


def test_an_unknown_project_costs_a_read_of_the_list_even_with_a_new_cache(world: MotoWorld) -> None:
    world.register(entry())
    with counted(*SERVICES) as calls, pytest.raises(Exception, match="no project"):
        world.get(project="unknown")
    assert calls == {"s3.GetObject": 2}


def test_a_refused_id_costs_nothing(world: MotoWorld) -> None:
    with counted(*SERVICES) as calls, pytest.raises(Exception, match="userId"):
        world.get("under_score")
    assert calls == {}


def test_a_whole_study_never_lists_and_never_calls_route_53_or_ecs(world: MotoWorld) -> None:
    world.register(entry())
    with counted(*SERVICES) as calls:
        world.get()
        world.post()
        world.put_session(world.record()["session"]["id"], seen={"readyAt": world.clock.now().isoformat()})
        for _ in range(5):
            world.get()
        world.post()
    assert {call for call in calls if not call.startswith("sns.")} <= {"s3.GetObject", "s3.PutObject"}
