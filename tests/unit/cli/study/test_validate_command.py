"""`hippo validate`: its output, its JSON and its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hippo_cli.main import run
from tests.unit.cli.study.studies import PAGES, PROJECT, project, write


def line_of(folder: Path, key: str) -> int:
    """Return the line of a project's key in config.yml."""
    lines = (folder / "config.yml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(f"  {key}:"))


def test_a_sound_study_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write(tmp_path, PROJECT)
    assert run(["validate", str(config)]) == 0
    shown = capsys.readouterr()
    assert "study_one-2 can be submitted (no faults)" in shown.out
    assert shown.err == ""


def test_the_study_in_the_working_directory_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, project(live="maybe"))
    monkeypatch.chdir(tmp_path)
    assert run(["validate"]) == 1
    shown = capsys.readouterr()
    assert f"config.yml:{line_of(tmp_path, 'live')}:9: error: live: found" in shown.err
    assert "to do:" in shown.err
    assert "cannot be submitted yet (1 error)" in shown.out


def test_warnings_fail_only_with_strict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write(tmp_path, project(useAWS=...))
    assert run(["validate", str(config)]) == 0
    assert run(["validate", str(config), "--strict"]) == 1
    assert "(1 warning)" in capsys.readouterr().out


def test_json_has_the_shape_that_programs_rely_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write(tmp_path, project(live="maybe"))
    assert run(["validate", str(config), "--json"]) == 1
    shown = capsys.readouterr()
    result = json.loads(shown.out)
    assert shown.err == ""
    assert result == {
        "version": 1,
        "id": None,
        "config": str(config),
        "valid": False,
        "errors": 1,
        "warnings": 0,
        "findings": [
            {
                "severity": "error",
                "code": "not-allowed",
                "file": "config.yml",
                "line": line_of(tmp_path, "live"),
                "column": 9,
                "where": "project.live",
                "what": 'live: found "maybe"',
                "allowed": result["findings"][0]["allowed"],
                "fix": "Write, for example, `live: true`.",
            }
        ],
    }


def test_a_missing_study_is_an_error_with_a_fix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert shown.err.startswith("Error: ")
    assert " has no config.yml.\n" in shown.err
    assert "To do: " in shown.err


def test_no_colours_are_written_without_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["validate", str(write(tmp_path, project(live="maybe"), PAGES))])
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err
