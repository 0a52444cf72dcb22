"""What `hippo` says of a study's warm servers."""

from __future__ import annotations

from typing import Any

import pytest

from hippo_cli.publish import warm_servers
from hippo_common import prices
from tests.support.inputs import entry

WINDOW = {"from": "2026-12-01T09:00:00+01:00", "to": "2026-12-01T12:00:00+01:00", "n": 5}


def found(value: Any, region: str = "us-east-1", **changes: Any) -> warm_servers.WarmCost | None:
    return warm_servers.of_entry(entry(warm=value, takesParticipant=True, **changes), 0.5, 1, region)


def test_a_number_costs_by_the_month() -> None:
    shown = found(2, capacity="on-demand")
    hour = prices.cost(0.5, 1, 3600, "us-east-1", "FARGATE")
    assert shown is not None
    assert shown.cost is not None
    assert hour is not None
    assert shown.cost.total == pytest.approx(2 * 730 * hour.total)
    assert str(shown) == f"2 servers at all times: ${2 * 730 * hour.total:.2f} a month, used or not"


def test_windows_cost_their_own_hours() -> None:
    shown = found([WINDOW, WINDOW | {"n": 1}])
    assert warm_servers.as_json(shown) is not None
    assert shown is not None
    assert (shown.hours, shown.by_month) == (18, False)
    assert str(shown).startswith("up to 5 servers in 2 windows: about $")


def test_without_warm_servers_nothing_is_said() -> None:
    assert found(0) is None
    assert warm_servers.as_json(None) is None
    assert warm_servers.short(entry()) == ""
    assert warm_servers.short(entry(warm=[WINDOW])) == "5"


def test_a_region_without_prices_is_said() -> None:
    assert "no price is known" in str(found(1, region="xx-nowhere-1"))
