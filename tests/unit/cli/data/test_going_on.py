"""Exports can be continued, fetch only changes, and leave no incomplete file."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.data import fetching
from hippo_cli.data.exporting import Wanted, export
from hippo_cli.data.files import Format, whole
from hippo_common import parallel
from hippo_common.errors import HippoError
from tests.unit.cli.data.field import STUDY, Field, csv_rows, no_progress

FORMATS = [Format.CSV, Format.HIPPO]


class Interrupted:
    """An S3 client that raises KeyboardInterrupt at the n-th participant record."""

    def __init__(self, s3: Any, after: int) -> None:
        self._s3, self._left = s3, after
        self.got: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    def get_object(self, **arguments: Any) -> Any:
        if "/Users/" in arguments["Key"]:
            if self._left == 0:
                raise KeyboardInterrupt
            self._left -= 1
            self.got.append(arguments["Key"])
        return self._s3.get_object(**arguments)


def interrupted(s3: Any, after: int) -> Any:
    return Interrupted(s3, after)


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "THREADS", 1)
    monkeypatch.setattr(parallel, "_AHEAD", 1)


def with_participants(count: int) -> Field:
    field = Field()
    for number in range(count):
        field.get(f"user-{number}")
        field.post(f"user-{number}")
    return field


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("form", FORMATS)
def test_an_interrupted_export_continues(tmp_path: Path, form: Format) -> None:
    field = with_participants(6)
    wanted = Wanted(STUDY, tmp_path / "cut", form)
    with pytest.raises(KeyboardInterrupt):
        export(interrupted(field.s3, 4), field.bucket, wanted, field.clock.now(), no_progress)
    assert not {"answers.csv", "participants.csv", "about.json"} & names(wanted.folder)
    rest = interrupted(field.s3, 99)
    export(rest, field.bucket, wanted, field.clock.now(), no_progress)
    assert len(rest.got) == 2
    field.export(tmp_path / "at_once", form)
    for name in names(tmp_path / "at_once") - {"about.json", "resume.sqlite", "resume-records.sqlite"}:
        assert (wanted.folder / name).read_bytes() == (tmp_path / "at_once" / name).read_bytes()


@pytest.mark.parametrize("form", FORMATS)
def test_only_changed_records_are_fetched_again(tmp_path: Path, form: Format) -> None:
    field = with_participants(4)
    assert field.export(tmp_path, form).fetched == 4
    field.post("user-2", {"more": "yes"})
    field.get("new")
    assert field.export(tmp_path, form).fetched == 2
    assert field.export(tmp_path, form).fetched == 0
    field.export(tmp_path / "fresh", form)
    for name in names(tmp_path / "fresh") - {"about.json", "resume.sqlite", "resume-records.sqlite"}:
        assert (tmp_path / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes()


@pytest.mark.parametrize("form", FORMATS)
def test_a_forgotten_participant_is_removed_by_the_next_export(tmp_path: Path, form: Format) -> None:
    field = with_participants(3)
    field.export(tmp_path, form)
    field.s3.delete_object(Bucket=field.bucket, Key=f"{STUDY}/Users/user-1")
    done = field.export(tmp_path, form)
    assert (done.gone, done.participants) == (1, 2)
    everything = b"".join((tmp_path / name).read_bytes() for name in names(tmp_path))
    assert b"user-1" not in everything
    assert "Users/user-1" not in names(tmp_path)


def test_a_record_that_is_missing_on_disk_is_fetched_again(tmp_path: Path) -> None:
    field = with_participants(2)
    field.export(tmp_path, Format.HIPPO)
    (tmp_path / "Users" / "user-1").unlink()
    assert field.export(tmp_path, Format.HIPPO).fetched == 1


def test_a_record_that_is_deleted_meanwhile_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    field = with_participants(2)
    before = fetching.fetched

    def late(s3: Any, bucket: str, key: str) -> Any:
        field.s3.delete_object(Bucket=field.bucket, Key=f"{STUDY}/Users/user-1")
        return before(s3, bucket, key)

    monkeypatch.setattr(fetching, "fetched", late)
    assert field.export(tmp_path).participants == 1


def test_a_failed_table_leaves_the_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("whole")
    with pytest.raises(TypeError), whole(path) as file:
        file.writelines([b"half", None])  # type: ignore[list-item]
    assert names(tmp_path) == {"answers.csv"}
    assert path.read_text() == "whole"


def test_a_damaged_database_is_replaced(tmp_path: Path) -> None:
    field = with_participants(2)
    field.export(tmp_path)
    memory = tmp_path / "resume.sqlite"
    memory.write_bytes(memory.read_bytes()[:5000] + b"\x00" * 50)
    assert field.export(tmp_path).participants == 2
    memory.write_bytes(b"not a database at all" * 100)
    assert field.export(tmp_path).participants == 2


def test_a_folder_belongs_to_one_study(tmp_path: Path) -> None:
    field = with_participants(1)
    field.export(tmp_path)
    field.put("other/Users/ada", json.dumps({"created": "x", "nextStep": 1, "requests": []}))
    with pytest.raises(HippoError, match="holds an export of study study"):
        export(field.s3, field.bucket, Wanted("other", tmp_path), field.clock.now(), no_progress)


def test_foreign_tables_are_not_overwritten(tmp_path: Path) -> None:
    field = with_participants(1)
    (tmp_path / "answers.csv").write_text("mine")
    with pytest.raises(HippoError, match=r"answers\.csv, which is not from an export"):
        field.export(tmp_path)
    assert (tmp_path / "answers.csv").read_text() == "mine"


def test_two_exports_into_one_folder_do_not_mix(tmp_path: Path) -> None:
    field = with_participants(1)
    field.export(tmp_path)
    # SQLite's locks hold between connections, of one process or of two.
    with closing(sqlite3.connect(tmp_path / "resume.sqlite")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(HippoError, match="Another export"):
            field.export(tmp_path)
    field.export(tmp_path)


def test_a_folder_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    field = with_participants(1)
    (tmp_path / "file").write_text("")
    with pytest.raises(HippoError, match="cannot be written to"):
        field.export(tmp_path / "file" / "below")


def test_ids_that_are_no_file_names_are_escaped(tmp_path: Path) -> None:
    field = Field()
    for user in ("a/b", "..", "ü x"):
        field.put(f"{STUDY}/Users/{user}", json.dumps({"created": "x", "nextStep": 1, "requests": []}))
    field.export(tmp_path, Format.HIPPO)
    assert {name for name in names(tmp_path) if name.startswith("Users")} == {
        "Users/a%2Fb",
        "Users/%2E%2E",
        "Users/%C3%BC x",
    }
    assert set(field.participants(tmp_path)) == {"a/b", "..", "ü x"}
    field.export(tmp_path, Format.CSV)
    assert len(csv_rows(tmp_path / "participants.csv")) == 3
