"""How a study's limit on participants counts them: from the first answer, at a cost of one size."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Final

import pytest

import update_project_master_list
from hippo_gym.runtime import backoff
from hippo_gym.runtime.errors import Transient
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies import registration
from hippo_gym.studies.enrolment import Limit, RosterInvalid, RosterStore, count_key, mark_of, roster_key
from hippo_gym.studies.projects import MASTER_LIST_KEY
from tests.support.moto_world import BUCKET, NOON, MotoWorld, entry, http_event
from tests.unit.handlers.entries import Context
from tests.unit.handlers.interposed import Interposed, beforehand, client_error, counted, fails
from tests.unit.handlers.studies.test_master_list_writes import one_at_a_time
from tests.unit.handlers.studies.test_registration import PAYLOAD

PLAIN: dict[str, Any] = {
    "steps": {"1": "1.html", "2": "2.html", "3": "3.html", "finalStep": "end.html"},
    "start": None,
    "stop": None,
}
COUNT: Final = count_key("study")


def limit(most: int, minutes: int = 120) -> Limit:
    return Limit(most, timedelta(minutes=minutes))


def limited(world: MotoWorld, most: int, **changes: Any) -> MotoWorld:
    world.register(entry(**PLAIN, mostParticipants=most, **changes))
    return world


def come(world: MotoWorld, *users: str) -> int:
    """Send first visits; return how many participants were admitted."""
    visits = world.visits(cache_seconds=0)
    events = [http_event("GET", {"projectId": "study", "userId": user}) for user in users]
    return sum("notice" not in world.request(event, visits) for event in events)


def answer(world: MotoWorld, user: str, step: str = "1") -> str | None:
    """Send an answer; return the notice that it got."""
    notice: str | None = world.post(user, step=step).get("notice")
    return notice


def total(world: MotoWorld) -> int:
    count = world.json(COUNT)
    return int(count["counted"] + sum(count["held"].values()))


def test_visits_take_no_room_and_first_answers_do(world: MotoWorld) -> None:
    limited(world, 2)
    assert come(world, *(f"bot-{number}" for number in range(20)), "ada", "ben", "cleo") == 23
    assert [answer(world, user) for user in ("ada", "ben", "cleo")] == [None, None, "full"]
    assert come(world, "dora") == 0


def test_the_answer_of_a_participant_for_whom_there_is_no_room_changes_nothing(world: MotoWorld) -> None:
    limited(world, 1)
    come(world, "ada", "ben")
    answer(world, "ada")
    before = world.texts()
    assert answer(world, "ben") == "full"
    assert world.texts() == before


def test_a_participant_with_one_answer_only_makes_room_after_the_time_out(world: MotoWorld) -> None:
    limited(world, 1, enrolmentTimeout=60)
    come(world, "bot", "ada")
    answer(world, "bot")
    world.clock.advance(minutes=59)
    assert answer(world, "ada") == "full"
    world.clock.advance(minutes=7)  # rounded up to a twelfth of the time-out
    assert answer(world, "ada") is None


def test_a_second_answer_counts_for_good(world: MotoWorld) -> None:
    limited(world, 1)
    come(world, "ada", "ben")
    assert [answer(world, "ada"), answer(world, "ada", "2")] == [None, None]
    world.clock.advance(days=300)
    assert [answer(world, "ben"), answer(world, "ada", "3")] == ["full", None]
    assert world.json(COUNT) | {"recent": []} == {"counted": 1, "held": {}, "recent": []}


def test_a_participant_who_comes_back_after_the_time_out_goes_on_if_there_is_room(world: MotoWorld) -> None:
    limited(world, 1)
    come(world, "ada", "ben")
    answer(world, "ada")
    world.clock.advance(hours=3)
    assert answer(world, "ada", "2") is None
    assert answer(world, "ben") == "full"


def test_a_participant_whose_only_answer_ends_the_study_counts_for_good(world: MotoWorld) -> None:
    world.register(entry(steps={"1": "1.html", "finalStep": "end.html"}, start=None, stop=None, mostParticipants=1))
    come(world, "ada", "ben")
    answer(world, "ada")
    world.clock.advance(days=1)
    assert answer(world, "ben") == "full"


def test_an_answer_whose_record_could_not_be_written_is_counted_once(world: MotoWorld) -> None:
    limited(world, 9)
    come(world, "ada")
    lost = fails(client_error("InternalError", status=500), 1, when=lambda call: "/Users/" in call["Key"])
    broken = world.visits(Interposed(world.clients.s3, put_object=lost))
    event = http_event("POST", {"projectId": "study", "userId": "ada", "step": "1"}, "{}")
    with pytest.raises(Exception, match="InternalError"):
        world.request(event, broken)
    assert [answer(world, "ada"), total(world)] == [None, 1]
    for _ in range(2):  # the same for the second answer
        answer(world, "ada", "2")
    assert total(world) == 1


def test_a_participant_of_an_earlier_release_counts_already(world: MotoWorld) -> None:
    limited(world, 2)
    world.put(roster_key("study"), json.dumps([mark_of("ada"), mark_of("gone")]))
    come(world, "ada")
    record = world.record() if world.keys("study/Users/") else None
    assert record is None  # the roster is full: two marks
    world.put("study/Users/ada", json.dumps({"created": "2026", "nextStep": 2, "requests": [], "step": "1"}))
    assert answer(world, "ada") is None
    assert world.keys("_participants/study/") == []


def test_a_count_holds_no_ids(world: MotoWorld) -> None:
    limited(world, 2)
    come(world, "ada")
    answer(world, "ada")
    assert "ada" not in world.text(COUNT)


def test_simultaneous_first_answers_never_exceed_the_limit(world: MotoWorld) -> None:
    rosters = RosterStore(one_at_a_time(world), world.clock)
    with ThreadPoolExecutor(8) as pool:
        held = list(pool.map(lambda number: rosters.hold("study", f"user-{number}", limit(5)), range(12)))
    assert sum(since is not None for since in held) == 5


# --- what a newcomer costs ---


def newcomer(world: MotoWorld, enrolled: int) -> tuple[dict[str, int], int]:
    """Return the calls and the bytes of a newcomer's visit and two answers, after this many enrolled."""
    limited(world, 50_000)
    marks = [[mark_of(f"user-{number}"), "counted"] for number in range(enrolled)][-100:]
    world.put(COUNT, json.dumps({"counted": enrolled, "held": {}, "recent": marks}))
    visits, user, moved = world.visits(), f"new-{enrolled}", 0
    come(world, "warms-the-cache")
    world.request(http_event("GET", {"projectId": "study", "userId": "warm"}), visits)

    def sized(real: Any, **arguments: Any) -> Any:
        nonlocal moved
        moved += len(arguments["Body"])
        return real(**arguments)

    visits = world.visits(Interposed(world.clients.s3, put_object=sized))
    with counted("s3") as calls:
        for method, step in (("GET", None), ("POST", "1"), ("POST", "2")):
            query = {"projectId": "study", "userId": user} | ({} if step is None else {"step": step})
            world.request(http_event(method, query, "{}" if step else None), visits)
    return dict(calls), moved


