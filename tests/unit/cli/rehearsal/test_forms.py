"""Answers to the forms of step pages."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from hippo_cli.rehearsal.forms import fill, read

EXAMPLE = Path(__file__).parents[4] / "examples" / "grid_world"


def answers(page: str) -> dict[str, str]:
    return fill(page, random.Random(1))  # noqa: S311


def test_a_page_without_fields_has_no_answers() -> None:
    assert answers("<p>Read this.</p>") == {}


def test_one_option_of_a_radio_group_is_chosen() -> None:
    page = '<input type="radio" name="like" value="1"><input type="radio" name="like" value="2">'
    assert answers(page)["like"] in ("1", "2")


def test_a_select_is_answered_with_an_enabled_nonempty_option() -> None:
    page = (
        '<select name="age"><option value="">Choose</option><option disabled>no</option>'
        "<option>18 to 24</option></select>"
    )
    assert answers(page) == {"age": "18 to 24"}


def test_a_number_keeps_within_its_limits_and_steps() -> None:
    number = answers('<input type="number" name="n" min="1" max="2" step="0.25">')["n"]
    assert number in ("1", "1.25", "1.5", "1.75", "2")


def test_a_text_matches_length_and_pattern() -> None:
    text = answers('<input name="initials" minlength="2" maxlength="4" pattern="[A-Z]{2,4}">')["initials"]
    assert re.fullmatch("[A-Z]{2,4}", text)


@pytest.mark.parametrize("field", ['type="submit" name="go"', 'type="text"', 'type="text" name="off" disabled'])
def test_unanswerable_fields_are_omitted(field: str) -> None:
    assert answers(f"<input {field}>") == {}


def test_a_hidden_field_keeps_its_value() -> None:
    assert answers('<input type="hidden" name="group" value="words">') == {"group": "words"}


def test_of_two_fields_with_one_name_the_last_wins() -> None:
    assert answers('<input type="hidden" name="x" value="1"><input type="hidden" name="x" value="2">') == {"x": "2"}


@pytest.mark.parametrize("page", sorted(EXAMPLE.glob("*.html")), ids=lambda page: page.name)
def test_each_required_question_of_the_example_study_is_answered(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    filled = answers(text)
    for name, question in read(text).items():
        assert filled[name] or "required" not in question.attributes
