"""Scenarios of participants, in which next_step sends its calls (scenarios.py)."""

from __future__ import annotations

import json
from datetime import timedelta

from hippo_gym.sessions.messages import read_start
from hippo_gym.studies.link_keys import LinkKeys, parameter_name, write_new_key
from hippo_gym.studies.links import sign
from tests.support.moto_world import entry, http_event
from tests.terraform.calls.recorded import NAME, Recorded
from tests.unit.handlers.interposed import beforehand, interpose
from tests.unit.handlers.studies.test_versions import submit


def a_participant_completes_a_study(world: Recorded) -> None:
    world.register(entry())
    world.put("study/3_survey-1.html", "<p>variant</p>")
    world.get()
    world.post()
    world.get()  # at the game, before the session exists
    (message, *_) = world.received("start")
    world.start_in_version(read_start(message))
    world.get()
    world.get()  # the game is over: this also stops
    for _ in range(3):
        world.post()


def a_participant_keeps_the_version_they_began_with(world: Recorded) -> None:
    submit(world, "old")
    world.get()
    submit(world, "new", ecsTask="grid:2")
    world.post()
    (message, *_) = world.received("start")
    world.start_in_version(read_start(message))


def a_participant_returns_after_the_session_ended(world: Recorded) -> None:
    world.register(entry())
    world.get()
    world.post()
    (message, *_) = world.received("start")
    start = read_start(message)
    world.start_in_version(start)
    world.stop(start.session_id)
    world.clock.advance(minutes=1)
    world.get()


def a_participant_of_the_old_system_continues(world: Recorded) -> None:
    world.register(entry())
    old = {"created": "2020-10-09 21:14:02.123456+00:00", "nextStep": 1, "requests": []}
    world.put("study/Users/ADA", json.dumps(old))
    world.get("ADA")


def a_full_study_rejects_the_next_participant(world: Recorded) -> None:
    world.register(entry(mostParticipants=1))
    for user in ("ada", "ben"):
        world.get(user)
    for user in ("ada", "ben"):
        world.post(user)
    world.post()
    world.get("cleo")


def a_participant_comes_with_a_signed_link(world: Recorded) -> None:
    keys = LinkKeys(lambda: world.clients.ssm, NAME, world.clock)
    (key,) = write_new_key(world.clients.ssm, parameter_name(NAME, "study"), ())
    world.judge = keys.judge
    world.register(entry(access="signed"))
    event = http_event("GET", {"projectId": "study", "userId": "ada"})
    link = sign(key, "study", "ada", world.clock.now() + timedelta(days=1))
    assert "notice" not in world.request({**event, "headers": {"Hippo-Proof": link}})


def a_page_says_that_the_participant_is_there(world: Recorded) -> None:
    world.register(entry(start=1))
    for _ in range(2):
        world.get(here="1")


def two_concurrent_requests_of_a_participant(world: Recorded) -> None:
    world.register(entry())
    world.get()
    meanwhile = beforehand(lambda: world.put("study/Users/ada", world.text("study/Users/ada") + " "))
    interpose(world, "s3", put_object=meanwhile)
    world.post()


def a_participant_waits_in_line(world: Recorded) -> None:
    world.register(entry(steps={"1": "game", "finalStep": None}, start=1, stop=None))
    world.max_sessions = 1
    world.start()
    world.clock.advance(seconds=1)
    world.get("ben")
    (message, *_) = world.received("start")
    world.start_in_version(read_start(message))
    world.get("ben")
    world.stop()  # stop_server publishes the start of ben's session
