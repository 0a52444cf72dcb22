"""The host of a task fails: the session continues with another task."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulation.crashes import SCENARIOS, SESSION, USER
from tests.support.inputs import entry
from tests.support.simulated_world.simulation import SimulatedWorld

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("capacity", ["spot-then-on-demand", "on-demand", "spot"])
def test_a_session_whose_host_fails_gets_another_task(capacity: str, *, shared: bool) -> None:
    scenario = SCENARIOS["host fails"]
    simulation = SimulatedWorld(0, replace(scenario.settings, shared_cluster=shared))
    simulation.register(entry("study", capacity=capacity))
    scenario.play(simulation)
    lost = [task for task in simulation.ecs.tasks.values() if task.stop_code == "InfrastructureHealth"]
    assert len(lost) == 1
    record = simulation.live(USER)
    assert (record["sessionId"], record["failed"]) == (SESSION, False), simulation.report()
    assert simulation.answers(USER), simulation.report()
    assert not simulation.monitor.violations, simulation.report()
