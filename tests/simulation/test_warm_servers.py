"""Warm servers: handed out once, refilled, capped, swept, and no reason for anyone to wait longer.

The crash points of these scenarios are in crashes.py.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hippo_gym.runtime.clock import to_text
from hippo_gym.studies.warm import MAX_AGE
from tests.support.inputs import entry
from tests.support.simulated_world.browsers import Browser, Habits
from tests.support.simulated_world.kernel import EPOCH
from tests.support.simulated_world.simulation import Settings, SimulatedWorld
from tests.support.simulated_world.tasks import QUICK

pytestmark = pytest.mark.simulation

WARM = {"warm": 2, "takesParticipant": True}
_STEPS = {"1": "1_consent.html", "2": "game", "3": "3_survey.html", "finalStep": "5_thanks.html"}


def world(settings: Settings | None = None, seed: int = 1, **changes: Any) -> SimulatedWorld:
    simulation = SimulatedWorld(seed, settings or Settings(pace=QUICK))
    simulation.register(entry("study", steps=_STEPS, **{**WARM, **changes}), entry("other", steps=_STEPS))
    return simulation


def waiting(simulation: SimulatedWorld, *, ready: bool = True) -> list[dict[str, Any]]:
    """Return the warm servers that wait for a participant."""
    return [
        record
        for record in simulation.monitor.live.values()
        if record["userId"].startswith("hippo-warm-")
        and "takenBy" not in record
        and record["wanted"] == "running"
        and (not ready or record["seen"]["readyAt"])
    ]


def comes(simulation: SimulatedWorld, user: str, after: float, project: str = "study", **habits: Any) -> Browser:
    own = Habits(**{"reads": 1.0, "plays": 60.0, **habits})
    browser = Browser(user, project, own, simulation.kernel, simulation.lambdas, simulation.monitor, simulation.answers)
    browser.come(after)
    return browser


def faultless(simulation: SimulatedWorld) -> None:
    assert not simulation.monitor.violations, simulation.report()
    assert not simulation.lambdas.dead_letters, simulation.report()


def at(hours: float) -> str:
    return to_text(EPOCH + timedelta(hours=hours))


def test_the_sweeper_starts_as_many_as_the_study_wants() -> None:
    simulation = world()
    simulation.run(400.0)
    assert len(waiting(simulation)) == 2, simulation.report()
    simulation.run(1200.0)
    assert len(waiting(simulation)) == 2, simulation.report()
    faultless(simulation)


def test_a_participant_who_finds_one_waits_for_three_seconds_at_most() -> None:
    simulation = world()
    simulation.run(400.0)
    simulation.start("ada", "20261122-0f3c5d7e9a1b2c4d")
    asked = simulation.kernel.seconds
    while not (simulation.live("ada") or {"seen": {"readyAt": None}})["seen"]["readyAt"]:
        simulation.run(0.1)
        assert simulation.kernel.seconds - asked < 3.0, simulation.report()
    assert simulation.live("ada")["seen"]["warm"]
    faultless(simulation)


@pytest.mark.parametrize("heartbeats", [True, False], ids=["page", "older client"])
def test_a_participant_plays_on_it_and_it_is_removed_afterwards(heartbeats: bool) -> None:
    simulation = world()
    simulation.run(400.0)
    browser = comes(simulation, "ada", 1.0, heartbeats=heartbeats)
    simulation.run(600.0)
    assert browser.finished, simulation.report()
    ended = [record for record in simulation.monitor.ended.values() if record["userId"] == "ada"]
    assert [bool(record["seen"].get("warm")) for record in ended] == [True]
    assert len(simulation.ecs.tasks) == 3, "two that waited, and one instead of the one that was taken"
    assert len(waiting(simulation)) == 2, simulation.report()
    faultless(simulation)


def test_one_that_was_taken_is_replaced_without_waiting_for_the_sweeper() -> None:
    simulation = world()
    simulation.run(310.0 + 60.0)
    simulation.start("ada", "20261122-0f3c5d7e9a1b2c4d")
    simulation.run(60.0)
    assert len(waiting(simulation)) == 2, simulation.report()
    faultless(simulation)


def test_many_who_come_at_once_get_one_each() -> None:
    simulation = world()
    simulation.run(400.0)
    users = [f"user-{number}" for number in range(6)]
    browsers = [comes(simulation, user, 1.0) for user in users]
    simulation.run(40.0)
    named = [simulation.live(user)["seen"].get("warm") for user in users if simulation.live(user)]
    taken = [each["sessionId"] for each in named if each is not None]
    assert len(taken) == len(set(taken)) >= 2, simulation.report()
    simulation.run(900.0)
    assert all(browser.finished for browser in browsers), simulation.report()
    faultless(simulation)


def test_nothing_is_left_when_the_study_wants_none_any_more() -> None:
    simulation = world()
    simulation.run(400.0)
    comes(simulation, "ada", 1.0)
    simulation.run(200.0)
    simulation.register(entry("study", steps=_STEPS))
    simulation.run(1500.0)
    assert not simulation.monitor.leftovers(), simulation.report()
    faultless(simulation)


@pytest.mark.parametrize("changes", [{"live": False}, {"closesAt": at(0.2)}], ids=["closed", "over"])
def test_a_study_that_admits_nobody_has_none(changes: dict[str, Any]) -> None:
    simulation = world()
    simulation.run(400.0)
    simulation.register(entry("study", steps=_STEPS, **WARM, **changes))
    simulation.run(1500.0)
    assert not simulation.monitor.leftovers(), simulation.report()
    faultless(simulation)


def test_those_of_a_version_that_is_over_are_replaced() -> None:
    simulation = world(updatedAt=at(0))
    simulation.run(400.0)
    first = {record["sessionId"] for record in waiting(simulation)}
    simulation.register(entry("study", steps=_STEPS, **WARM, version="3f9a0c1d2e4b5a67", updatedAt=at(0.11)))
    simulation.run(900.0)
    second = waiting(simulation)
    assert [record["launch"]["version"] for record in second] == ["3f9a0c1d2e4b5a67"] * 2, simulation.report()
    assert not first & {record["sessionId"] for record in second}
    faultless(simulation)


def test_they_are_there_in_the_hours_named_and_paid_for_in_no_others() -> None:
    windows = [{"from": at(1.0), "to": at(2.0), "n": 2}]
    simulation = world(warm=windows)
    simulation.run(0.75 * 3600.0)
    assert not simulation.ecs.tasks
    simulation.run(0.25 * 3600.0)
    assert len(waiting(simulation)) == 2, simulation.report()
    simulation.run(1.0 * 3600.0 + 700.0)
    assert not simulation.monitor.leftovers(), simulation.report()
    faultless(simulation)


def test_one_that_waited_for_hours_is_replaced() -> None:
    simulation = world()
    simulation.run(400.0)
    first = {record["sessionId"] for record in waiting(simulation)}
    simulation.run(MAX_AGE.total_seconds() + 900.0)
    second = {record["sessionId"] for record in waiting(simulation)}
    assert len(second) == 2, simulation.report()
    assert not first & second
    faultless(simulation)


def test_a_broken_image_is_not_started_with_every_sweep_and_participants_are_told_as_without() -> None:
    simulation = world(ecsTask="missing")
    simulation.run(3600.0)
    assert len([record for record in simulation.monitor.ended.values() if record["failed"]]) <= 2 * 3
    simulation.start("ada", "20261122-0f3c5d7e9a1b2c4d")
    simulation.run(120.0)
    assert not waiting(simulation, ready=False)
    assert simulation.s3.json("_sessions/ended/study/2026-11-22/20261122-0f3c5d7e9a1b2c4d.json")["failed"]
    assert not simulation.monitor.violations, simulation.report()


def test_a_server_that_does_not_answer_when_it_is_taken_costs_five_seconds() -> None:
    simulation = world()
    simulation.run(400.0)
    for task in simulation.ecs.living.values():
        task.answers = False
    simulation.start("ada", "20261122-0f3c5d7e9a1b2c4d")
    simulation.run(60.0)
    record = simulation.live("ada")
    assert record["seen"]["readyAt"], simulation.report()
    assert "warm" not in record["seen"]
    faultless(simulation)


def test_a_participant_whose_warm_server_aws_takes_away_gets_another() -> None:
    simulation = world()
    simulation.run(400.0)
    simulation.start("ada", "20261122-0f3c5d7e9a1b2c4d")
    simulation.run(20.0)
    name = simulation.live("ada")["seen"]["warm"]["userId"]
    for task in list(simulation.ecs.living.values()):
        if task.environment["HIPPO_USER_ID"] == name:
            simulation.lives.lose_host(task)
    simulation.run(90.0)
    record = simulation.live("ada")
    assert record["seen"]["readyAt"], simulation.report()
    assert simulation.answers("ada"), simulation.report()
    simulation.stop("ada", "20261122-0f3c5d7e9a1b2c4d")
    simulation.run(60.0)
    assert simulation.live("ada") is None, simulation.report()
    simulation.run(900.0)
    faultless(simulation)


# --- limits ---


def test_warm_servers_count_among_the_deployment_s_sessions() -> None:
    simulation = world(Settings(pace=QUICK, max_sessions=2), warm=5)
    simulation.run(1000.0)
    assert len(waiting(simulation)) == 2, simulation.report()
    faultless(simulation)


def test_no_more_wait_than_the_deployment_allows() -> None:
    simulation = world(Settings(pace=QUICK, max_warm=1), warm=5)
    simulation.run(1000.0)
    assert len(waiting(simulation)) == 1, simulation.report()
    faultless(simulation)


@pytest.mark.parametrize("project", ["study", "other"])
def test_a_participant_never_waits_for_the_place_of_a_warm_server(project: str) -> None:
    simulation = world(Settings(pace=QUICK, max_sessions=2))
    simulation.run(400.0)
    users = ["ada", "bea"]
    for number, user in enumerate(users):
        simulation.start(user, f"20261122-{number:016x}", project)
    simulation.run(45.0)
    assert [bool(simulation.live(user)["seen"]["readyAt"]) for user in users] == [True, True], simulation.report()
    simulation.run(700.0)
    assert not waiting(simulation, ready=False), simulation.report()
    faultless(simulation)


def test_nobody_waits_longer_than_without_warm_servers() -> None:
    waits: dict[bool, list[float]] = {}
    for warm in (False, True):
        simulation = world(Settings(max_sessions=4), warm=3 if warm else 0)
        simulation.run(700.0)
        browsers = [comes(simulation, f"user-{number}", 20.0 * number, plays=30.0) for number in range(8)]
        simulation.run(3600.0)
        assert all(browser.finished for browser in browsers), simulation.report()
        waits[warm] = sorted(wait for browser in browsers for wait in browser.waits)
        faultless(simulation)
    assert sum(waits[True]) < sum(waits[False]) / 2
