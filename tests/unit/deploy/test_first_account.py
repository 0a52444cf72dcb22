"""docs/first-account.md: its figures are those of the price tables, and what it names is there."""

from __future__ import annotations

import re

import pytest

from hippo_common import prices
from hippo_deploy.environments import REPOSITORY
from hippo_deploy.preflight import quotas

DOCS = REPOSITORY / "docs"
PAGE = (DOCS / "first-account.md").read_text("utf-8")
GUIDE = (DOCS / "deploy.md").read_text("utf-8")
MONTH_HOURS = 730


def guide(pattern: str) -> float:
    """Return an amount that docs/deploy.md names, which tests/terraform holds against the review of a plan."""
    found = re.search(pattern, GUIDE)
    assert found is not None, pattern
    return float(found.group(1))


def dollars() -> list[str]:
    """Return the amounts of the page's calculation, as they are written."""
    table = PAGE.split("## What a trial costs")[1].split("**together**")[0]
    return re.findall(r"\| \$(\d+\.\d\d) \|$", table, flags=re.MULTILINE)


def test_the_calculation_is_made_of_the_tables_prices() -> None:
    standing = guide(r"\*\*\$([\d.]+) a month\*\*") - guide(r"\$([\d.]+) the zone") - guide(r"\$([\d.]+) dashboard")
    server = prices.cost(1, 2, 3600, "ca-central-1", "FARGATE")
    assert server is not None

    assert f"${standing:.2f} a month, for a day" in PAGE
    assert f"${server.total:.4f} an hour" in PAGE
    assert dollars() == [
        f"{amount:.2f}"
        for amount in (
            guide(r"\$([\d.]+) the zone"),
            guide(r"\$([\d.]+) a month for the secret"),
            standing / MONTH_HOURS * 24,
            server.total * 5 / 4,
            guide(r"\*\*\$([\d.]+) for 100 hours\*\*") / 50,
            0.5 * 0.10,
        )
    ]


def test_a_trial_costs_less_than_two_dollars() -> None:
    together = re.search(r"\*\*together\*\* \| \*\*\$([\d.]+)\*\*", PAGE)

    assert together is not None
    assert float(together.group(1)) == pytest.approx(sum(float(amount) for amount in dollars()))
    assert float(together.group(1)) < 2


def test_quotas_are_those_that_preflight_reads() -> None:
    read = [each for each in vars(quotas).values() if isinstance(each, quotas.Quota)]

    assert len(read) >= 6
    assert [quota for quota in read if f"`{quota.service}` `{quota.code}`" not in PAGE] == []


@pytest.mark.parametrize("page", ["first-account.md", "aws-limits.md"])
def test_its_links_lead_somewhere(page: str) -> None:
    for target, anchor in re.findall(r"\]\(([a-z-]*\.?m?d?)#?([a-z0-9-]*)\)", (DOCS / page).read_text("utf-8")):
        there = DOCS / (target or page)
        assert there.is_file(), target
        heads = re.findall(r"^#+ (.+)$", there.read_text("utf-8"), flags=re.MULTILINE)
        anchors = {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads}
        assert not anchor or anchor in anchors, f"{target}#{anchor}"
