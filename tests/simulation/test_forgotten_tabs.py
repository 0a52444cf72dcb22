"""A tab that is forgotten at a game costs one server, however long it polls."""

from __future__ import annotations

import pytest

from tests.support.inputs import entry
from tests.support.simulated_world.browsers import Browser, Habits
from tests.support.simulated_world.simulation import SimulatedWorld

pytestmark = pytest.mark.simulation

_STEPS = {"1": "1_consent.html", "2": "game", "3": "3_survey.html", "finalStep": "5_thanks.html"}
_DAY = 24 * 3600.0


def _forgets(simulation: SimulatedWorld, habits: Habits) -> None:
    arguments = (simulation.kernel, simulation.lambdas, simulation.monitor, simulation.answers)
    Browser("ada", "study", habits, *arguments).come(1.0)


@pytest.mark.parametrize("heartbeats", [True, False])
def test_a_tab_that_polls_on_has_one_server(heartbeats: bool) -> None:
    simulation = SimulatedWorld(5)
    simulation.register(entry("study", steps=_STEPS, maxRuntime=30))
    _forgets(simulation, Habits(reads=1.0, plays=2 * _DAY, heartbeats=heartbeats, clicks=False))
    simulation.run(_DAY / 4)
    assert len(simulation.monitor.ended) == len(simulation.ecs.tasks) == 1, simulation.report()
    assert simulation.monitor.ended.popitem()[1]["endedBy"] == "time"


def test_a_participant_who_always_clicks_has_six_servers_a_day() -> None:
    simulation = SimulatedWorld(5)
    simulation.register(entry("study", steps=_STEPS, maxRuntime=30))
    _forgets(simulation, Habits(reads=1.0, plays=2 * _DAY))
    simulation.run(4.5 * 3600.0)
    assert len(simulation.monitor.ended) == 6, simulation.report()
