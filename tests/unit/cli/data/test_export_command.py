"""The output of `hippo export`: files with their rows, fetched and unreadable records.

JSON for programs.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.data.commands import run_hippo
from tests.unit.cli.data.field import STUDY, Field


def test_the_output_names_each_file_and_its_rows(field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    field.get()
    field.post()
    ran = run_hippo(field, "export", STUDY)
    assert (ran.status, ran.output) == (
        0,
        "study-export/answers.csv  1 row\nstudy-export/participants.csv  1 row\n",
    )
    assert ran.errors == "1 participant, 1 answer; 1 record fetched.\n"
    assert "no new or changed records" in run_hippo(field, "export", STUDY).errors


def test_records_are_counted_as_records(field: Field, tmp_path: Path) -> None:
    field.get()
    ran = run_hippo(field, "export", STUDY, "-f", "hippo", "-o", str(tmp_path))
    assert ran.output == f"{tmp_path}/Users  1 record\n"


def test_an_unreadable_record_gives_a_warning(field: Field, tmp_path: Path) -> None:
    field.put(f"{STUDY}/Users/broken", "{")
    ran = run_hippo(field, "export", STUDY, "-o", str(tmp_path))
    assert ran.status == 0
    assert "study/Users/broken was skipped: it is not JSON" in ran.errors


def test_removed_participants_are_counted(field: Field, tmp_path: Path) -> None:
    field.get()
    run_hippo(field, "export", STUDY, "-o", str(tmp_path))
    field.s3.delete_object(Bucket=field.bucket, Key=f"{STUDY}/Users/ada")
    ran = run_hippo(field, "export", STUDY, "-o", str(tmp_path))
    assert "1 participant of the earlier export is no longer in the study and in these files." in ran.errors


def test_the_result_of_an_export_as_json(field: Field, tmp_path: Path) -> None:
    field.get()
    field.post()
    result = json.loads(run_hippo(field, "export", STUDY, "-o", str(tmp_path), "--json").output)
    assert result["files"] == {"answers.csv": 1, "participants.csv": 1}
    assert result["folder"] == str(tmp_path)


@pytest.mark.parametrize("words", [["bad/id"], [STUDY, "--format", "xls"], []])
def test_wrong_use_ends_with_two(field: Field, words: list[str]) -> None:
    assert run_hippo(field, "export", *words).status == 2


def test_ctrl_c_shows_that_the_export_can_be_continued(field: Field, tmp_path: Path) -> None:
    field.get()

    class Interrupted:
        def __getattr__(self, name: str) -> object:
            if name == "get_paginator":
                raise KeyboardInterrupt
            return getattr(field.s3, name)

    ran = run_hippo(field, "export", STUDY, "-o", str(tmp_path), s3=Interrupted())
    assert ran.status == 130
    assert "run the command again to continue" in ran.errors
