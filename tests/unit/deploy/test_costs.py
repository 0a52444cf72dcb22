"""The estimate: from the table, for what is planned, with every assumption told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hippo_cli.live import prices
from hippo_deploy.costs import estimate as module
from hippo_deploy.costs.estimate import estimate
from hippo_deploy.review.sections import cost, line_of
from tests.unit.deploy.review.plans import change, plan_of

TABLE = json.loads(Path(module.__file__).with_name("prices.json").read_text())
ZONE = {"name": "z"}


def test_what_stands_there_is_counted_before_and_after() -> None:
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
    price = {name: row["amount"] for name, row in TABLE["prices"].items()}
    assert found.fixed_before == pytest.approx(price["hostedZoneMonth"] + price["dashboardMonth"])
    assert found.fixed_after == pytest.approx(
        price["hostedZoneMonth"] + price["kmsKeyMonth"] + 2 * price["alarmMonth"]
    ), "an alarm on an expression is billed for each metric in it"


def test_the_servers_of_the_scenario_are_what_hippo_says_they_cost() -> None:
    found = estimate(plan_of(variables={"region": {"value": "ca-central-1"}}))
    expected = prices.cost(2, 10, 100 * 3600, "ca-central-1", "FARGATE")
    assert expected is not None
    assert found.usage[0].after == pytest.approx(expected.compute)
    assert found.usage_total is not None
    assert found.usage_total > expected.total


def test_a_region_without_prices_gets_none_invented() -> None:
    found = estimate(plan_of(variables={"region": {"value": "xx-nowhere-1"}}))
    assert found.usage_total is None
    assert "there is none for xx-nowhere-1" in found.basis
    assert "no price" in cost(found)
    assert "100 hours" not in line_of(found)


def test_what_has_no_price_is_named() -> None:
    found = estimate(plan_of(change("aws_nat_gateway.n", None, {}), change("aws_nat_gateway.old", {}, None)))
    assert found.unpriced == ("aws_nat_gateway.n",)
    assert "**No price is known for** `aws_nat_gateway.n`" in cost(found)


def test_every_price_has_a_source_and_the_table_a_date() -> None:
    told = cost(estimate(plan_of()))
    assert TABLE["date"] in told
    assert prices.date() in told
    for row in TABLE["prices"].values():
        assert row["source"].startswith("https://aws.amazon.com/")
        assert row["amount"] > 0


def test_the_sweeper_costs_more_when_it_runs_more_often() -> None:
    def sweeping(minutes: int) -> float:
        sweeper = change('module.function["sweep_sessions"].aws_lambda_function.this', None, {"function_name": "s"})
        return estimate(plan_of(sweeper, variables={"sweep_minutes": {"value": minutes}})).fixed_after

    assert sweeping(1) == pytest.approx(5 * sweeping(5))
