"""Random histories, from seeds and from hypothesis. A failure prints the seed or the plan."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from tests.simulation.histories import ExternalMessage, Guest, History, Plan, planned
from tests.support.simulated_world.browsers import Habits
from tests.support.simulated_world.faults import Rates

pytestmark = pytest.mark.simulation

_SEEDS_A_TEST = 15

_chances = some.sampled_from((0.0, 0.0, 0.02, 0.2))
_habits = some.builds(
    Habits,
    reads=some.sampled_from((2.0, 30.0)),
    plays=some.sampled_from((20.0, 300.0)),
    refreshes=_chances,
    twice=_chances,
    double=_chances,
    stale=_chances,
    leaves=_chances,
    returns=some.sampled_from((0.0, 0.9)),
    away=some.sampled_from((10.0, 1200.0)),
)
_guests = some.builds(
    Guest,
    arrives=some.sampled_from((0.0, 0.1, 60.0, 400.0)),
    project=some.integers(0, 1),
    user=some.integers(0, 1),
    habits=_habits,
)
_external_messages = some.builds(
    ExternalMessage,
    at=some.floats(0.0, 900.0),
    kind=some.sampled_from(("stop", "stop session", "start", "replay")),
    user=some.integers(0, 1),
    project=some.integers(0, 1),
    delay=some.sampled_from((0, 1)),
)
_rates = some.builds(
    Rates,
    throttle=some.sampled_from((0.0, 0.05)),
    server_error=some.sampled_from((0.0, 0.02)),
    lost_answer=some.sampled_from((0.0, 0.05)),
    crash=some.sampled_from((0.0, 0.02)),
    duplicate=some.sampled_from((0.0, 0.5)),
    late=some.sampled_from((0.0, 0.2)),
    busy_key=some.sampled_from((0.0, 0.05)),
    slow_cluster=some.sampled_from((0.0, 1.0)),
    spot_shortage=some.sampled_from((0.0, 0.5)),
    interruption=some.sampled_from((0.0, 0.5)),
    pull_failure=some.sampled_from((0.0, 0.2)),
    crash_loop=some.sampled_from((0.0, 0.2)),
    mute=some.sampled_from((0.0, 0.2)),
    stuck=some.sampled_from((0.0, 0.2)),
    host_failure=some.sampled_from((0.0, 0.3)),
    busy_schedule=some.sampled_from((0.0, 0.3)),
)
_plans = some.builds(
    Plan,
    seed=some.integers(0, 2**16),
    rates=_rates,
    guests=some.lists(_guests, min_size=1, max_size=3).map(tuple),
    external_messages=some.lists(_external_messages, max_size=4).map(tuple),
    capacity=some.sampled_from(("spot-then-on-demand", "spot", "on-demand")),
    stop_delay=some.sampled_from((0, 2)),
    shared_cluster=some.booleans(),
    max_sessions=some.sampled_from((None, None, 1, 2)),
    max_in_project=some.sampled_from((None, None, 1)),
    max_line=some.sampled_from((200, 1)),
    lasts=some.just(1800.0),
)


def _play(plan: Plan) -> None:
    history = History(plan)
    wrong = history.play()
    assert not wrong, "\n".join([*wrong, history.simulation.report(), f"replay: History({plan!r}).play()"])


@pytest.mark.parametrize("first", range(0, 90, _SEEDS_A_TEST))
def test_a_history_violates_no_invariant(first: int) -> None:
    for seed in range(first, first + _SEEDS_A_TEST):
        _play(planned(seed))


# A failing plan is printed and replays exactly: shrinking would take longer than the whole suite.
@settings(
    max_examples=40,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(_plans)
def test_no_plan_violates_an_invariant(plan: Plan) -> None:
    _play(plan)


def test_a_seed_replays_exactly() -> None:
    first = History(planned(7))
    found = first.play()
    second = History(planned(7))
    assert second.play() == found
    assert first.simulation.channel.calls == second.simulation.channel.calls
    assert first.simulation.sns.published == second.simulation.sns.published
    assert first.simulation.s3.objects == second.simulation.s3.objects
