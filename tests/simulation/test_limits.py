"""The simulation's rate limits that several operations share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.simulated_world.functions import ROOT, ZONE
from tests.support.simulated_world.limits import BUCKET_OF, ROUTE_53, Limits
from tests.support.simulated_world.simulation import SimulatedWorld

pytestmark = pytest.mark.simulation

_OPERATIONS = [bucket for operation, bucket in BUCKET_OF.items() if operation.startswith("route53.")]


def test_all_operations_of_route_53_share_one_bucket() -> None:
    limits = Limits()
    calls = [limits.admits_all((ROUTE_53, _OPERATIONS[number % 3]), 0.0) for number in range(60)]
    assert (calls.count(True), calls[50:].count(True)) == (50, 0)
    later = [limits.admits_all((ROUTE_53, _OPERATIONS[number % 3]), 1.0) for number in range(30)]
    assert later.count(True) == 10


def test_a_call_that_one_bucket_refuses_takes_no_token_of_another() -> None:
    limits = Limits()
    first, second = _OPERATIONS[:2]
    for _ in range(60):
        limits.admits_all((first,), 0.0)
    assert not limits.admits_all((ROUTE_53, first), 0.0)
    assert [limits.admits_all((ROUTE_53, second), 0.0) for _ in range(50)] == [True] * 50


def test_the_accounts_bucket_throttles_before_any_operations_own() -> None:
    simulation = SimulatedWorld(1)
    route53: Any = simulation.clients.route53
    calls: list[Callable[[], Any]] = [
        lambda: route53.list_resource_record_sets(HostedZoneId=ZONE, StartRecordName=f"ada.{ROOT}"),
        lambda: route53.get_change(Id="C1"),
        lambda: route53.change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch={"Changes": []}),
    ]

    def many(call: Callable[[], Any]) -> None:
        for _ in range(45):
            try:
                call()
            except Exception:  # noqa: BLE001, S112 - the limits count it
                continue

    for number, call in enumerate(calls):
        simulation.kernel.start(f"caller {number}", lambda call=call: many(call), limit=60.0)  # type: ignore[misc]
    simulation.run(60.0)
    throttled = {name: times for name, times in simulation.limits.throttles.items() if times}
    assert set(throttled) == {ROUTE_53}
