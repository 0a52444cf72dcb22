"""`hippo validate --game`: the faults that a child finds are the study's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hippo_cli.game.checking import check
from hippo_cli.game.python import Python
from hippo_cli.main import run
from hippo_cli.study import read
from tests.unit.cli.game.studies import check_command, with_game
from tests.unit.cli.study.studies import PROJECT, only, write

PYTHON = Python(Path(sys.executable))


def test_a_game_without_faults_adds_none(tmp_path: Path) -> None:
    study = read(with_game(tmp_path))
    checked = check(study, PYTHON, check_command)
    assert checked.study == study
    assert checked.facts == {"picture": "600 x 400"}


def test_a_fault_of_the_game_has_its_place_in_config_yml(tmp_path: Path) -> None:
    fault = {"problem": "fps: 60 are asked for, and 12 are reached", "fix": "write fps: 12"}
    study = check(read(with_game(tmp_path, keys={"fps": 60}, problems=[fault])), PYTHON, check_command).study
    found = only(study, "game")
    assert (found.what, found.fix, found.where) == (fault["problem"], "Write fps: 12", "project.game.fps")
    assert (tmp_path / "config.yml").read_text().splitlines()[found.line - 1].strip().startswith("fps:")
    assert not study.is_valid


def test_a_package_that_is_missing_has_the_line_that_installs_it(tmp_path: Path) -> None:
    fault = {"problem": 'Box2D is not installed: pip install "gymnasium[box2d]"', "fix": "install it"}
    study = check(read(with_game(tmp_path, problems=[fault])), PYTHON, check_command).study
    assert only(study, "game").fix == f"Install it: {PYTHON.install_line('Box2D')}"


def test_a_child_that_fails_is_explained(tmp_path: Path) -> None:
    config = with_game(tmp_path, exit=1, says="ModuleNotFoundError: No module named 'torch'")
    study = check(read(config), PYTHON, check_command).study
    assert "pip install torch" in only(study, "game").fix


def test_a_study_without_a_game_has_nothing_to_try_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "--game", str(write(tmp_path, PROJECT))]) == 2
    assert "has no `game:`" in capsys.readouterr().err
