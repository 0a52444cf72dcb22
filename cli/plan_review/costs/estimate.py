"""A monthly cost estimate: the fixed cost of a deployment, and the cost of 100 hours of participants.

The prices are dated list prices from hippo_common.prices. assumptions.json holds the assumed usage, such as how many
requests a participant makes; the review shows it with the estimate.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from hippo_common import prices
from plan_review.changes import Plan

Values = Mapping[str, Any]

_ASSUMPTIONS: Final = Path(__file__).with_name("assumptions.json")
_MONTH_HOURS: Final = 24 * 365 / 12
_MILLION: Final = 1_000_000
_KB_IN_GB: Final = 1024 * 1024
_DEFAULT_MB: Final = 128  # Lambda's default memory, for a function without the setting or not in the plan

_FIXED: Final[Mapping[str, tuple[str, str]]] = {
    "aws_route53_zone": ("hostedZoneMonth", "hosted zone"),
    "aws_kms_key": ("kmsKeyMonth", "KMS key"),
    "aws_cloudwatch_metric_alarm": ("alarmMonth", "alarm metric"),
    "aws_cloudwatch_dashboard": ("dashboardMonth", "dashboard"),
}

UNPRICED: Final = frozenset(
    {
        *("aws_nat_gateway", "aws_lb", "aws_instance", "aws_db_instance", "aws_eip", "aws_vpc_endpoint"),
        *("aws_wafv2_web_acl", "aws_rds_cluster", "aws_elasticache_cluster", "aws_elasticache_replication_group"),
        *(
            "aws_opensearch_domain",
            "aws_ecs_service",
            "aws_kinesis_stream",
            "aws_lambda_provisioned_concurrency_config",
        ),
        *("aws_ec2_transit_gateway", "aws_vpn_connection", "aws_globalaccelerator_accelerator"),
        "aws_lambda_provisioned_concurrency_config",
    }
)
"""Resource types with an hourly or monthly cost that the price table lacks: the review names them without a price."""


@dataclass(frozen=True)
class Line:
    """A line of the estimate.

    Attributes:
        what: description of the cost.
        before: US dollars a month now; None if that is not compared.
        after: US dollars a month after the apply; None if there is no price.
    """

    what: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Estimate:
    """The cost of a deployment.

    Attributes:
        fixed: US dollars a month without any participant.
        usage: US dollars for the scenario's participant-hours.
        scenario: description of the assumed usage.
        basis: description of the prices used.
        unpriced: addresses of resources that cost something but have no price in the table.
        left_out: costs that the estimate does not include.
    """

    fixed: tuple[Line, ...]
    usage: tuple[Line, ...]
    scenario: str
    basis: str
    unpriced: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def fixed_before(self) -> float:
        """US dollars a month now."""
        return sum(line.before or 0 for line in self.fixed)

    @property
    def fixed_after(self) -> float:
        """US dollars a month after the apply."""
        return sum(line.after or 0 for line in self.fixed)

    @property
    def usage_total(self) -> float | None:
        """US dollars for the scenario; None if a part has no price."""
        amounts = [line.after for line in self.usage]
        return None if None in amounts else sum(amount for amount in amounts if amount is not None)


def estimate(plan: Plan) -> Estimate:
    """Estimate the cost of a plan's deployment."""
    region = str(plan.variable("region") or prices.services()["region"])
    fixed = [_counted(kind, plan) for kind in _FIXED]
    fixed += _sweeper(plan)
    return Estimate(
        fixed=tuple(line for line in fixed if line.before or line.after),
        usage=tuple(_usage(plan, region)),
        scenario=_scenario_text(plan),
        basis=_basis(region),
        unpriced=tuple(sorted(change.address for change in plan.of_types(UNPRICED) if change.remains)),
        left_out=tuple(_assumptions()["leftOut"]),
    )


def _counted(kind: str, plan: Plan) -> Line:
    price, word = _FIXED[kind]
    found = plan.of_types([kind])
    before = sum(_metrics(change.before) for change in found if change.existed)
    after = sum(_metrics(change.after) for change in found if change.remains)
    plural = "" if after == 1 else "s"
    return Line(f"{after} {word}{plural}", before * _price(price), after * _price(price))


def _metrics(values: Values) -> int:
    """Return how many times one resource is billed: an alarm on an expression once for each metric in it."""
    return max(1, sum(1 for query in values.get("metric_query") or [] if query.get("metric")))