def test_a_newcomer_costs_the_same_after_ten_and_after_ten_thousand(world: MotoWorld) -> None:
    few, many = newcomer(world, 100), newcomer(world, 10_000)
    assert few[0] == many[0]
    assert abs(few[1] - many[1]) < 100


# --- registration ---


def register(world: MotoWorld, s3: Any = None, **changes: Any) -> None:
    read = registration.read_payload(entry(**PLAIN, **changes))
    assert read.faults == ()
    registration.register(Bucket(s3 or world.clients.s3, BUCKET), world.clock, read.entry)


def test_a_first_limit_counts_participants_who_have_begun(environment: MotoWorld) -> None:
    environment.put("study_one-2/Users/ada", "{}")
    environment.put("study_one-2/Users/BEN", "{}")
    update_project_master_list.lambda_handler(PAYLOAD | {"mostParticipants": 3}, Context())
    assert environment.json(count_key("study_one-2"))["counted"] == 2


def test_a_limit_that_is_changed_keeps_the_count(environment: MotoWorld) -> None:
    environment.put(roster_key("study_one-2"), '["0123456789abcdef"]')
    for most in (3, 4):
        update_project_master_list.lambda_handler(PAYLOAD | {"mostParticipants": most}, Context())
        environment.put("study_one-2/Users/visitor", "{}")  # under the limit: only an answer counts
        assert environment.json(count_key("study_one-2"))["counted"] == 1
    assert environment.json(roster_key("study_one-2")) == ["0123456789abcdef"]


