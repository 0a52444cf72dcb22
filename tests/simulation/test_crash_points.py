"""Kills a function before and after each of its AWS calls, once and in pairs.

Every run must end ready with one task and one name that points to it, or with nothing at all. No
invariant may be violated, and no resource may remain when the session's time is up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from hippo_gym.sessions.plan import START_LIMIT
from tests.simulation.crashes import SCENARIOS, USER, Scenario, faults_of, points, simulate
from tests.support.simulated_world.allowed import SWEEP
from tests.support.simulated_world.faults import AFTER, CrashPoint, Rates

pytestmark = pytest.mark.simulation

_PAIRS = 40
"""Approximate number of pairs per scenario, evenly spread; `make soak` runs all."""

_SLOW = {
    "slow cluster": Rates(slow_cluster=1.0),
    "everything twice": Rates(duplicate=1.0),
    "lost answers": Rates(lost_answer=0.1),
}


def _run(scenario: Scenario, crashes: Sequence[CrashPoint], seed: int = 0) -> None:
    simulation = simulate(scenario, crashes, seed)
    wrong = faults_of(simulation)
    assert len(simulation.faults.reached) == len(crashes), "the crash points were not reached: the run does not replay"
    assert not wrong, "\n".join([f"{scenario.name}: {[str(each) for each in crashes]}", *wrong, simulation.report()])


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_session_without_crashes_leaves_no_resources(name: str) -> None:
    _run(SCENARIOS[name], ())


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_crash_at_any_call_is_repaired(name: str) -> None:
    scenario = SCENARIOS[name]
    for point in points(scenario):
        _run(scenario, [point])


@pytest.mark.parametrize("name", SCENARIOS)
def test_two_crashes_at_any_calls_are_repaired(name: str) -> None:
    scenario = SCENARIOS[name]
    firsts = [point for point in points(scenario) if point.side == AFTER]
    spaced = max(1, len(firsts) ** 2 // (2 * _PAIRS))
    for number, first in enumerate(firsts):
        seconds = [point for point in points(scenario, before=[first]) if point.side == AFTER]
        for second in seconds[number % spaced :: spaced]:
            _run(scenario, [first, second])


@pytest.mark.parametrize("trouble", _SLOW)
@pytest.mark.parametrize("name", ["start", "stop", "stop while starting", "time is up"])
def test_a_crash_is_repaired_while_aws_has_faults(name: str, trouble: str) -> None:
    settings = replace(SCENARIOS[name].settings, rates=_SLOW[trouble])
    scenario = replace(SCENARIOS[name], settings=settings)
    for point in list(points(scenario, seed=1))[:: 1 if name == "start" else 2]:
        _run(scenario, [point], seed=1)


@pytest.mark.parametrize("crashes", [1, 2])
def test_a_start_gets_ready_despite_crashes(crashes: int) -> None:
    scenario = SCENARIOS["start"]
    for point in points(scenario):
        again = [CrashPoint(point.function, 2, point.call, point.side)] if crashes == 2 and point.call < 8 else []
        simulation = simulate(scenario, [point, *again])
        simulation.run(400.0)
        assert simulation.monitor.ready_after, f"{point}: not ready\n{simulation.report()}"


def test_a_start_that_crashes_every_time_ends_with_a_reason() -> None:
    scenario = SCENARIOS["start"]
    claim = 4  # calls 1 to 3 read the live record, the ended record and the master list
    for call in range(1, 7):
        crashes = [CrashPoint("start_server", invocation, call, AFTER) for invocation in range(1, 60)]
        simulation = simulate(scenario, crashes)
        simulation.run(START_LIMIT.total_seconds() + 2 * SWEEP + 180.0)
        ended = list(simulation.monitor.ended.values())
        assert not simulation.monitor.leftovers(), simulation.report()
        if simulation.s3.json(f"_sessions/live/{USER}.json") is None and call >= claim:
            assert [record["failed"] for record in ended] == [True], simulation.report()
            assert ended[0]["reason"]
