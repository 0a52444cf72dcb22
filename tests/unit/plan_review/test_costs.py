"""The estimate: it uses the price table and the plan's resources, and shows every assumption."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws
from moto.moto_api import state_manager

from hippo_common import prices
from hippo_gym.runtime import emf
from hippo_gym.runtime.metrics import Metric
from plan_review.costs import estimate as module
from plan_review.costs.estimate import Line, estimate
from plan_review.sections import cost, line_of
from tests.support.moto_world import DEPLOYMENT, MotoWorld, entry
from tests.unit.plan_review.plans import change, plan_of

ASSUMPTIONS = json.loads(Path(module.__file__).with_name("assumptions.json").read_text())
TABLE = prices.services()
PRICE = {name: row["amount"] for name, row in TABLE["prices"].items()}
ZONE = {"name": "z"}


def test_fixed_costs_are_counted_before_and_after() -> None:
    found = estimate(
        plan_of(
            change("aws_route53_zone.z", ZONE, ZONE),
            change("aws_kms_key.k", None, {}),
            change("aws_cloudwatch_dashboard.d", {}, None),
            change(
                "aws_cloudwatch_metric_alarm.a",
                None,
                {"metric_query": [{"metric": [{}]}, {"metric": [{}]}, {"metric": []}]},
            ),
        )
    )
    assert found.fixed_before == pytest.approx(PRICE["hostedZoneMonth"] + PRICE["dashboardMonth"])
    assert found.fixed_after == pytest.approx(
        PRICE["hostedZoneMonth"] + PRICE["kmsKeyMonth"] + 2 * PRICE["alarmMonth"]
    ), "an alarm on an expression is billed for each metric in it"


def test_the_servers_of_the_scenario_cost_what_hippo_shows() -> None:
    found = estimate(plan_of(variables={"region": {"value": "ca-central-1"}}))
    expected = prices.cost(2, 10, 100 * 3600, "ca-central-1", "FARGATE")
    assert expected is not None
    assert found.usage[0].after == pytest.approx(expected.compute)
    assert found.usage_total is not None
    assert found.usage_total > expected.total


def test_a_region_without_prices_has_no_total() -> None:
    found = estimate(plan_of(variables={"region": {"value": "xx-nowhere-1"}}))
    assert found.usage_total is None
    assert "no Fargate price for xx-nowhere-1" in found.basis
    assert "no price" in cost(found)
    assert "100 hours" not in line_of(found)


def test_resources_without_a_price_are_named() -> None:
    found = estimate(plan_of(change("aws_nat_gateway.n", None, {}), change("aws_nat_gateway.old", {}, None)))
    assert found.unpriced == ("aws_nat_gateway.n",)
    assert "**No price known for** `aws_nat_gateway.n`" in cost(found)


def test_the_page_lists_what_the_estimate_does_not_include() -> None:
    page = cost(estimate(plan_of()))
    for words in ("data transfer", "AWS Config", "Free tiers are not included"):
        assert words in page


def test_every_price_has_a_source_and_the_table_a_date() -> None:
    text = cost(estimate(plan_of()))
    assert TABLE["date"] in text
    assert prices.date() in text
    for row in TABLE["prices"].values():
        assert row["source"].startswith("https://aws.amazon.com/")
        assert row["amount"] > 0


def function(file: str, megabytes: int | None, *, before: int | None = None) -> dict[str, Any]:
    address = f'module.function["{file}"].aws_lambda_function.this'
    settings = [None if size is None else {"function_name": file, "memory_size": size} for size in (before, megabytes)]
    return change(address, *settings)


def amount(lines: tuple[Line, ...], words: str) -> float | None:
    (found,) = (line.after for line in lines if words in line.what)
    return found


def test_the_sweeper_costs_more_when_it_runs_more_often() -> None:
    def sweeping(minutes: int) -> float | None:
        plan = plan_of(function("sweep_sessions", 256), variables={"sweep_minutes": {"value": minutes}})
        return amount(estimate(plan).fixed, "sweeper, every")

    assert sweeping(1) == pytest.approx(5 * (sweeping(5) or 0))


def test_the_sweepers_cost_depends_on_its_memory_before_and_after() -> None:
    plan = plan_of(function("sweep_sessions", 512, before=256))
    (found,) = (line for line in estimate(plan).fixed if "sweeper, every" in line.what)
    runs = 60 * 24 * 365 / 12 / 5
    seconds = runs * ASSUMPTIONS["scenario"]["sweepSeconds"]
    calls = runs / 1e6 * PRICE["lambdaMillion"]
    assert found.before == pytest.approx(calls + seconds / 4 * PRICE["lambdaGbSecondArm"])
    assert found.after == pytest.approx(calls + seconds / 2 * PRICE["lambdaGbSecondArm"])


@pytest.mark.parametrize(
    ("file", "words", "seconds"),
    [
        ("next_step", "functions that serve", 100 * 120 * ASSUMPTIONS["scenario"]["requestSeconds"]),
        ("start_server", "functions that start", 100 * 2 * ASSUMPTIONS["scenario"]["startSeconds"]),
    ],
)
def test_the_cost_of_a_function_in_use_depends_on_its_memory(file: str, words: str, seconds: float) -> None:
    def costing(megabytes: int) -> float:
        others = [function("send_start_server_message", 128), function("sweep_sessions", 128)]
        return amount(estimate(plan_of(*others, function(file, megabytes, before=128))).usage, words) or 0

    assert costing(1024) - costing(512) == pytest.approx(seconds / 2 * PRICE["lambdaGbSecondArm"])


# ------------------------------------------------------------------------------------------------------------- metrics


@pytest.fixture
def world() -> Iterator[MotoWorld]:
    with mock_aws():
        state_manager.set_transition("ecs::task", {"progression": "manual", "times": 1_000_000})
        made = MotoWorld().build()
        made.register(entry())
        yield made
    state_manager.unset_transition("ecs::task")


def written(world: MotoWorld, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the CloudWatch metrics written since the last call: one for each name and its dimensions."""
    emf.write(world.meter.take(), DEPLOYMENT, {})
    found = set()
    for line in map(json.loads, capsys.readouterr().out.splitlines()):
        for directive in line["_aws"]["CloudWatchMetrics"]:
            for metric, names in itertools.product(directive["Metrics"], directive["Dimensions"]):
                found.add((metric["Name"], *(line[name] for name in names)))
    by_study = {metric[0] for metric in found if len(metric) == 3}
    assert by_study <= {Metric.SECONDS_TO_PLAY.value}, "without a reason, each other name is one metric"
    return sorted(metric[0] for metric in found)  # one by study counts as one more


def test_the_fixed_metrics_are_those_of_a_sweep_without_sessions(
    world: MotoWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    world.sweep()
    assert sorted(ASSUMPTIONS["metrics"]["standing"]) == written(world, capsys)


def test_the_metrics_in_use_are_those_of_a_session_without_a_fault(
    world: MotoWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    world.get()
    world.post()
    session = world.record()["session"]["id"]
    world.start(session)
    world.get()
    world.post()
    world.stop(session)
    assert sorted(ASSUMPTIONS["metrics"]["inUse"]) == written(world, capsys)


def test_fixed_metrics_cost_by_the_month_and_metrics_in_use_by_the_hour() -> None:
    standing, in_use = len(ASSUMPTIONS["metrics"]["standing"]), len(ASSUMPTIONS["metrics"]["inUse"])
    found = estimate(plan_of(function("sweep_sessions", 256)))
    assert amount(found.fixed, f"{standing} metrics") == pytest.approx(standing * PRICE["metricMonth"])
    assert amount(found.usage, f"{in_use} metrics") == pytest.approx(in_use * PRICE["metricMonth"] * 100 / 730)
    assert estimate(plan_of()).fixed == ()
