"""Answers that end a study early: their pages exist, and participants can give them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hippo_cli.study import Study
from tests.unit.cli.study.studies import DOCKERFILE, PAGES, codes, judged, only, project

CONSENT = '<input type="radio" name="consent" value="yes"><input type="radio" name="consent" value="no">'
FILES = {**PAGES, **DOCKERFILE, "1_consent.html": CONSENT, "9_declined.html": "You may exit now"}
REFUSED = {"step": 1, "field": "consent", "values": ["no"], "page": "9_declined.html"}


def with_exit(tmp_path: Path, files: dict[str, str] | None = None, **changes: Any) -> Study:
    """Return a sound study with an exit for refusals, with other keys of that exit."""
    return judged(tmp_path, project(exits={"refused": {**REFUSED, **changes}}), FILES if files is None else files)


def test_the_page_of_an_exit_is_one_of_the_studys_pages(tmp_path: Path) -> None:
    study = with_exit(tmp_path)
    assert study.findings == ()
    assert "9_declined.html" in study.pages


def test_a_missing_page_of_an_exit_is_an_error(tmp_path: Path) -> None:
    finding = only(with_exit(tmp_path, page="gone.html"), "page-missing")
    assert finding.where == "project.exits.refused.page"
    assert "the exit 'refused'" in finding.what


def test_the_page_of_an_exit_ends_the_study(tmp_path: Path) -> None:
    assert codes(with_exit(tmp_path, {**FILES, "9_declined.html": "Goodbye"})) == ["no-exit"]


@pytest.mark.parametrize(
    ("changes", "code", "fix"),
    [
        ({"field": "cosnent"}, "exit-field", "consent"),
        ({"values": ["never"]}, "exit-value", "no, yes"),
        ({"step": 2}, "exit-without-page", "step"),
    ],
)
def test_an_exit_that_no_answer_triggers_is_an_error(
    tmp_path: Path, changes: dict[str, Any], code: str, fix: str
) -> None:
    assert fix in only(with_exit(tmp_path, **changes), code).fix


def test_every_group_can_take_the_exit(tmp_path: Path) -> None:
    study = with_exit(tmp_path, {**FILES, "1_consent-1.html": "<p>Nothing to refuse</p>"})
    assert "1_consent-1.html" in only(study, "exit-field").what


def test_the_fix_for_a_bare_no_is_quotes(tmp_path: Path) -> None:
    finding = only(with_exit(tmp_path, values=[False]), "not-allowed")
    assert finding.where == "project.exits.refused.values[0]"
    assert finding.fix == 'Write `"false"`.'


def test_codes_and_addresses_that_do_not_fit_the_exits_give_warnings(tmp_path: Path) -> None:
    completion = {"codes": {"refsued": "C1"}, "redirect": "https://a.example/?c={code}"}
    study = judged(tmp_path, project(completion=completion), FILES | {"9_declined.html": ""})
    assert {"completion-codes", "completion-redirect"} <= set(codes(study))
    assert study.is_valid


@pytest.mark.parametrize(
    ("consent", "values", "found"),
    [
        ('<select name="consent"><option value="yes">y<option>no</select>', ["no"], []),
        ('<select name="consent"><option value="yes">y<option>no</select>', ["maybe"], ["exit-value"]),
        ('<input type="checkbox" name="consent" value="yes">', [""], []),
        ('<input type="checkbox" name="consent" value="yes">', ["no"], ["exit-value"]),
        ('<input type="checkbox" name="consent">', ["on"], []),
        ('<button name="consent" value="no">No</button>', ["no"], []),
        ('<button name="consent" value="no">No</button>', ["never"], ["exit-value"]),
        ('<input type="hidden" name="consent" value="yes">', ["no"], ["exit-value"]),
        ('<input name="consent">', ["anything"], []),
        ("".join(f'<input type="checkbox" name="consent" value="{v}">' for v in "ab"), ["a, b"], []),
        ("".join(f'<input type="checkbox" name="consent" value="{v}">' for v in "ab"), ["a, c"], ["exit-value"]),
        ('<noscript><p><input name="consent"></noscript>x', ["no"], []),
        ('<p>x<noscript><input name="consent"></noscript>', ["no"], ["exit-field", "html-lost-field"]),
    ],
)
def test_what_a_page_can_send_is_known(tmp_path: Path, consent: str, values: list[str], found: list[str]) -> None:
    assert codes(with_exit(tmp_path, {**FILES, "1_consent.html": consent}, values=values)) == found
