"""A participant's session in one study, and their visit to another: only an answer may end it."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import Any

import pytest

from hippo_gym.runtime import schemas
from hippo_gym.runtime.http import HttpRequest
from hippo_gym.sessions.converge import Outcome
from hippo_gym.sessions.messages import Start, read_start, start_request
from tests.support.moto_world import NOON, OTHER_SESSION, SESSION, MotoWorld, entry

MINE, OTHERS = "a" * 64, "b" * 64
SECRET, STRANGERS = "m" * 43, "s" * 43


def begin(world: MotoWorld, holder: str | None, **of_other: Any) -> None:
    """Bring up ada's session of `study`; then register `other`, too."""
    world.register(entry(), entry("other", **of_other))
    message = Start("study", "ada", SESSION, world.clock.now(), takes_over=True, holder=holder)
    assert world.starting().start(message, world.seconds(300)) is Outcome.READY
    world.clock.advance(seconds=5)


@pytest.mark.parametrize(
    ("holder", "takes_over", "presented", "ends"),
    [
        (None, False, None, False),
        (None, True, None, True),
        (None, True, OTHERS, True),
        (MINE, True, None, False),
        (MINE, True, OTHERS, False),
        (MINE, False, MINE, False),
        (MINE, True, MINE, True),
    ],
)
def test_another_study_ends_a_session_only_for_an_answer_of_its_holder(
    world: MotoWorld, holder: str | None, takes_over: bool, presented: str | None, ends: bool
) -> None:
    begin(world, holder)
    message = Start("other", "ada", OTHER_SESSION, world.clock.now(), takes_over=takes_over, holder=presented)
    outcome = world.starting().start(message, world.seconds(300))
    live = world.session()
    assert (outcome, live["projectId"], live["wanted"]) == (
        (Outcome.READY, "other", "running") if ends else (Outcome.OVER, "study", "running")
    )
    assert world.keys("_sessions/ended/other/") == []  # it can still be started
    assert schemas.faults(schemas.SESSION_RECORD, live) == ()
    assert live.get("holder") == (presented if ends else holder)


def test_a_message_that_had_to_wait_starts_the_session_when_the_other_one_has_ended(world: MotoWorld) -> None:
    begin(world, MINE)
    message = Start("other", "ada", OTHER_SESSION, world.clock.now())
    assert world.starting().start(message, world.seconds(300)) is Outcome.OVER
    world.stop()
    assert world.starting().start(message, world.seconds(300)) is Outcome.READY


def test_a_session_that_is_being_stopped_is_no_reason_to_refuse(world: MotoWorld) -> None:
    begin(world, MINE)
    record = world.session()
    world.put("_sessions/live/ada.json", json.dumps(record | {"wanted": "stopped", "reason": "x"}))
    message = Start("other", "ada", OTHER_SESSION, world.clock.now())
    assert world.starting().start(message, world.seconds(300)) is Outcome.READY


def test_the_message_carries_both_and_an_operator_s_start_takes_over() -> None:
    message = Start("other", "ada", OTHER_SESSION, NOON, takes_over=True, holder=MINE)
    assert read_start(message.payload()) == message
    assert not {"takesOver", "holder"} & replace(message, takes_over=False, holder=None).payload().keys()
    assert start_request({"projectId": "other", "userId": "ada"}, NOON).takes_over


# --- what next_step asks for ---


def visit(world: MotoWorld, project: str, method: str = "GET", proof: str | None = None) -> dict[str, Any]:
    request = HttpRequest(str(uuid.uuid4()), method, {"projectId": project, "userId": "ada"}, {}, "{}", True, proof)
    world.clock.advance(seconds=1)
    return world.visits().serve(request)


def test_opening_another_study_again_and_again_ends_nothing_and_says_why(world: MotoWorld) -> None:
    game_first = {
        "steps": {"1": "game", "finalStep": "2_end.html"},
        "events": {"startServerStep": 1, "stopServerStep": 2},
    }
    begin(world, None, **game_first)
    answer: dict[str, Any] = {}
    for _ in range(3):
        answer = visit(world, "other")
        world.clock.advance(seconds=20)
        for message in world.received("start"):
            assert world.starting().start(read_start(message), world.seconds(300)) is Outcome.OVER
    assert world.session()["projectId"] == "study"
    assert answer["wait"]["elsewhereUntil"] == world.session()["stopAt"]
    assert "another study" in answer["page"]
    world.stop()
    visit(world, "other")
    (message,) = world.received("start")
    assert world.starting().start(read_start(message), world.seconds(300)) is Outcome.READY


def test_an_answer_in_another_open_study_takes_the_server_over_as_always(world: MotoWorld) -> None:
    begin(world, None)
    assert visit(world, "other")["step"] == "1"
    assert [message.get("takesOver", False) for message in world.received("start")] == [False]
    assert visit(world, "other", "POST")["page"] == "wait"
    world.clock.advance(seconds=20)
    assert "elsewhereUntil" not in visit(world, "other")["wait"]
    (message,) = world.received("start")
    assert message["takesOver"] is True
    assert world.starting().start(read_start(message), world.seconds(300)) is Outcome.READY
    assert world.session()["projectId"] == "other"


def test_a_stranger_s_answers_elsewhere_do_not_end_a_bound_participant_s_session(world: MotoWorld) -> None:
    world.register(entry(access="bound"), entry("other"), entry("third", access="bound"))
    visit(world, "study", proof=SECRET)
    visit(world, "study", "POST", proof=SECRET)
    for message in world.received("start"):
        assert world.starting().start(read_start(message), world.seconds(300)) is Outcome.READY
    for project, proof in (("other", None), ("third", STRANGERS)):
        visit(world, project, proof=proof)
        answer = visit(world, project, "POST", proof=proof)
        assert (answer["page"], "elsewhereUntil" in answer["wait"]) == ("wait", True)
        for message in world.received("start"):
            assert world.starting().start(read_start(message), world.seconds(300)) is Outcome.OVER
    assert world.session()["projectId"] == "study"


def test_the_same_browser_goes_on_to_another_bound_study(world: MotoWorld) -> None:
    world.register(entry(access="bound"), entry("other", access="bound"))
    for project in ("study", "other"):
        visit(world, project, proof=SECRET)
        visit(world, project, "POST", proof=SECRET)
        world.clock.advance(seconds=20)
        visit(world, project, proof=SECRET)
        for message in world.received("start"):
            world.starting().start(read_start(message), world.seconds(300))
        assert world.session()["projectId"] == project
