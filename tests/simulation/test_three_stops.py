"""The schedule, the task-state rule and the sweeper each stop sessions without the others."""

from __future__ import annotations

import pytest

from hippo_gym.sessions.presence import here_key
from tests.simulation.crashes import SESSION, USER
from tests.support.inputs import entry
from tests.support.simulated_world.allowed import ROUGH_ALLOWED, SWEEP
from tests.support.simulated_world.simulation import Settings, SimulatedWorld
from tests.support.simulated_world.tasks import QUICK

pytestmark = pytest.mark.simulation

_RUNTIME = 30 * 60.0


def _ready(settings: Settings) -> SimulatedWorld:
    simulation = SimulatedWorld(3, settings)
    simulation.register(entry(maxRuntime=30))
    simulation.start(USER, SESSION)
    simulation.run(60.0)
    assert simulation.live(USER)["seen"]["readyAt"], simulation.report()
    return simulation


def _end_of_tasks(simulation: SimulatedWorld) -> float:
    return max(
        task.stopped_at if task.stopped_at is not None else float("inf") for task in simulation.ecs.tasks.values()
    )


def test_the_schedule_and_the_event_suffice_without_sweeps() -> None:
    simulation = _ready(Settings(pace=QUICK, sweeps=False))
    simulation.run(_RUNTIME + 180.0)
    assert not simulation.monitor.leftovers(), simulation.report()
    assert _end_of_tasks(simulation) < _RUNTIME + 75.0


def test_the_sweeper_suffices_without_schedules_and_events() -> None:
    simulation = _ready(Settings(pace=QUICK, schedules=False, events=False))
    simulation.run(_RUNTIME + 700.0)
    assert not simulation.monitor.leftovers(), simulation.report()
    assert not simulation.monitor.violations, simulation.report()
    assert _end_of_tasks(simulation) < _RUNTIME + 320.0


def test_the_event_ends_a_session_whose_game_has_exited() -> None:
    simulation = _ready(Settings(pace=QUICK, sweeps=False, schedules=False))
    for task in simulation.tasks(SESSION):
        simulation.lives.stop(task, "EssentialContainerExited", "Essential container in task exited")
    simulation.run(30.0)
    left = [left for left in simulation.monitor.leftovers() if "schedule" not in left]
    assert not left, simulation.report()


def test_the_sweeper_removes_resources_without_a_record() -> None:
    # Sweeps: one marks the task, the next stops it, a third removes the cluster.
    simulation = _ready(Settings(pace=QUICK, schedules=False, events=False, allowed=ROUGH_ALLOWED))
    simulation.s3.delete_object(Bucket="", Key=f"_sessions/live/{USER}.json")
    simulation.run(1500.0)
    assert not simulation.monitor.leftovers(), simulation.report()
    assert not [violation for violation in simulation.monitor.violations if "for more than" in violation.what]


def test_a_delayed_stop_happens_at_its_time() -> None:
    simulation = _ready(Settings(pace=QUICK))
    simulation.stop(USER, SESSION, delay=5)
    simulation.run(299.0)
    assert simulation.tasks(SESSION), "the server stopped too early"
    simulation.run(60.0 + 30.0)
    assert not simulation.monitor.leftovers(), simulation.report()


def test_the_sweeper_ends_a_session_without_anybody_and_the_event_finishes_it() -> None:
    simulation = _ready(Settings(pace=QUICK, schedules=False))
    simulation.heartbeat(SESSION)
    simulation.run(500.0)
    simulation.heartbeat(SESSION)
    simulation.run(550.0)
    assert simulation.tasks(SESSION), "ended although the participant was there"
    simulation.run(60.0 + SWEEP + 120.0)
    assert [left for left in simulation.monitor.leftovers() if "schedule" not in left] == [], simulation.report()
    assert not simulation.monitor.violations, simulation.report()
    assert simulation.monitor.ended[SESSION]["endedBy"] == "idle"


def test_a_session_of_a_client_without_heartbeats_runs_until_its_time_is_up() -> None:
    simulation = _ready(Settings(pace=QUICK))
    simulation.run(_RUNTIME - 120.0)
    assert simulation.tasks(SESSION)
    simulation.run(300.0)
    assert simulation.monitor.ended[SESSION]["endedBy"] == "time"


def test_heartbeats_of_sessions_that_are_over_are_removed() -> None:
    simulation = _ready(Settings(pace=QUICK))
    simulation.heartbeat(SESSION)
    simulation.run(2 * _RUNTIME)
    assert list(simulation.s3.keys("_sessions/here/")) == [here_key(SESSION)]  # its start message may repeat
    simulation.run(2 * _RUNTIME)
    assert list(simulation.s3.keys("_sessions/here/")) == []
