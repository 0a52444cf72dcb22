"""What a server costs, by a table of AWS's list prices (prices.json).

It is a list price without tax, discounts, data transfer and logs: an amount to plan with, not a bill. The table says
of which date it is and from which pages; a Region that is not in it has no price, and none is guessed.

Fargate bills vCPU and memory by the second, a minute at least, from when the image's download begins until the task
has ended; the first 20 GB of ephemeral storage cost nothing, and task definitions of `hippo` ask for no more. A public
IPv4 address costs the same in every Region. The price of Spot changes from day to day, "up to 70 % off": what is told
of it is an estimate.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

X86: Final = "X86_64"
ARM: Final = "ARM64"
SPOT: Final = "FARGATE_SPOT"

_TABLE: Final = Path(__file__).with_name("prices.json")
_HOUR: Final = 3600.0


@dataclass(frozen=True)
class Cost:
    """What a server has cost, in US dollars.

    Attributes:
        compute: for its vCPU and memory.
        address: for its public IPv4 address.
        estimated: it ran on Spot, whose price is not fixed.
    """

    compute: float
    address: float
    estimated: bool

    @property
    def total(self) -> float:
        """All of it."""
        return self.compute + self.address

    def __add__(self, other: Cost) -> Cost:
        """Add two up; the sum is estimated if one of them is."""
        return Cost(self.compute + other.compute, self.address + other.address, self.estimated or other.estimated)

    def __str__(self) -> str:
        """Write the total, such as "$0.0213" or "about $1.20"."""
        digits = 2 if self.total >= 1 else 4
        return f"{'about ' if self.estimated else ''}${self.total:.{digits}f}"


NOTHING: Final = Cost(0.0, 0.0, estimated=False)
"""To begin a sum with."""


def cost(
    vcpu: float, gb: float, seconds: float, region: str, capacity_provider: str, architecture: str = X86
) -> Cost | None:
    """Return what a task costs that ran for so long, by the list price; None if the table has none for it.

    Args:
        vcpu: as its task definition asks for.
        gb: of memory.
        seconds: that it ran; less than a minute is billed as one, and 0 or less is no task at all.
        region: such as ca-central-1.
        capacity_provider: FARGATE, or FARGATE_SPOT.
        architecture: X86_64 or ARM64, as in a task definition's runtimePlatform.
    """
    prices = _prices()
    price = prices["regions"].get(region, {}).get(architecture)
    if price is None:
        return None
    if seconds <= 0:
        return NOTHING
    hours = max(seconds, prices["minimumSeconds"]) / _HOUR
    is_spot = capacity_provider == SPOT
    share = prices["spotShareOfListPrice"] if is_spot else 1.0
    compute = (vcpu * price["vcpuHour"] + gb * price["gbHour"]) * hours * share
    return Cost(compute, prices["publicIpv4AddressHour"] * hours, is_spot)


def known_regions() -> tuple[str, ...]:
    """Return the Regions that the table has prices for."""
    return tuple(_prices()["regions"])


def date() -> str:
    """Return the date that the table is of."""
    return str(_prices()["date"])


def basis(region: str) -> str:
    """Return what amounts for a Region rest on, or why there are none, in a sentence for those who read them."""
    if region not in known_regions():
        return f"No cost is told: the price table of this `hippo` has no prices for {region}."
    return f"Costs are by AWS's list prices of {_prices()['date']}, without tax and discounts: not a bill."


def services() -> Mapping[str, Any]:
    """Return the table of all other services: `date`, `region`, and `prices` by name."""
    services: Mapping[str, Any] = _table()["services"]
    return services


def _prices() -> Mapping[str, Any]:
    fargate: Mapping[str, Any] = _table()["fargate"]
    return fargate


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = json.loads(_TABLE.read_text(encoding="utf-8"))
    return table
