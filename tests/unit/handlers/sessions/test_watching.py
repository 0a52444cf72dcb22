"""A starting session makes few AWS calls: hundreds share an account's rate limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hippo_gym.runtime.errors import Transient
from hippo_gym.sessions.converge import Outcome
from tests.support.moto_world import SESSION, MotoWorld, entry
from tests.unit.handlers.interposed import client_error, fails, interpose


@pytest.fixture
def slow(world: MotoWorld) -> MotoWorld:
    """A study whose container takes forty seconds to answer."""
    world.register(entry())
    world.answering = False
    began = world.clock.now()

    def answer_in_time() -> None:
        world.answering = world.clock.now() - began > timedelta(seconds=40)

    world.clock.while_asleep.append(answer_in_time)
    return world


def counted(world: MotoWorld, service: str, operation: str) -> list[Any]:
    calls: list[Any] = []

    def count(real: Any, **arguments: Any) -> Any:
        calls.append(arguments)
        return real(**arguments)

    interpose(world, service, **{operation: count})
    return calls


def test_ecs_is_called_every_few_seconds_while_the_container_starts(slow: MotoWorld) -> None:
    calls = counted(slow, "ecs", "describe_tasks")
    assert slow.start() is Outcome.READY
    assert len(calls) <= 14


def test_route_53_is_called_only_after_the_container_answers(slow: MotoWorld) -> None:
    calls = counted(slow, "route53", "get_change")
    assert slow.start() is Outcome.READY
    assert len(calls) == 1


def test_a_session_is_ready_within_three_seconds_of_its_container_answering(slow: MotoWorld) -> None:
    began = slow.clock.now()
    slow.start()
    assert slow.clock.now() - began <= timedelta(seconds=44)


def test_a_cluster_that_runtask_does_not_see_yet_is_waited_for(world: MotoWorld) -> None:
    world.register(entry())
    interpose(world, "ecs", run_task=fails(client_error("ClusterNotFoundException", "Cluster not found."), times=3))
    assert (world.start(), len(world.tasks())) == (Outcome.READY, 1)


@pytest.mark.parametrize(
    "words", ["Capacity is unavailable at this time.", "You've reached the limit on the number of vCPUs"]
)
def test_a_lack_of_capacity_reported_as_an_error_leads_to_other_capacity(world: MotoWorld, words: str) -> None:
    world.register(entry())
    interpose(world, "ecs", run_task=fails(client_error("ClientException", words), times=1))
    assert world.start() is Outcome.READY
    assert world.session()["seen"]["attempt"]["number"] == 2


def test_the_reason_of_a_throttled_session_names_the_throttle(world: MotoWorld) -> None:
    world.register(entry())
    error = client_error("InvalidParameterException", "Throttling: rate exceeded")
    interpose(world, "ecs", create_cluster=fails(error))
    with pytest.raises(Transient):
        world.start(budget=120)
    world.clock.advance(minutes=15)
    with pytest.raises(Exception, match="rate exceeded"):
        world.start(budget=120)
    assert "rate exceeded" in world.ended(SESSION)["reason"]


def test_a_throttled_delete_of_an_empty_cluster_is_left_to_the_sweeper(world: MotoWorld) -> None:
    world.register(entry())
    world.start()
    error = client_error("ThrottlingException", "Rate exceeded")
    interpose(world, "ecs", delete_cluster=fails(error, times=1))
    assert (world.stop(), world.tasks(), world.records(), world.schedules()) == (Outcome.LINGERING, [], set(), {})
    world.sweep()
    assert world.left_over() == []


def test_one_throttled_session_does_not_block_the_other_in_a_sweep(world: MotoWorld) -> None:
    world.register(entry())
    world.put_session("20261122-00000000000000aa", user="ada", wanted="stopped")
    world.put_session("20261122-00000000000000bb", user="ben", wanted="stopped")
    error = client_error("ThrottlingException", "Rate exceeded")
    interpose(world, "scheduler", delete_schedule=fails(error, when=lambda call: call["Name"].endswith("aa")))
    report = world.sweep()
    assert report.sessions == {"error": 1, "over": 1}
    assert world.keys("_sessions/live/") == ["_sessions/live/ada.json"]
