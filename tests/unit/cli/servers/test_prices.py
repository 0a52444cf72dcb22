"""The cost of a server, from the price table."""

from __future__ import annotations

import pytest

from hippo_common import prices
from hippo_common.prices import NOTHING, Cost, basis, cost, known_regions


def test_an_hour_costs_vcpu_memory_and_address() -> None:
    found = cost(2, 10, 3600, "us-east-1", "FARGATE")
    assert found is not None
    assert found.compute == pytest.approx(2 * 0.04048 + 10 * 0.004445)
    assert found.address == pytest.approx(0.005)
    assert found.total == pytest.approx(found.compute + found.address)
    assert not found.estimated


def test_less_than_a_minute_is_billed_as_a_minute() -> None:
    assert cost(1, 2, 5, "us-east-1", "FARGATE") == cost(1, 2, 60, "us-east-1", "FARGATE")


def test_a_task_that_never_ran_costs_nothing() -> None:
    assert cost(1, 2, 0, "us-east-1", "FARGATE") == NOTHING


def test_spot_is_cheaper_and_an_estimate() -> None:
    spot, full = cost(1, 2, 3600, "ca-central-1", "FARGATE_SPOT"), cost(1, 2, 3600, "ca-central-1", "FARGATE")
    assert spot is not None
    assert full is not None
    assert spot.estimated
    assert spot.compute == pytest.approx(0.3 * full.compute)
    assert spot.address == full.address, "an address has no Spot price"


@pytest.mark.parametrize("region", known_regions())
def test_arm_is_a_fifth_cheaper_everywhere(region: str) -> None:
    x86, arm = cost(4, 8, 3600, region, "FARGATE"), cost(4, 8, 3600, region, "FARGATE", "ARM64")
    assert x86 is not None
    assert arm is not None
    assert arm.compute == pytest.approx(0.8 * x86.compute, rel=0.005)


def test_an_unknown_region_has_no_price_and_a_message() -> None:
    assert cost(1, 2, 3600, "xx-nowhere-1", "FARGATE") is None
    assert "xx-nowhere-1" in basis("xx-nowhere-1")


def test_amounts_have_the_date_of_the_price_table() -> None:
    assert prices._prices()["date"] in basis("us-east-1")
    assert "not a bill" in basis("us-east-1")


def test_amounts_add_up() -> None:
    added = Cost(1.0, 0.5, estimated=False) + Cost(0.25, 0.0, estimated=True)
    assert added == Cost(1.25, 0.5, estimated=True)
    assert sum([Cost(1.0, 0.0, estimated=False)] * 3, NOTHING).total == 3.0


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Cost(0.02, 0.0013, estimated=False), "$0.0213"),
        (Cost(1.2, 0.0, estimated=True), "about $1.20"),
        (NOTHING, "$0.0000"),
    ],
)
def test_costs_are_formatted(amount: Cost, text: str) -> None:
    assert str(amount) == text