def test_a_limit_that_is_set_again_counts_participants_who_began_without_one(world: MotoWorld) -> None:
    register(world)
    for name in ("1", "2", "3"):
        world.put(f"study/{name}.html", "page")
    register(world, mostParticipants=3)
    come(world, "ada")
    answer(world, "ada")
    register(world)
    come(world, "ben", "cleo")
    register(world, mostParticipants=3)
    assert (total(world), come(world, "dora")) == (3, 0)


def test_a_first_limit_counts_a_participant_who_begins_during_the_write(world: MotoWorld) -> None:
    register(world)
    world.put("study/1.html", "page")
    late = beforehand(lambda: come(world, "ada", "ben"), when=lambda call: call["Key"] == MASTER_LIST_KEY)
    register(world, Interposed(world.clients.s3, put_object=late), mostParticipants=3)
    assert total(world) == 2


def test_a_participant_who_answers_during_the_count_is_counted(world: MotoWorld) -> None:
    limited(world, 9)
    come(world, "ben")
    racing = beforehand(lambda: answer(world, "ben"), when=lambda call: call["Key"] == COUNT)
    register(world, Interposed(world.clients.s3, put_object=racing), mostParticipants=9)
    assert total(world) == 1


# --- forgetting ---


def test_a_removed_participant_cannot_be_found_and_still_counts(world: MotoWorld) -> None:
    limited(world, 2)
    world.put(roster_key("study"), json.dumps([mark_of("ada")]))
    come(world, "ben")
    answer(world, "ben")
    for user in ("ADA", "ben"):
        world.visits().enroller.rosters.forget("study", user)
    left = world.text(roster_key("study")) + world.text(COUNT)
    assert not any(mark_of(user) in left for user in ("ada", "ben"))
    assert (total(world), len(world.json(roster_key("study")))) == (2, 1)


def test_forgetting_a_participant_who_is_not_counted_changes_nothing(world: MotoWorld) -> None:
    world.visits().enroller.rosters.forget("study", "ada")
    assert world.keys("_participants/") == []


# --- races and faults ---


def losing(world: MotoWorld, times: int) -> RosterStore:
    """Make counts of a bucket where the first `times` writes lose the race."""
    lost = fails(client_error("PreconditionFailed", status=412), times)
    return RosterStore(Bucket(Interposed(world.clients.s3, put_object=lost), BUCKET), world.clock)  # type: ignore[arg-type]


def test_a_participant_who_loses_the_race_waits_longer_each_time(
    world: MotoWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans: list[float] = []

    def longest(_: float, high: float) -> float:
        spans.append(high)
        return high

    monkeypatch.setattr(backoff, "random", SimpleNamespace(uniform=longest))
    assert losing(world, 5).hold("study", "ada", limit(1))
    assert spans == [0.1, 0.2, 0.4, 0.4, 0.4]


def test_a_participant_who_always_loses_the_race_gets_an_error_in_time(world: MotoWorld) -> None:
    with pytest.raises(Transient):
        losing(world, 1_000_000).hold("study", "ada", limit(1))
    assert 3 <= (world.clock.now() - NOON).total_seconds() <= 4


def test_a_participant_takes_no_more_time_than_is_left(world: MotoWorld) -> None:
    with pytest.raises(Transient):
        losing(world, 1_000_000).hold("study", "ada", limit(1), world.seconds(1.5))
    assert (world.clock.now() - NOON).total_seconds() <= 1


@pytest.mark.parametrize("key", [roster_key("study"), COUNT])
@pytest.mark.parametrize("broken", ["", "{", "{}", "null", '{"counted": 1, "held": [], "recent": []}'])
def test_an_unreadable_count_is_not_changed(world: MotoWorld, key: str, broken: str) -> None:
    limited(world, 2)
    world.put(key, broken)
    with pytest.raises(RosterInvalid):
        world.get()
    assert world.text(key) == broken
