"""Prepared changes of one deployment: for each, the top of the review names it, or stays silent."""

from __future__ import annotations

import pytest

from plan_review.changes import Plan
from plan_review.page import page
from tests.unit.plan_review.dangerous_changes import DANGEROUS
from tests.unit.plan_review.harmless_changes import HARMLESS
from tests.unit.plan_review.plans import facts

CLEAR = "**Nothing stands out:**"


def top(plan: Plan) -> tuple[str, ...]:
    """Return the points above the first section of the review."""
    head = page(plan, facts()).partition("\n## ")[0]
    return tuple(line.removeprefix("- ") for line in head.splitlines() if line.startswith("- "))


@pytest.mark.parametrize("name", DANGEROUS)
def test_the_top_names_a_dangerous_change_and_nothing_else(name: str) -> None:
    prepared = DANGEROUS[name]
    assert prepared.top
    assert top(prepared.plan) == prepared.top
    assert CLEAR not in page(prepared.plan, facts())


@pytest.mark.parametrize("name", HARMLESS)
def test_the_top_is_silent_about_a_harmless_change(name: str) -> None:
    prepared = HARMLESS[name]
    assert prepared.plan.changed
    assert top(prepared.plan) == ()
    assert CLEAR in page(prepared.plan, facts())


def test_every_subject_has_changes_of_both_sorts() -> None:
    subjects = {"IAM", "trust", "public", "network", "data", "code", "where-to", "protection", "cost"}
    assert {one.subject for one in DANGEROUS.values()} == subjects
    assert {one.subject for one in HARMLESS.values()} == subjects
    assert len(DANGEROUS) + len(HARMLESS) >= 40


def test_38_files_are_one_line_that_opens() -> None:
    text = page(DANGEROUS["38 files of the page"].plan, facts())
    assert "<details><summary>38 S3 objects: 0.js, 1.js, 2.js, 3.js and 34 more</summary>" in text
