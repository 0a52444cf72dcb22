"""`hippo validate --game`: the faults that a child finds are the study's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hippo_cli.game.checking import check
from hippo_cli.game.python import Python
from hippo_cli.main import run
from hippo_cli.study import Severity, read
from tests.unit.cli.game.studies import check_command, with_game
from tests.unit.cli.study.studies import PROJECT, only, write

PYTHON = Python(Path(sys.executable))


def test_a_game_without_faults_adds_none(tmp_path: Path) -> None:
    study = read(with_game(tmp_path))
    assert check(study, PYTHON, check_command) == study


def test_a_fault_of_the_game_has_its_place_in_config_yml(tmp_path: Path) -> None:
    fault = {"problem": "fps must be at most 60, not 90", "fix": "write fps: 60", "where": "fps"}
    study = check(read(with_game(tmp_path, fps=90, problems=[fault])), PYTHON, check_command)
    found = only(study, "game")
    assert (found.what, found.fix, found.where) == (fault["problem"], fault["fix"], "project.game.fps")
    assert (tmp_path / "config.yml").read_text().splitlines()[found.line - 1].strip().startswith("fps:")
    assert not study.is_valid


def test_a_warning_of_the_game_stays_one(tmp_path: Path) -> None:
    fault = {"problem": "it reaches 12 frames per second", "fix": "write fps: 10", "severity": "warning"}
    study = check(read(with_game(tmp_path, problems=[fault])), PYTHON, check_command)
    assert only(study, "game").severity is Severity.WARNING


def test_a_child_that_fails_is_explained(tmp_path: Path) -> None:
    config = with_game(tmp_path, exit=1, says="ModuleNotFoundError: No module named 'torch'")
    study = check(read(config), PYTHON, check_command)
    assert "pip install torch" in only(study, "game").fix


def test_a_study_without_a_game_has_nothing_to_try_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "--game", str(write(tmp_path, PROJECT))]) == 2
    assert "has no `game:`" in capsys.readouterr().err
