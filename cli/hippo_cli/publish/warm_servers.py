"""What a study's warm servers are, and what they cost, for people and programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hippo_common import prices
from hippo_common.prices import Cost
from hippo_common.words import count
from hippo_gym.studies import warm

if TYPE_CHECKING:
    from hippo_cli.study.study import Study

_REGION: Final = "us-east-1"

_HOURS_A_MONTH: Final = 730.0
"""Hours of a month, as AWS's price pages count them."""


@dataclass(frozen=True)
class WarmCost:
    """The warm servers of an entry, and their list price.

    Attributes:
        text: how many, and when.
        hours: of all of them together: of a month, or of the windows.
        by_month: they wait at all times, so that the cost is that of a month.
        cost: None if the price is unknown.
    """

    text: str
    hours: float
    by_month: bool
    cost: Cost | None

    def __str__(self) -> str:
        """Return a sentence."""
        when = " a month" if self.by_month else " for these windows"
        price = f"{self.cost}{when}, used or not" if self.cost is not None else "no price is known for this Region"
        return f"{self.text}: {price}"


def of_entry(
    entry: Mapping[str, Any], vcpu: float, gb: float, region: str, architecture: str = prices.X86
) -> WarmCost | None:
    """Return the warm servers of a valid entry; None without any.

    Args:
        entry: as the master list has it.
        vcpu: of one server.
        gb: memory of one server, in GB.
        region: of the deployment.
        architecture: X86_64 or ARM64.
    """
    windows = [each for each in warm.read(entry.get("warm", 0)) if each.servers]
    if not windows:
        return None
    by_month = windows[0].hours is None
    hours = sum(each.servers * (_HOURS_A_MONTH if each.hours is None else each.hours) for each in windows)
    provider = "FARGATE" if entry.get("capacity") == "on-demand" else prices.SPOT
    most = max(each.servers for each in windows)
    servers = count(most, "server")
    text = f"{servers} at all times" if by_month else f"up to {servers} in {count(len(windows), 'window')}"
    return WarmCost(text, hours, by_month, prices.cost(vcpu, gb, hours * 3600, region, provider, architecture))


def of_study(study: Study) -> WarmCost | None:
    """Return the warm servers of a study on this machine; None without any, or if it is not valid.

    The price is of the Region in `awsSetup`, or of us-east-1.
    """
    if not study.is_valid or not study.entry:
        return None
    setup = study.aws_setup
    return of_entry(study.entry, setup.cpu / 1024, setup.memory / 1024, setup.region or _REGION)


def as_json(found: WarmCost | None) -> dict[str, Any] | None:
    """Return it as --json prints it."""
    if found is None:
        return None
    return {
        "text": found.text,
        "serverHours": round(found.hours, 2),
        "of": "month" if found.by_month else "windows",
        "costUsd": None if found.cost is None else round(found.cost.total, 2),
        "costIsEstimated": None if found.cost is None else found.cost.estimated,
    }


def short(entry: Mapping[str, Any]) -> str:
    """Return how many servers of an entry wait at most, for a table; empty without any."""
    return str(max((each.servers for each in warm.read(entry.get("warm", 0))), default=0) or "")