def _sweeper(plan: Plan) -> list[Line]:
    """Return the cost of the sweeper's runs and metrics: the one function that also runs without participants."""
    minutes = float(plan.variable("sweep_minutes") or 5)
    runs = 60 * _MONTH_HOURS / minutes
    seconds = runs * _assumptions()["scenario"]["sweepSeconds"]
    metrics = len(_assumptions()["metrics"]["standing"])
    before, after = _function("sweep_sessions", plan)

    def line(what: str, amount: Callable[[Values], float]) -> Line:
        return Line(what, *(0.0 if values is None else amount(values) for values in (before, after)))

    return [
        line(f"sweeper, every {minutes:g} minutes", lambda found: _invocations(runs, seconds, _megabytes(found), plan)),
        line(f"{metrics} metrics of the sweeper", lambda _: metrics * _price("metricMonth")),
    ]


def _function(file: str, plan: Plan) -> tuple[Values | None, Values | None]:
    """Return the settings of an entry file's function, now and after the apply; None where it does not exist."""
    for change in plan.of_types(["aws_lambda_function"]):
        if f'"{file}"' in change.address:
            return change.before if change.existed else None, change.after if change.remains else None
    return None, None


def _megabytes(values: Values | None) -> float:
    return float((values or {}).get("memory_size") or _DEFAULT_MB)


def _usage(plan: Plan, region: str) -> list[Line]:
    scenario = _assumptions()["scenario"]
    hours = scenario["participantHours"]
    server = prices.cost(scenario["serverVcpu"], scenario["serverGb"], hours * 3600, region, "FARGATE")
    spot = prices.cost(scenario["serverVcpu"], scenario["serverGb"], hours * 3600, region, "FARGATE_SPOT")
    requests = hours * scenario["requestsPerHour"]
    starts = hours * scenario["serversPerHour"]
    metrics = len(_assumptions()["metrics"]["inUse"])
    _, next_step = _function("next_step", plan)
    _, start_server = _function("start_server", plan)
    cheaper = f" (about ${spot.compute:.2f} if all of it runs on Spot)" if spot else ""
    size = f"{scenario['serverVcpu']} vCPU, {scenario['serverGb']} GB"
    return [
        Line(f"session servers on Fargate, {size}, on demand{cheaper}", None, server.compute if server else None),
        Line("public IPv4 addresses of the servers", None, server.address if server else None),
        Line(f"{requests:,} requests to the HTTP API", None, requests / _MILLION * _price("httpApiMillion")),
        Line(
            "functions that serve the requests",
            None,
            _invocations(requests, requests * scenario["requestSeconds"], _megabytes(next_step), plan),
        ),
        Line(
            f"functions that start and stop {starts:,} servers",
            None,
            _invocations(2 * starts, starts * scenario["startSeconds"], _megabytes(start_server), plan),
        ),
        Line(
            f"{metrics} metrics of sessions, in each of these hours",
            None,
            metrics * hours / _MONTH_HOURS * _price("metricMonth"),
        ),
        Line("logs", None, requests * scenario["logsKbPerRequest"] / _KB_IN_GB * _price("logsGb")),
    ]


def _invocations(count: float, seconds: float, megabytes: float, plan: Plan) -> float:
    arm = (plan.variable("architecture") or "arm64") == "arm64"
    second = _price("lambdaGbSecondArm" if arm else "lambdaGbSecondX86")
    return count / _MILLION * _price("lambdaMillion") + seconds * megabytes / 1024 * second


def _scenario_text(plan: Plan) -> str:
    found = _assumptions()["scenario"]
    return (
        f"{found['participantHours']} hours of participants in a game, each on a server of "
        f"{found['serverVcpu']} vCPU and {found['serverGb']} GB; "
        f"{found['requestsPerHour']} requests an hour of {found['requestSeconds']} s; "
        f"{found['serversPerHour']} servers an hour, {found['startSeconds']} s of a function for each"
    )


def _basis(region: str) -> str:
    table = prices.services()
    words = (
        f"List prices of {table['date']}, and of {prices.date()} for Fargate and addresses, without tax. "
        "Free tiers are not included: a new or small account may pay less."
    )
    if region not in prices.known_regions():
        words += f" The table has no Fargate price for {region}."
    if region != table["region"]:
        words += (
            f" Alarms, metrics, logs, API and functions have the prices of {table['region']}: the table has no others "
            f"for {region}, where some cost a little more."
        )
    return words


def _price(name: str) -> float:
    return float(prices.services()["prices"][name]["amount"])


@lru_cache(maxsize=1)
def _assumptions() -> dict[str, Any]:
    assumptions: dict[str, Any] = json.loads(_ASSUMPTIONS.read_text("utf-8"))
    return assumptions
