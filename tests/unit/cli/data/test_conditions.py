"""Conditions and groups in exports and reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.data import counting
from hippo_cli.data.collecting import collect
from hippo_cli.data.costs import Costs
from hippo_cli.data.forgetting import find, forget
from hippo_cli.data.page import render
from hippo_gym.studies.assignment import by_hash, group
from hippo_gym.studies.balance import cells_key
from hippo_gym.studies.enrolment import mark_of
from hippo_gym.studies.projects import from_entry
from tests.unit.cli.data.field import STUDY, Field, no_progress

CONDITIONS = {"partner": ["novice", "expert"], "feedback": ["on", "off"]}
STEPS = {"1": "a.html", "2": "b.html"}
VERSION, LATER = "0123456789abcdef", "fedcba9876543210"


def field(**changes: Any) -> Field:
    return Field(**({"conditions": CONDITIONS, "steps": STEPS, "start": None, "ecsTask": None} | changes))


def walk(study: Field, *users: str) -> None:
    for user in users:
        study.get(user)
        for _ in STEPS:
            study.post(user)


def test_both_tables_have_a_column_for_each_condition(tmp_path: Path) -> None:
    study = field()
    walk(study, "ada", "ben")
    for user, row in study.participants(tmp_path / "people").items():
        own = by_hash(from_entry(study.entry), user)
        assert [*row.items()][-2:] == [(f"condition_{name}", value) for name, value in sorted(own.items())]
    for row in study.answers(tmp_path / "answers"):
        assert row["condition_partner"] == by_hash(from_entry(study.entry), row["participant"])["partner"]
    about = json.loads((tmp_path / "answers" / "about.json").read_text(encoding="utf-8"))
    assert "the condition partner" in about["columns"]["participants"]["condition_partner"]


def test_a_condition_of_an_earlier_version_keeps_its_column(tmp_path: Path) -> None:
    study = field(version=VERSION)
    walk(study, "ada")
    study.register(version=LATER, conditions={"mood": ["calm", "tense"]}, steps=STEPS, start=None, ecsTask=None)
    walk(study, "ben")
    rows = study.participants(tmp_path)
    assert [rows[user]["condition_mood"] is None for user in ("ada", "ben")] == [True, False]
    assert [rows[user]["condition_partner"] is None for user in ("ada", "ben")] == [False, True]


def test_the_exported_page_is_that_of_the_conditions(tmp_path: Path) -> None:
    study = field()
    own = by_hash(from_entry(study.entry), "ada")
    study.put(f"{STUDY}/a.partner={own['partner']}.html", "mine")
    walk(study, "ada")
    (first, *_) = study.answers(tmp_path)
    assert (first["page"], first["groups"]) == (f"a.partner={own['partner']}.html", None)


@pytest.mark.parametrize("by", [None, "study"])
def test_the_exported_group_is_by_the_rule_of_the_study(tmp_path: Path, by: str | None) -> None:
    more: dict[str, Any] = {} if by is None else {"groupsBy": by}
    study = field(version=VERSION, **more)
    study.put(f"_versions/{STUDY}/{VERSION}/a-1.html", "1")
    study.register(version=LATER, steps=STEPS, start=None, ecsTask=None, **more)
    users = [f"user{number}" for number in range(8)]
    study.register(version=VERSION, steps=STEPS, start=None, ecsTask=None, **more)
    walk(study, *users)
    study.register(version=LATER, steps=STEPS, start=None, ecsTask=None, **more)
    rows = study.participants(tmp_path)
    salt = None if by is None else STUDY
    assert {user: rows[user]["group"] for user in users} == {user: group(user, 2, salt) for user in users}


def test_a_balanced_study_says_how_each_participant_was_assigned(tmp_path: Path) -> None:
    study = field(assignment="balanced")
    walk(study, "ada")
    study.put(cells_key(STUDY), "broken")
    walk(study, "ben")
    rows = study.participants(tmp_path)
    assert [rows[user]["assigned_by"] for user in ("ada", "ben")] == ["balanced", "hash"]


def test_the_report_counts_each_value_of_each_condition() -> None:
    study = field(assignment="balanced")
    walk(study, *(f"user{number}" for number in range(4)))
    collected = collect(study.s3, study.bucket, STUDY, study.clock.now(), no_progress)
    counted = {
        (grouping.condition, value.name): value.members
        for grouping in counting.conditions(collected.people)
        for value in grouping.groups
    }
    assert counted == {(name, value): 2 for name, values in CONDITIONS.items() for value in values}
    page = render(collected, Costs((), ""), study.clock.now())
    assert "<h3>partner: 4 participants</h3>" in page
    assert "The study is balanced: a new participant gets the combination that has the fewest." in page


def test_forgetting_replaces_the_mark_in_the_balance() -> None:
    study = field(assignment="balanced")
    walk(study, "ada", "ben")
    found = find(study.s3, study.bucket, STUDY, "ada", no_progress)
    assert cells_key(STUDY) in {version.key for version in found.roster}
    forget(study.s3, study.bucket, STUDY, "ada", found, no_progress)
    past = study.s3.list_object_versions(Bucket=study.bucket, Prefix=cells_key(STUDY))["Versions"]
    bodies = [
        study.s3.get_object(Bucket=study.bucket, Key=one["Key"], VersionId=one["VersionId"])["Body"].read()
        for one in past
    ]
    assert not any(mark_of("ada").encode() in body for body in bodies)
    cells = json.loads(study.stored(cells_key(STUDY)))["cells"].values()
    assert sum(len(cell["finished"]) for cell in cells) == 2
