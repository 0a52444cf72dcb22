"""Values are formatted for researchers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from hippo_cli.publish import words
from hippo_common.words import count


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2149, "2.1 kB"), (1_250_000, "1.2 MB")]
)
def test_a_size_is_written_in_the_fitting_unit(count: int, text: str) -> None:
    assert words.size(count) == text


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [(3400, 3412, "3.4 kB (+12 B)"), (3412, 3400, "3.4 kB (-12 B)"), (900, 2000, "900 B → 2.0 kB")],
)
def test_a_small_change_of_a_size_shows_the_difference(before: int, after: int, text: str) -> None:
    assert words.sizes(before, after) == text


@pytest.mark.parametrize(
    ("found", "text"), [(None, "nothing"), (True, "true"), (False, "false"), (30, "30"), ("spot", "spot")]
)
def test_values_are_formatted_as_in_config_yml(found: Any, text: str) -> None:
    assert words.value(found) == text


def test_times_are_formatted_in_local_time() -> None:
    at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert words.moment(at.isoformat()) == words.moment(at) == at.astimezone().strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(("at", "text"), [(None, "–"), ("no time", "no time")])  # noqa: RUF001
def test_a_text_that_is_no_time_is_unchanged(at: str | None, text: str) -> None:
    assert words.moment(at) == text


def test_nouns_follow_their_number() -> None:
    assert [count(number, "page") for number in (0, 1, 2)] == ["0 pages", "1 page", "2 pages"]
