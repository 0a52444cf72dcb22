"""The `game` part of config.yml: faults that show without its packages, each with line and fix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.study.studies import PAGES, codes, judged, only, project


@pytest.mark.parametrize(
    "game",
    [
        {"env": "CartPole-v1"},
        {"file": "game.py", "episodes": 3},
        {"env": "A-v0", "keys_to_action": {"ArrowLeft": 0, "a+b": [1.0]}, "noop": "last", "seed": 3},
        [{"env": "A-v0", "name": "practice"}, {"env": "A-v0", "name": "test"}],
    ],
)
def test_a_game_needs_no_dockerfile_and_is_not_in_the_entry(tmp_path: Path, game: Any) -> None:
    study = judged(tmp_path, project(game=game), PAGES | {"game.py": ""})
    assert study.findings == ()
    assert study.game == game
    assert "game" not in study.entry


@pytest.mark.parametrize(
    ("game", "code", "fix"),
    [
        ({}, "not-allowed", "Write `game: {env: CartPole-v1}`"),
        ("CartPole-v1", "not-allowed", "Write `game: {env: CartPole-v1}`"),
        ({"env": "A-v0", "file": "game.py"}, "not-allowed", "Write `game: {env: CartPole-v1}`"),
        ({"episodes": 3}, "not-allowed", "Write `game: {env: CartPole-v1}`"),
        ({"env": "A-v0", "episods": 3}, "unknown-key", "Rename it to `episodes`."),
        ({"env": "A-v0", "fps": 99}, "not-allowed", "Change it to what is allowed."),
        ({"file": "gone.py"}, "game-file", "Write the game in gone.py"),
        ({"file": "../other.py"}, "game-file", "Move it there"),
    ],
)
def test_a_fault_of_the_game_has_a_fix(tmp_path: Path, game: Any, code: str, fix: str) -> None:
    study = judged(tmp_path, project(game=game), PAGES | {"game.py": ""})
    found = only(study, code)
    assert found.fix.startswith(fix)
    assert (found.where or "").startswith("project.game")
    assert not study.is_valid


def test_a_game_that_no_step_shows_is_a_warning(tmp_path: Path) -> None:
    steps = {1: "1_consent.html", 2: "3_survey.html", "finalStep": "4_thanks.html"}
    events = {"startServerStep": None, "stopServerStep": None}
    study = judged(tmp_path, project(game={"env": "A-v0"}, steps=steps, events=events))
    assert "no-game" in codes(study)
    assert study.is_valid
