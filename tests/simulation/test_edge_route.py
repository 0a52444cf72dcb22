"""Sessions on the edge route: a name for each attempt, asked through an edge that remembers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.simulation.crashes import SCENARIOS, SESSION, USER, Scenario, faults_of, points, simulate
from tests.simulation.histories import History, planned
from tests.support.inputs import entry
from tests.support.simulated_world.faults import AFTER, CrashPoint
from tests.support.simulated_world.simulation import Settings, SimulatedWorld
from tests.support.simulated_world.tasks import QUICK

pytestmark = pytest.mark.simulation

_HISTORIES = 12


def _at_edge(name: str) -> Scenario:
    scenario = SCENARIOS[name]
    return replace(scenario, settings=replace(scenario.settings, route="edge"))


def _names(simulation: SimulatedWorld) -> list[str]:
    return sorted({name for name, kind in simulation.route53.records if kind == "TXT"})


def _run(scenario: Scenario, crashes: Sequence[CrashPoint]) -> None:
    simulation = simulate(scenario, crashes, 0)
    wrong = faults_of(simulation)
    assert not wrong, "\n".join([f"{scenario.name}: {[str(each) for each in crashes]}", *wrong, simulation.report()])


def test_a_server_has_the_name_of_its_attempt_and_is_asked_for_only_when_in_sync() -> None:
    simulation = SimulatedWorld(0, Settings(pace=QUICK, route="edge"))
    simulation.register(entry("study"))
    simulation.start(USER, SESSION)
    simulation.run(120.0)
    assert simulation.live(USER)["seen"]["readyAt"] is not None, simulation.report()
    assert _names(simulation) == [f"{SESSION}-1.example.net."]
    assert simulation.edge.asked_too_early == set()
    assert not simulation.monitor.violations, simulation.report()


@pytest.mark.parametrize("capacity", ["spot-then-on-demand", "on-demand"])
def test_a_lost_task_is_replaced_under_another_name(capacity: str) -> None:
    scenario = _at_edge("host fails")
    simulation = SimulatedWorld(0, scenario.settings)
    simulation.register(entry("study", capacity=capacity))
    scenario.play(simulation)
    record = simulation.live(USER)
    number = record["seen"]["attempt"]["number"]
    assert number > 1
    assert record["seen"]["readyAt"] is not None, simulation.report()
    assert _names(simulation) == [f"{SESSION}-{number}.example.net."], "the first attempt's name is gone"
    addresses: dict[str, set[str]] = {}
    for label, ip in simulation.edge.reached:
        addresses.setdefault(label, set()).add(ip)
    assert len(addresses) == 2
    assert all(len(ips) == 1 for ips in addresses.values()), "no name had a second address"
    assert not simulation.monitor.violations, simulation.report()


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_crash_at_any_call_is_repaired(name: str) -> None:
    scenario = _at_edge(name)
    for point in points(scenario):
        if point.side == AFTER:
            _run(scenario, [point])


@pytest.mark.parametrize("seed", range(_HISTORIES))
def test_random_histories_violate_no_invariant(seed: int) -> None:
    plan = planned(seed)
    history = History(replace(plan, route="edge"))
    wrong = history.play()
    assert not wrong, "\n".join(wrong)
