"""What `hippo export` says: files with their rows, what was new, what could not be read; JSON for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.data.commands import run_hippo
from tests.unit.cli.data.field import STUDY, Field


def test_it_names_each_file_and_counts(field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    field.get()
    field.post()
    ran = run_hippo(field, "export", STUDY)
    assert (ran.status, ran.output) == (
        0,
        "study-export/answers.csv  1 row\nstudy-export/participants.csv  1 row\n",
    )
    assert ran.errors == "1 participant, 1 answer; 1 record fetched.\n"
    assert "everything was here already" in run_hippo(field, "export", STUDY).errors


def test_records_are_counted_as_records(field: Field, tmp_path: Path) -> None:
    field.get()
    ran = run_hippo(field, "export", STUDY, "-f", "hippo", "-o", str(tmp_path))
    assert ran.output == f"{tmp_path}/Users  1 record\n"


def test_what_cannot_be_read_is_warned_of(field: Field, tmp_path: Path) -> None:
    field.put(f"{STUDY}/Users/broken", "{")
    ran = run_hippo(field, "export", STUDY, "-o", str(tmp_path))
    assert ran.status == 0
    assert "study/Users/broken was left out: it is not JSON" in ran.errors


def test_whoever_left_the_study_is_told_of(field: Field, tmp_path: Path) -> None:
    field.get()
    run_hippo(field, "export", STUDY, "-o", str(tmp_path))
    field.s3.delete_object(Bucket=field.bucket, Key=f"{STUDY}/Users/ada")
    ran = run_hippo(field, "export", STUDY, "-o", str(tmp_path))
    assert "1 participant of the earlier export is no longer in the study, and no longer here." in ran.errors


def test_a_program_reads_the_same(field: Field, tmp_path: Path) -> None:
    field.get()
    field.post()
    told = json.loads(run_hippo(field, "export", STUDY, "-o", str(tmp_path), "--json").output)
    assert told["files"] == {"answers.csv": 1, "participants.csv": 1}
    assert told["folder"] == str(tmp_path)


@pytest.mark.parametrize("words", [["bad/id"], [STUDY, "--format", "xls"], []])
def test_wrong_use_ends_with_two(field: Field, words: list[str]) -> None:
    assert run_hippo(field, "export", *words).status == 2


def test_ctrl_c_says_that_it_goes_on(field: Field, tmp_path: Path) -> None:
    field.get()

    class Interrupted:
        def __getattr__(self, name: str) -> object:
            if name == "get_paginator":
                raise KeyboardInterrupt
            return getattr(field.s3, name)

    ran = run_hippo(field, "export", STUDY, "-o", str(tmp_path), s3=Interrupted())
    assert ran.status == 130
    assert "run it again, and it goes on" in ran.errors
