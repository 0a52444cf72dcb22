"""The functions validate the list's envelope and the entry before any ECS or Route 53 call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hippo_gym.runtime.errors import ResearcherError
from hippo_gym.sessions.converge import Outcome
from hippo_gym.studies.projects import MASTER_LIST_KEY, UnknownProject
from tests.support.moto_world import MotoWorld, entry
from tests.unit.handlers.interposed import counted

BROKEN: dict[str, Any] = {
    "not JSON": b"{",
    "not UTF-8": b"\xff",
    "a list": [],
    "another key": {"projects": [], "more": 1},
    "projects is no list": {"projects": {}},
    "an entry without id": {"projects": [{"name": "x"}]},
    "an unknown key": {"projects": [entry(surprise=1)]},
    "a broken step": {"projects": [entry(steps={"1": "x"})]},
    "no task definition": {"projects": [entry(ecsTask=None)]},
    "a broken maxRuntime": {"projects": [entry(maxRuntime=0)]},
}


def put_list(world: MotoWorld, value: Any) -> None:
    world.put(MASTER_LIST_KEY, value if isinstance(value, bytes) else json.dumps(value))


@pytest.mark.parametrize("fault", sorted(BROKEN))
def test_a_start_with_an_invalid_list_or_entry_raises_before_any_call(world: MotoWorld, fault: str) -> None:
    put_list(world, BROKEN[fault])
    world.starting()
    with counted("ecs", "ec2", "route53", "scheduler") as calls, pytest.raises(ResearcherError):
        world.start()
    assert calls == {}


@pytest.mark.parametrize("fault", sorted(BROKEN))
def test_a_start_with_an_invalid_list_or_entry_keeps_its_reason(world: MotoWorld, fault: str) -> None:
    put_list(world, BROKEN[fault])
    with pytest.raises(ResearcherError) as raised:
        world.start()
    assert (world.ended()["failed"], world.ended()["reason"]) == (True, str(raised.value))


@pytest.mark.parametrize("listed", [None, {"projects": []}])
def test_a_start_of_an_unknown_project_raises_before_any_call(world: MotoWorld, listed: Any) -> None:
    if listed is not None:
        put_list(world, listed)
    world.starting()
    with counted("ecs", "ec2", "route53", "scheduler") as calls, pytest.raises((ResearcherError, UnknownProject)):
        world.start()
    assert calls == {}


@pytest.mark.parametrize("fault", sorted(BROKEN))
def test_a_stop_with_an_invalid_list_or_entry_and_no_session_raises_before_any_call(
    world: MotoWorld, fault: str
) -> None:
    put_list(world, BROKEN[fault])
    with counted("ecs", "ec2", "route53", "scheduler") as calls, pytest.raises(ResearcherError):
        world.stop()
    assert calls == {}


@pytest.mark.parametrize("fault", sorted(BROKEN))
def test_a_stop_with_an_invalid_list_or_entry_still_stops_a_live_session(world: MotoWorld, fault: str) -> None:
    world.register(entry())
    world.start()
    put_list(world, BROKEN[fault])
    assert (world.stop(), world.left_over()) == (Outcome.OVER, [])


def test_another_project_s_broken_entry_stops_no_start(world: MotoWorld) -> None:
    put_list(world, {"projects": [{"id": "broken"}, entry()]})
    assert world.start() is Outcome.READY


def test_the_last_of_two_entries_with_one_id_applies(world: MotoWorld) -> None:
    put_list(world, {"projects": [entry(ecsTask="unregistered"), entry()]})
    assert world.start() is Outcome.READY
