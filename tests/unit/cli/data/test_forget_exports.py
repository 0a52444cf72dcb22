"""`hippo forget --export` removes a participant from an export's files, and changes nothing else in them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.data import exports, files
from hippo_common.errors import HippoError
from tests.unit.cli.data.commands import Ran, run_hippo
from tests.unit.cli.data.field import STUDY, Field

OTHERS = ("bob", "ada-2", "adam")
HARD = 'lines\r\nof "text", ada,\n=1+1'


def part_of(user: str) -> str:
    begin = {
        "event": "run",
        "time": "2026-11-22T12:00:00+00:00",
        "projectId": STUDY,
        "userId": user,
        "environment": "FrozenLake-v1",
    }
    return json.dumps(begin) + "\n"


@pytest.fixture
def study(field: Field) -> Field:
    """A study with four participants, one of them spelled as the old system did."""
    for user in ("Ada", *OTHERS):
        field.get(user)
        field.post(user, {"free text": HARD, "id": "ada"})
        field.put(f"{STUDY}/Trials/{user.lower()}/20261122-0123456789abcdef/part-000001.jsonl", part_of(user))
    return field


def exported(field: Field, folder: Path, *words: str) -> Path:
    ran = run_hippo(field, "export", STUDY, "-o", str(folder), *words)
    assert ran.status == 0, ran.errors
    return folder


def forget(field: Field, folder: Path, *words: str) -> Ran:
    return run_hippo(field, "forget", STUDY, "ADA", "--export", str(folder), "--yes", *words)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of an export except its database, and the time in about.json."""
    there = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    about = json.loads(there["about.json"])
    changing = ("exportedAt", "fetched", "gone")
    there["about.json"] = json.dumps({key: about[key] for key in about if key not in changing}).encode()
    return {name: body for name, body in there.items() if not name.endswith(".sqlite")}


@pytest.mark.parametrize(
    "words",
    [
        ("-f", "csv", "--games"),
        ("-f", "excel"),
        ("-f", "jsonl", "--games", "--with-headers"),
        ("-f", "hippo"),
        ("-f", "csv", "--all"),
    ],
    ids=" ".join,
)
def test_an_export_is_as_if_they_had_never_taken_part(study: Field, tmp_path: Path, words: tuple[str, ...]) -> None:
    folder = exported(study, tmp_path / "before", *words)
    ran = forget(study, folder)
    assert ran.status == 0, ran.errors
    assert contents(folder) == contents(exported(study, tmp_path / "after", *words))


def test_a_parquet_export_keeps_the_values_and_kinds_of_all_others(study: Field, tmp_path: Path) -> None:
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    folder = exported(study, tmp_path / "before", "-f", "parquet", "--games")
    assert forget(study, folder).status == 0
    after = exported(study, tmp_path / "after", "-f", "parquet", "--games")
    names = sorted(path.name for path in after.glob("*.parquet"))
    assert len(names) == 5
    for name in names:
        assert parquet.read_table(folder / name).equals(parquet.read_table(after / name))


def test_the_database_of_fetched_records_holds_no_byte_of_them(study: Field, tmp_path: Path) -> None:
    study.post("ada", {"secret": "x" * 100})
    folder = exported(study, tmp_path / "export")
    forget(study, folder)
    assert b"x" * 100 not in (folder / "resume.sqlite").read_bytes()
    with sqlite3.connect(folder / "resume.sqlite") as database:
        assert [key for (key,) in database.execute("SELECT key FROM records ORDER BY key")] == [
            f"{STUDY}/Users/{user}" for user in sorted(OTHERS)
        ]


def test_a_later_export_goes_on_from_the_folder(study: Field, tmp_path: Path) -> None:
    folder = exported(study, tmp_path / "export", "--games")
    forget(study, folder)
    again = exported(study, tmp_path / "export", "--games")
    assert json.loads((again / "about.json").read_text())["fetched"] == 0


