"""What a server costs, from a table of AWS's list prices (prices.json).

The result is a list price without tax, discounts, data transfer and logs: an amount to plan with,
not a bill. The table holds its date and its source pages. A Region that is not in the table has no
price.

Fargate bills vCPU and memory by the second, for at least a minute, from the start of the image's
download until the task has ended. The first 20 GB of ephemeral storage are free, and the task
definitions of `hippo` request no more. A public IPv4 address costs the same in every Region. The
price of Spot changes from day to day, "up to 70 % off": every Spot cost is an estimate.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

X86: Final = "X86_64"
SPOT: Final = "FARGATE_SPOT"

_TABLE: Final = Path(__file__).with_name("prices.json")
_HOUR: Final = 3600.0


@dataclass(frozen=True)
class Cost:
    """What a server has cost, in US dollars.

    Attributes:
        compute: the cost of its vCPU and memory.
        address: the cost of its public IPv4 address.
        estimated: the server ran on Spot, whose price is not fixed.
    """

    compute: float
    address: float
    estimated: bool

    @property
    def total(self) -> float:
        """The sum of all parts."""
        return self.compute + self.address

    def __add__(self, other: Cost) -> Cost:
        """Add two costs; the sum is an estimate if one of them is."""
        return Cost(self.compute + other.compute, self.address + other.address, self.estimated or other.estimated)

    def __str__(self) -> str:
        """Format the total, such as "$0.0213" or "about $1.20"."""
        digits = 2 if self.total >= 1 else 4
        return f"{'about ' if self.estimated else ''}${self.total:.{digits}f}"


NOTHING: Final = Cost(0.0, 0.0, estimated=False)
"""Start value of a sum."""


def cost(
    vcpu: float, gb: float, seconds: float, region: str, capacity_provider: str, architecture: str = X86
) -> Cost | None:
    """Return the list price of a task that has run; None if the table has no price for it.

    Args:
        vcpu: the vCPUs of its task definition.
        gb: the memory of its task definition, in GB.
        seconds: how long it ran; less than a minute is billed as a minute, 0 or less costs nothing.
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
    """Return the Regions that have prices in the table."""
    return tuple(_prices()["regions"])


def date() -> str:
    """Return the table's date."""
    return str(_prices()["date"])


def spot_share() -> float:
    """Return the share of the list price that a Spot estimate takes."""
    return float(_prices()["spotShareOfListPrice"])


def basis(region: str) -> str:
    """Return a sentence on where a Region's amounts come from, or why there are none."""
    if region not in known_regions():
        return f"No cost shown: the price table of this `hippo` has no prices for {region}."
    return f"Costs are AWS's list prices of {_prices()['date']}, without tax and discounts: not a bill."


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
