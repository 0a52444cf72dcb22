"""docs/first-account.md: its figures agree with the price tables, and its links exist."""

from __future__ import annotations

import re

import pytest

from hippo_common import prices
from hippo_deploy.environments import REPOSITORY
from hippo_deploy.preflight import quotas

DOCS = REPOSITORY / "docs"
PAGE = (DOCS / "first-account.md").read_text("utf-8")
GUIDE = "".join((DOCS / page).read_text("utf-8") for page in ("deploy.md", "domains-and-certificates.md"))
MONTH_HOURS = 730


def guide(pattern: str) -> float:
    """Return an amount in the guide to deploying; tests/terraform compares those with the review of a plan."""
    found = re.search(pattern, GUIDE)
    assert found is not None, pattern
    return float(found.group(1))


def dollars() -> list[str]:
    """Return the amounts of the page's calculation, as text."""
    table = PAGE.split("## What a trial costs")[1].split("**together**")[0]
    return re.findall(r"\| \$(\d+\.\d\d) \|$", table, flags=re.MULTILINE)


def test_the_calculation_uses_the_prices_of_the_table() -> None:
    fixed = guide(r"\*\*\$([\d.]+) a month\*\*") - guide(r"\$([\d.]+) the zone") - guide(r"\$([\d.]+) dashboard")
    server = prices.cost(1, 2, 3600, "ca-central-1", "FARGATE")
    assert server is not None

    assert f"${fixed:.2f} a month, for a day" in PAGE
    assert f"${server.total:.4f} an hour" in PAGE
    assert dollars() == [
        f"{amount:.2f}"
        for amount in (
            guide(r"\$([\d.]+) the zone"),
            guide(r"\$([\d.]+) a month for the secret"),
            fixed / MONTH_HOURS * 24,
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


def test_the_page_names_every_quota_that_preflight_reads() -> None:
    read = [each for each in vars(quotas).values() if isinstance(each, quotas.Quota)]

    assert len(read) >= 6
    assert [quota for quota in read if f"`{quota.service}` `{quota.code}`" not in PAGE] == []


@pytest.mark.parametrize("page", ["first-account.md", "deploy.md"])
def test_its_links_exist(page: str) -> None:
    for target, anchor in re.findall(r"\]\(([a-z-]*\.?m?d?)#?([a-z0-9-]*)\)", (DOCS / page).read_text("utf-8")):
        there = DOCS / (target or page)
        assert there.is_file(), target
        heads = re.findall(r"^#+ (.+)$", there.read_text("utf-8"), flags=re.MULTILINE)
        anchors = {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads}
        assert not anchor or anchor in anchors, f"{target}#{anchor}"