def test_an_export_is_cleaned_although_the_bucket_holds_nothing_more(study: Field, tmp_path: Path) -> None:
    folder = exported(study, tmp_path / "export", "--games")
    assert run_hippo(study, "forget", STUDY, "ada", "--yes").status == 0
    assert forget(study, folder).status == 0
    assert exports.find(folder, STUDY, "ada").rows == {}


def test_a_dry_run_shows_the_files_and_changes_none(study: Field, tmp_path: Path) -> None:
    folder = exported(study, tmp_path / "export", "--games")
    before = contents(folder)
    ran = run_hippo(study, "forget", STUDY, "ada", "--export", str(folder), "--dry-run", "--json")
    (shown,) = json.loads(ran.output)["exports"]
    assert shown["rows"] == {"resume.sqlite": 1, "answers.csv": 2, "participants.csv": 1, "Trials/": 1}
    assert contents(folder) == before


def test_unreadable_records_and_messages_of_them_leave_about_json(study: Field, tmp_path: Path) -> None:
    study.put(f"{STUDY}/Users/ada", "half a reco")
    study.put(f"{STUDY}/Users/bob", "half a reco")
    folder = exported(study, tmp_path / "export")
    about = json.loads((folder / "about.json").read_text())
    assert set(about["unreadable"]) == {f"{STUDY}/Users/ada", f"{STUDY}/Users/bob"}
    about["problems"] = ["The answer in request 1 of ada is odd: it was set aside", "The answer of adam is odd"]
    (folder / "about.json").write_text(json.dumps(about))
    forget(study, folder)
    about = json.loads((folder / "about.json").read_text())
    assert list(about["unreadable"]) == [f"{STUDY}/Users/bob"]
    assert about["problems"] == ["The answer of adam is odd"]


def test_files_that_no_export_writes_are_kept(study: Field, tmp_path: Path) -> None:
    folder = exported(study, tmp_path / "export")
    (folder / "ada.txt").write_text("an analysis about ada")
    forget(study, folder)
    assert (folder / "ada.txt").read_text() == "an analysis about ada"


@pytest.mark.parametrize("about", [None, "{}", "no json", '{"study": "other"}'])
def test_a_folder_without_an_export_of_the_study_is_refused_before_anything_is_removed(
    study: Field, tmp_path: Path, about: str | None
) -> None:
    if about is not None:
        (tmp_path / "about.json").write_text(about)
    before = study.keys()
    ran = forget(study, tmp_path)
    assert (ran.status, study.keys()) == (1, before)
    assert "--export" in ran.errors


def test_an_interrupted_removal_leaves_each_file_whole_and_can_be_repeated(
    study: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = exported(study, tmp_path / "export", "--games")
    before = contents(folder)
    replaced = exports._rewrite

    def once(path: Path, keep: exports.Keep) -> None:
        if path.name == "participants.csv":

            class Full:
                def __enter__(self) -> Any:
                    raise OSError("No space left on device")

                def __exit__(self, *_: object) -> None: ...

            monkeypatch.setattr(files, "whole", lambda path: Full())
        replaced(path, keep)

    with monkeypatch.context() as patched:
        patched.setattr(exports, "_rewrite", once)
        with pytest.raises(HippoError, match="No space left"):
            exports.remove(folder, STUDY, "ada")
    monkeypatch.undo()
    there = contents(folder)
    assert there["participants.csv"] == before["participants.csv"]
    assert exports.find(folder, STUDY, "ada").rows.keys() == {"participants.csv", "Trials/"}
    exports.remove(folder, STUDY, "ada")
    assert exports.find(folder, STUDY, "ada").rows == {}


def test_an_export_that_another_program_writes_meanwhile_is_not_said_to_be_clean(study: Field, tmp_path: Path) -> None:
    folder = exported(study, tmp_path / "export")
    body = (folder / "participants.csv").read_bytes()
    removing = exports.remove

    def and_then_write_again(*arguments: Any) -> exports.FoundInExport:
        removed = removing(*arguments)
        (folder / "participants.csv").write_bytes(body)
        return removed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(exports, "remove", and_then_write_again)
        ran = forget(study, folder)
    assert ran.status == 1
    assert "participants.csv" in ran.errors
