"""The forms for issues have the shape that GitHub asks for; the owners of the code own folders that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.unit.workflows.files import GITHUB, REPOSITORY

FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
KINDS = {"markdown", "input", "textarea", "dropdown", "checkboxes"}


def test_there_is_a_form_for_bugs_for_studies_and_for_features() -> None:
    assert [path.stem for path in FORMS] == ["bug", "feature", "study_problem"]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_one_that_github_takes(path: Path) -> None:
    form = yaml.safe_load(path.read_text("utf-8"))
    assert {"name", "description", "body"} <= set(form) <= {"name", "description", "title", "labels", "body"}
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert {field["type"] for field in form["body"]} <= KINDS
    assert len({field["id"] for field in fields}) == len(fields)
    assert all(re.fullmatch(r"[\w-]+", field["id"]) and field["attributes"]["label"] for field in fields)
    for field in fields:
        if field["type"] == "dropdown":
            options = field["attributes"]["options"]
            assert len(set(options)) == len(options)
            assert all(isinstance(option, str) for option in options)


def test_a_form_asks_for_something() -> None:
    for path in FORMS:
        fields = yaml.safe_load(path.read_text("utf-8"))["body"]
        assert any(field.get("validations", {}).get("required") for field in fields)


def test_code_owners_name_folders_that_exist() -> None:
    lines = [line.split() for line in (GITHUB / "CODEOWNERS").read_text("utf-8").splitlines()]
    rules = [line for line in lines if line and not line[0].startswith("#")]
    assert rules[0][0] == "*"
    for pattern, *owners in rules[1:]:
        assert (REPOSITORY / pattern.strip("/")).is_dir(), pattern
        assert owners
