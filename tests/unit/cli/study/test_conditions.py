"""Conditions in config.yml, and the pages for their values."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.unit.cli.study.studies import DOCKERFILE, PAGES, codes, judged, only, project

CONDITIONS = {"partner": ["novice", "expert"], "feedback": ["on", "off"]}
FILES = PAGES | DOCKERFILE
PAGE = PAGES["1_consent.html"]


@pytest.mark.parametrize("written", ["[on, off]", "[yes, no]", "[1, 2]", "[0.5, 1.5]", "[010, 0x1F]"])
def test_values_are_the_texts_that_the_file_has(tmp_path: Path, written: str) -> None:
    config = yaml.safe_dump({"project": project()}) + f"  conditions: {{feedback: {written}}}\n"
    study = judged(tmp_path, config, FILES)
    assert (codes(study), study.entry["conditions"]) == ([], {"feedback": written.strip("[]").split(", ")})


@pytest.mark.parametrize(
    ("conditions", "code", "place"),
    [
        ({"partner": ["novice"]}, "not-allowed", "project.conditions.partner"),
        ({"partner": ["novice", "novice"]}, "not-allowed", "project.conditions.partner"),
        ({"partner": ["novice", None]}, "not-allowed", "project.conditions.partner[1]"),
        ({"partner": ["novice", "a=b"]}, "not-allowed", "project.conditions.partner[1]"),
        ({"2": ["a", "b"]}, "not-allowed", "project.conditions"),
        ("expert", "not-allowed", "project.conditions"),
    ],
)
def test_a_wrong_condition_is_an_error_at_its_place(tmp_path: Path, conditions: object, code: str, place: str) -> None:
    assert only(judged(tmp_path, project(conditions=conditions), FILES), code).where == place


def test_pages_for_values_are_part_of_the_study(tmp_path: Path) -> None:
    names = ["1_consent.partner=expert.html", "1_consent.feedback=on.partner=expert.html"]
    study = judged(tmp_path, project(conditions=CONDITIONS), FILES | dict.fromkeys(names, PAGE))
    assert (codes(study), sorted(study.pages)) == ([], sorted([*PAGES, *names]))


@pytest.mark.parametrize(
    ("name", "code", "fix"),
    [
        ("1_consent.partner=exprt.html", "condition-value-unknown", "Rename the page: write expert for exprt."),
        (
            "1_consent.partner=robot.html",
            "condition-value-unknown",
            "Add it to the values of 'partner' in config.yml, or delete the page.",
        ),
        ("1_consent.partnr=expert.html", "condition-unknown", "Rename the page: write partner for partnr."),
        ("1_consent.age=old.html", "condition-unknown", "Name 'age' under `conditions:`, or delete the page."),
        (
            "1_consent.partner=expert.feedback=on.html",
            "condition-order",
            "Rename it to 1_consent.feedback=on.partner=expert.html.",
        ),
    ],
)
def test_a_page_that_nobody_sees_is_a_warning(tmp_path: Path, name: str, code: str, fix: str) -> None:
    study = judged(tmp_path, project(conditions=CONDITIONS), FILES | {name: PAGE})
    found = only(study, code)
    assert (found.place.file, found.fix, codes(study), name in study.pages) == (name, fix, [code], False)


def test_a_page_for_a_condition_of_a_study_without_conditions_is_a_warning(tmp_path: Path) -> None:
    study = judged(tmp_path, project(), FILES | {"1_consent.partner=expert.html": PAGE})
    assert codes(study) == ["condition-unknown"]


def test_participants_without_a_page_are_an_error(tmp_path: Path) -> None:
    files = {name: page for name, page in FILES.items() if name != "1_consent.html"}
    both = {f"1_consent.partner={value}.html": PAGE for value in CONDITIONS["partner"]}
    assert codes(judged(tmp_path / "all", project(conditions=CONDITIONS), files | both)) == []
    del both["1_consent.partner=novice.html"]
    found = only(judged(tmp_path / "one", project(conditions=CONDITIONS), files | both), "condition-page-missing")
    assert found.what == "step 1 has no page for participants with feedback=on, partner=novice"


def test_a_page_for_a_value_must_have_the_field_of_an_exit(tmp_path: Path) -> None:
    leaving = {"refused": {"step": 1, "field": "consent", "values": ["no"], "page": "4_thanks.html"}}
    name = "1_consent.partner=expert.html"
    study = judged(tmp_path, project(conditions=CONDITIONS, exits=leaving), FILES | {name: "<p>Hello</p>"})
    assert name in only(study, "exit-field").what


def test_a_time_without_balance_is_a_warning(tmp_path: Path) -> None:
    study = judged(tmp_path, project(conditions=CONDITIONS, assignmentTimeout=30), FILES)
    assert only(study, "assignment-timeout").where == "project.assignmentTimeout"


def test_the_rule_of_groups_is_set_by_the_function(tmp_path: Path) -> None:
    study = judged(tmp_path, project(groupsBy="study"), FILES)
    assert (codes(study), "groupsBy" in study.entry) == (["set-by-hippo"], False)


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        ("{on: random, off: random}", []),
        ("{novice: random, expert: random}", []),
        ("{on: random}", ["policy-condition"]),
        ("{on: random, expert: random}", ["policy-condition"]),
        ("random", []),
    ],
)
def test_every_participant_has_a_policy(tmp_path: Path, policy: str, found: list[str]) -> None:
    config = yaml.safe_dump({"project": project(conditions=CONDITIONS)})
    study = judged(tmp_path, config + f"  game: {{env: CartPole-v1, policy: {policy}}}\n", PAGES)
    assert [code for code in codes(study) if code != "dockerfile-not-used"] == found
