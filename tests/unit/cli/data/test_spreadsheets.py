"""CSV files: no formulas, no lost text, and the way back that about.json describes."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hippo_cli.data import files
from hippo_cli.data.files import Format
from hippo_cli.data.records import Record
from hippo_cli.data.spreadsheet_cells import PATTERN, guarded, unguarded
from hippo_cli.data.tables import ANSWERS as ANSWERS_COLUMNS
from hippo_cli.data.tables import Column
from tests.support.moto_world import http_event
from tests.unit.cli.data.field import STUDY, Field, csv_rows, json_lines

STARTS = "=+-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20"
TEXTS = st.text(st.sampled_from([*STARTS, "'", '"', ",", ";", "\x0b", "\x0c", "\x85", "\u2028", "a", "1"]), max_size=12)
COLUMNS = (Column("a", "text", ""), Column("b", "text", ""), Column("n", "number", ""))


@pytest.fixture
def field() -> Field:
    return Field()


@given(TEXTS | st.text(max_size=20))
@example("''=1")
@example("'")
@settings(max_examples=300, deadline=None)
def test_a_guarded_text_starts_no_formula_and_comes_back(text: str) -> None:
    cell = guarded(text)
    assert cell[:1] not in set(STARTS)
    assert unguarded(cell) == text
    assert re.sub(PATTERN, r"\1", cell) == text


@pytest.mark.parametrize("form", [Format.CSV, Format.EXCEL])
@given(rows=st.lists(st.tuples(TEXTS, TEXTS | st.none(), st.floats(-9, 9)), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_every_cell_is_quoted_and_kept_whole(
    tmp_path_factory: pytest.TempPathFactory, form: Format, rows: list[Any]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    with files.table(path, COLUMNS, form) as write:
        for row in rows:
            write(row)
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") == (form is Format.EXCEL)
    text = content.decode("utf-8-sig")
    back = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert [(unguarded(a), unguarded(b), float(n)) for a, b, n in back[1:]] == [(a, b or "", n) for a, b, n in rows]
    unquoted = re.sub(r'"(?:[^"]|"")*"', "", text)
    assert set(unquoted) <= {",", "\n"}


ANSWERS = {"f": "=1+1", "=name": "\r\n=2", "none": "None", "na": "NA", "id": "007", "minus": "-3", "q": "'=x"}


def test_csv_is_guarded_and_the_other_formats_are_exact(field: Field, tmp_path: Path) -> None:
    field.get()
    field.serve(http_event("POST", {"projectId": STUDY, "userId": "ada"}, json.dumps(ANSWERS)))
    for form in (Format.CSV, Format.JSONL):
        field.export(tmp_path, form)
    exact = {row["field"]: row["value"] for row in json_lines(tmp_path / "answers.jsonl")}
    assert exact == ANSWERS
    field.export(tmp_path, Format.CSV)
    cells = {row["field"]: row["value"] for row in csv_rows(tmp_path / "answers.csv")}
    assert (cells["f"], cells["'=name"], cells["none"], cells["id"]) == ("'=1+1", "'\r\n=2", "None", "007")
    way = json.loads((tmp_path / "about.json").read_text())["texts"]
    back = {
        re.sub(way["pattern"], way["replacement"], k): re.sub(way["pattern"], way["replacement"], v)
        for k, v in cells.items()
    }
    assert back == ANSWERS


def test_excel_gets_a_csv_file_with_a_byte_order_mark(field: Field, tmp_path: Path) -> None:
    field.get()
    field.post(form={"q": "é"})
    done = field.export(tmp_path, Format.EXCEL)
    assert set(done.files) == {"answers.csv", "participants.csv"}
    assert (tmp_path / "answers.csv").read_bytes().startswith(b'\xef\xbb\xbf"project","participant"')
    field.export(tmp_path / "other", Format.JSONL)
    assert "texts" not in json.loads((tmp_path / "other" / "about.json").read_text())


DEEP = "[" * 33 + "]" * 33
NUMBER = '{"a": ' + "7" * 20_000 + "}"


@pytest.mark.parametrize("body", [DEEP, "[" * 100_000 + "]" * 100_000, NUMBER])
def test_an_answer_beyond_the_limits_is_set_aside_and_the_export_goes_on(
    field: Field, tmp_path: Path, body: str
) -> None:
    for user in ("ada", "bob"):
        field.get(user)
        field.post(user, form={"q": "yes"})
    record = field.record("ada")
    record["requests"][-1]["body"] = body
    field.put(f"{STUDY}/Users/ada", json.dumps(record))
    done = field.export(tmp_path, Format.JSONL)
    assert [line for line in done.problems if "of ada" in line and "set aside" in line]
    rows = {row["participant"]: row for row in json_lines(tmp_path / "answers.jsonl")}
    assert (rows["ada"]["field"], rows["ada"]["value"]) == (None, body)
    assert (rows["bob"]["field"], rows["bob"]["value"]) == ("q", "yes")


@pytest.mark.parametrize("form", list(Format))
def test_a_record_beyond_the_limits_is_set_aside_and_the_export_goes_on(
    field: Field, tmp_path: Path, form: Format
) -> None:
    for user in ("ada", "bob", "cyd", "dan"):
        field.get(user)
        field.post(user, form={"q": "yes"})
    for user, value in (("ada", DEEP), ("bob", "7" * 20_000), ("cyd", "1e999")):
        text = json.dumps(field.record(user))
        field.put(f"{STUDY}/Users/{user}", f'{text[:-1]}, "extra": {value}}}')
    record = field.record("dan")
    record["created"] = "0001-01-01T00:00:00+14:00"
    record["requests"][0]["requestContext"]["requestTime"] = "9999-12-31T23:59:59-14:00"
    record["session"] = {"number": 10**200}
    field.put(f"{STUDY}/Users/dan", json.dumps(record))
    done = field.export(tmp_path, form)
    assert set(done.unreadable) == {f"{STUDY}/Users/{user}" for user in ("ada", "bob", "cyd")}
    assert done.unreadable[f"{STUDY}/Users/ada"] == "it is nested deeper than 32 levels"
    assert done.participants == 1


def test_the_guides_lines_for_pandas_undo_the_guard() -> None:
    guide = (Path(__file__).parents[4] / "docs" / "run-a-study.md").read_text(encoding="utf-8")
    lines = guide.split("With pandas:")[1].split("\n\n")[1]
    written = re.search(r'replace\(r"([^"]+)", r"([^"]+)", regex=True\)', lines)
    assert written is not None
    assert written.groups() == (PATTERN, r"\1")
    named = set(re.findall(r'"(\w+)"', lines.split("answers =")[0]))
    kinds = {column.name: column.kind for column in ANSWERS_COLUMNS}
    assert {name for name in named if kinds[name] == "text"} >= {"participant", "field", "value", "version", "step"}
    assert {name for name in named if kinds[name] != "text"} == {"group", "groups", "seconds"}


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00+14:00", "x" * 9999]
)
def test_times_at_the_edge_of_time_count_as_unknown(text: str) -> None:
    entry = {"requestContext": {"requestTime": text, "requestTimeEpoch": 9.9e13}}
    record = Record("ada", {"created": text, "requests": [entry]})
    assert (record.created, record.entries[0].at) == (None, None)
    late = {"requestContext": {"time": "31/Dec/9999:23:59:59 -1200"}}
    assert Record("ada", {"requests": [late]}).entries[0].at is None
