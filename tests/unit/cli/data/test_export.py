"""An export holds the answers unchanged, and headers only with --with-headers."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.data import files as data_files
from hippo_cli.data.files import Format
from hippo_cli.data.records import Entry
from hippo_common.errors import HippoError
from tests.support.moto_world import http_event
from tests.unit.cli.data.field import STUDY, Field, csv_rows, json_lines
from tests.unit.cli.data.test_old_records import THEN, old_event

PERSONAL = ("Secret/1.0", "203.0.113.9")
HEADERS = {"user-agent": "Secret/1.0", "x-forwarded-for": "203.0.113.9"}


def answer_with_headers(field: Field, user: str = "ada") -> None:
    """Take part in a study that keeps whole addresses and browsers."""
    field.register(keepAddresses="yes", keepBrowser="full")
    query = {"projectId": STUDY, "userId": user}
    for event in (
        http_event("GET", query, headers=HEADERS),
        http_event("POST", query, '{"q": "yes"}', headers=HEADERS),
    ):
        event["requestContext"]["http"]["sourceIp"] = HEADERS["x-forwarded-for"]
        field.serve(event)
    assert all(secret in json.dumps(field.record(user)) for secret in PERSONAL)


def all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.parametrize("form", list(Format))
def test_headers_are_not_written_by_default(field: Field, tmp_path: Path, form: Format) -> None:
    answer_with_headers(field)
    field.put(
        f"{STUDY}/Users/OLD", json.dumps({"created": "x", "nextStep": 2, "requests": [old_event("GET", None, THEN)]})
    )
    field.export(tmp_path, form)
    assert not any(secret.encode() in all_bytes(tmp_path) for secret in PERSONAL)


def test_with_headers_adds_columns(field: Field, tmp_path: Path) -> None:
    answer_with_headers(field)
    (row,) = field.answers(tmp_path, with_headers=True)
    assert json.loads(row["headers"]) == HEADERS
    assert "requestId" in json.loads(row["context"])


def test_an_export_without_headers_deletes_earlier_headers(field: Field, tmp_path: Path) -> None:
    answer_with_headers(field)
    for form in (Format.CSV, Format.HIPPO):
        field.export(tmp_path, form, with_headers=True)
        field.export(tmp_path, form)
    assert not any(secret.encode() in all_bytes(tmp_path) for secret in PERSONAL)


def test_records_with_headers_are_the_stored_bytes(field: Field, tmp_path: Path) -> None:
    answer_with_headers(field)
    field.put(f"{STUDY}/Users/odd", b"\xff not JSON")
    field.export(tmp_path, Format.HIPPO, with_headers=True)
    for user in ("ada", "odd"):
        assert (tmp_path / "Users" / user).read_bytes() == field.stored(f"{STUDY}/Users/{user}")


def test_records_without_headers_keep_the_form_for_old_scripts(field: Field, tmp_path: Path) -> None:
    answer_with_headers(field)
    field.export(tmp_path, Format.HIPPO)
    record = json.loads((tmp_path / "Users" / "ada").read_text())
    stored = field.record()
    assert [entry["body"] for entry in record["requests"]] == [None, '{"q": "yes"}']
    assert [entry["headers"] for entry in record["requests"]] == [{}, {}]
    assert {key: value for key, value in record.items() if key != "requests"} == {
        key: value for key, value in stored.items() if key != "requests"
    }


def test_a_continued_record_is_not_counted_twice(field: Field, tmp_path: Path) -> None:
    old = {"created": "2020-10-09 21:14:02+00:00", "nextStep": 2, "requests": [old_event("GET", None, THEN)]}
    field.put(f"{STUDY}/Users/A2XYZ", json.dumps(old))
    field.export(tmp_path, Format.HIPPO)
    assert [path.name for path in (tmp_path / "Users").iterdir()] == ["A2XYZ"]
    field.post("A2XYZ")
    done = field.export(tmp_path, Format.HIPPO)
    assert [path.name for path in (tmp_path / "Users").iterdir()] == ["a2xyz"]
    assert done.participants == 1
    assert list(field.participants(tmp_path)) == ["a2xyz"]


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ('{"a": "1", "b": "two\\nlines, \\"quoted\\""}', [("a", "1"), ("b", 'two\nlines, "quoted"')]),
        ("{}", [(None, None)]),
        ('{"": "unnamed"}', [("", "unnamed")]),
        ('{"n": 3, "t": true, "l": ["x"], "no": null}', [("n", "3"), ("t", "true"), ("l", '["x"]'), ("no", None)]),
        ('{"twice": "first", "twice": "last"}', [("twice", "last")]),
        ("not JSON", [(None, "not JSON")]),
        ('{"half": "\\ud83d"}', [("half", "\N{REPLACEMENT CHARACTER}")]),
        ('{"whole": "\\ud83d\\ude00"}', [("whole", "\N{GRINNING FACE}")]),
        (None, [(None, None)]),
    ],
)
def test_each_field_is_a_row(field: Field, tmp_path: Path, body: str | None, rows: list[tuple[Any, Any]]) -> None:
    field.get()
    field.serve(http_event("POST", {"projectId": STUDY, "userId": "ada"}, body))
    assert [(row["field"], row["value"]) for row in field.answers(tmp_path)] == rows
    field.export(tmp_path, Format.CSV)
    as_csv = [(row["field"], row["value"]) for row in csv_rows(tmp_path / "answers.csv")]
    assert as_csv == [(name or "", value or "") for name, value in rows]


def test_a_body_that_is_not_parseable_is_one_value() -> None:
    deep = "[" * 100_000
    assert Entry(0, {"body": deep}).fields == ((None, deep),)
    assert Entry(0, {"body": "e30=", "isBase64Encoded": True}).fields == ((None, None),)


def test_an_answer_that_ends_the_study_early_is_the_outcome(tmp_path: Path) -> None:
    exits = {"refused": {"step": 1, "field": "consent", "values": ["no"], "page": "9_declined.html"}}
    field = Field(exits=exits, pages={"9_declined.html": "<p>bye</p>"})
    field.get()
    field.passes(seconds=20)
    field.post(form={"consent": "no"})
    field.passes(seconds=20)
    field.get()
    person = field.participants(tmp_path)["ada"]
    assert (person["outcome"], person["last_file"], person["seconds"]) == ("refused", "9_declined.html", 20)
    assert [(row["step"], row["seconds"]) for row in field.answers(tmp_path)] == [("1", 20)]


def test_what_was_measured_of_the_device_is_in_the_participants_row(tmp_path: Path) -> None:
    field = Field(requires={"minWidth": 1000})
    for user, device in (("ada", '{"width":1280}'), ("ben", '{"width":390,"gaveUp":true}')):
        field.get(user)
        field.post(user, step="1", device='{"width":389}')
        field.post(user, step="1", device=device)
    field.get("eve")
    field.post("eve", step="1")
    rows = field.participants(tmp_path)
    assert {user: row["device"] for user, row in rows.items()} == {
        "ada": '{"width": 1280}',
        "ben": '{"width": 390, "gaveUp": true}',
        "eve": None,
    }
    assert [rows[user]["outcome"] for user in ("ada", "ben")] == ["in progress", "screenedOut"]
    assert [row["participant"] for row in field.answers(tmp_path)] == ["ada", "ben", "eve"]


def test_a_repeated_answer_is_marked_and_not_counted(field: Field, tmp_path: Path) -> None:
    field.get()
    field.passes(seconds=30)
    field.post(form={"q": "first"}, step="1")
    field.passes(seconds=1)
    field.post(form={"q": "again"}, step="1")
    assert [row["value"] for row in field.answers(tmp_path)] == ["first"]
    rows = field.answers(tmp_path, every=True)
    assert [(row["value"], row["accepted"], row["seconds"]) for row in rows] == [
        ("first", True, 30),
        ("again", False, None),
    ]
    assert rows[0]["requested_at"] == rows[1]["requested_at"] == "2026-11-22T12:00:00+00:00"


def test_the_same_rows_are_in_every_format(field: Field, tmp_path: Path) -> None:
    for user in ("ada", "bob"):
        answer_with_headers(field, user)
    for form in (Format.CSV, Format.JSONL, Format.PARQUET):
        field.export(tmp_path, form)
    parquet: Any = import_module("pyarrow.parquet")
    for table in ("answers", "participants"):
        as_json = json_lines(tmp_path / f"{table}.jsonl")
        as_csv = csv_rows(tmp_path / f"{table}.csv")
        as_parquet = parquet.read_table(tmp_path / f"{table}.parquet").to_pylist()
        assert as_csv == [{name: _in_csv(value) for name, value in row.items()} for row in as_json]
        assert [
            {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
            for row in as_parquet
        ] == as_json


def _in_csv(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def test_parquet_without_pyarrow_is_refused_first(
    field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_files, "find_spec", lambda name: None)
    with pytest.raises(HippoError) as caught:
        field.export(tmp_path / "out", Format.PARQUET)
    assert "pip install 'hippo-gym-aws[parquet]'" in str(caught.value.fix)
    assert not (tmp_path / "out").exists()


def test_a_study_without_participants_has_tables_with_headings(field: Field, tmp_path: Path) -> None:
    for form in (Format.CSV, Format.PARQUET):
        assert field.export(tmp_path, form).participants == 0
    assert (tmp_path / "answers.csv").read_text().startswith('"project","participant",')
    parquet: Any = import_module("pyarrow.parquet")
    assert parquet.read_table(tmp_path / "answers.parquet").num_rows == 0


def test_an_unreadable_record_is_reported_and_the_others_are_exported(field: Field, tmp_path: Path) -> None:
    field.get("ada")
    for name, body in {"broken": b"{", "list": b"[]", "odd": b'{"requests": [1]}'}.items():
        field.put(f"{STUDY}/Users/{name}", body)
    done = field.export(tmp_path)
    assert done.participants == 1
    assert sorted(done.unreadable) == [f"{STUDY}/Users/{name}" for name in ("broken", "list", "odd")]


def test_a_folder_marker_is_no_participant(field: Field, tmp_path: Path) -> None:
    field.put(f"{STUDY}/Users/", b"")
    assert field.export(tmp_path).participants == 0


def test_the_error_for_a_missing_study_suggests_a_similar_id(field: Field, tmp_path: Path) -> None:
    from hippo_cli.data.exporting import Wanted, export
    from tests.unit.cli.data.field import no_progress

    with pytest.raises(HippoError, match="Did you mean study"):
        export(field.s3, field.bucket, Wanted("studdy", tmp_path), field.clock.now(), no_progress)


def test_about_json_describes_every_column(field: Field, tmp_path: Path) -> None:
    answer_with_headers(field)
    field.export(tmp_path)
    about = json.loads((tmp_path / "about.json").read_text())
    for table in ("answers", "participants"):
        (row, *_) = csv_rows(tmp_path / f"{table}.csv")
        assert set(row) <= set(about["columns"][table])
