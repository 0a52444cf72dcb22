"""The guide's lines for pandas read every text of a CSV export as it was answered."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pandas
import pytest

from hippo_cli.data.files import Format
from tests.unit.cli.data.field import STUDY, Field
from tests.unit.cli.data.test_games import played

GUIDES = Path(__file__).parents[4] / "docs"
VALUES = [
    *("None", "NA", "nan", "NaN", "null", "N/A", "n/a", "<NA>", "-nan", "#N/A", "true", "False"),
    *("007", "1e5", "1_000", "0x10", "+1", "-1", "1.50", "12345678901234567890", "1,5", " 2 ", "2026-11-22"),
    *("two\nlines", "two\r\nlines", "two\rlines", "\nfirst", "last\n", "\r\n", "\r", "\n", "a\r\rb", "a\n\rb"),
    *("vertical\x0btab", "form\x0cfeed", "next\x85line", "line\u2028separator", "paragraph\u2029", "file\x1cseparator"),
    *(
        '"',
        '""',
        'a "quoted" word',
        "a\\",
        "\\n",
        ",",
        '","',
        "a,b\r\n,c",
        "'",
        "''=1",
        "=1+1",
        "-2",
        "@x",
        "\t",
        "\ufeffmark",
    ),
]
USERS = ["0012", "1e3", "none", "na", "nan", "12345678901234567890", "true"]


def read(folder: Path, guide: str, table: str) -> Any:
    """Run a guide's lines that read a table of an export in `folder`; return the table."""
    text = (GUIDES / guide).read_text(encoding="utf-8")
    blocks = re.findall(r"(?:^    .*\n)+", text, re.MULTILINE)
    (code,) = [block for block in blocks if f"{table}.csv" in block and "read_csv" in block]
    names: dict[str, Any] = {"pandas": pandas}
    code = textwrap.dedent(code).replace("my_study-export", str(folder))
    exec(code, names)  # noqa: S102 - our own guide
    return names[table]


@pytest.mark.parametrize("form", [Format.CSV, Format.EXCEL])
def test_the_guides_lines_read_every_answer_as_it_was_given(tmp_path: Path, form: Format) -> None:
    field = Field(steps={"1": "a.html", "finalStep": "c.html"}, start=None, ecsTask=None)
    field.get("ada")
    field.post("ada", {f"q{number:02}": value for number, value in enumerate(VALUES)})
    field.export(tmp_path, form)
    found = read(tmp_path, "run-a-study.md", "answers")
    assert list(found["value"]) == VALUES
    assert list(found["field"]) == [f"q{number:02}" for number in range(len(VALUES))]


def test_the_guides_lines_keep_names_of_fields_with_line_breaks(tmp_path: Path) -> None:
    field = Field(steps={"1": "a.html", "finalStep": "c.html"}, start=None, ecsTask=None)
    field.get("ada")
    field.post("ada", {"two\r\nlines": "x", "NA": "y", "7": "z"})
    field.export(tmp_path)
    found = read(tmp_path, "run-a-study.md", "answers")
    assert dict(zip(found["field"], found["value"], strict=True)) == {"two\r\nlines": "x", "NA": "y", "7": "z"}


def test_the_guides_lines_keep_ids_that_look_like_numbers(tmp_path: Path) -> None:
    field = Field(steps={"1": "a.html", "finalStep": "c.html"}, start=None, ecsTask=None)
    for user in USERS:
        field.get(user)
        field.post(user, {"q": "x"})
    field.export(tmp_path)
    found = read(tmp_path, "run-a-study.md", "answers")
    assert set(found["participant"]) == set(USERS)
    people = read(tmp_path, "run-a-study.md", "participants")
    assert set(people["participant"]) == set(USERS)
    assert set(people["outcome"]) == {"finished"}
    assert people["seconds"].dtype == float


def test_the_guides_lines_read_the_episodes_of_games(field: Field, tmp_path: Path) -> None:
    for number, user in enumerate(USERS):
        played(field, tmp_path / user, user=user, session=f"00{number}")
    field.export(tmp_path / "out", games=True)
    found = read(tmp_path / "out", "game-data.md", "episodes")
    assert set(found["participant"]) == set(USERS)
    assert set(found["session"]) == {f"00{number}" for number in range(len(USERS))}
    assert set(found["project"]) == {STUDY}
    assert (found["return"].dtype, found["steps"].dtype) == (float, int)
    assert list(found["outcome"]) == ["terminated", "cut"] * len(USERS)
