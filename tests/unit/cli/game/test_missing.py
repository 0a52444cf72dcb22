"""What a child printed, as one sentence and a line to type."""

from __future__ import annotations

from pathlib import Path

import pytest

from hippo_cli.game.missing import explain
from hippo_cli.game.python import Python

PYTHON = Python(Path("/lab/bin/python"))
BOX2D = (
    "2026-11-29 21:49:53,578 ERROR hippo_play: LunarLander-v3 needs a package: Box2D is not installed, you can "
    'install it by run `pip install swig` followed by `pip install "gymnasium[box2d]"`: install it'
)


@pytest.mark.parametrize(
    ("line", "package"),
    [
        ("ModuleNotFoundError: No module named 'gymnasium'", "gymnasium"),
        ("ModuleNotFoundError: No module named 'cv2'", "opencv-python-headless"),
        ("ModuleNotFoundError: No module named 'sklearn.linear_model'", "scikit-learn"),
        (BOX2D, "Box2D"),
        ("a.zip needs a package (No module named 'stable_baselines3'): install it", "stable-baselines3"),
        ("gymnasium.error.NamespaceNotFound: Namespace ALE not found. Have you installed it?", "ale-py"),
        ('DependencyNotInstalled: run `pip install "gymnasium[mujoco]"`', "'gymnasium[mujoco]'"),
    ],
)
def test_a_missing_package_is_named_with_the_line_that_installs_it(tmp_path: Path, line: str, package: str) -> None:
    reason = explain(["Traceback (most recent call last):", line], PYTHON, tmp_path)
    assert reason.what.startswith("/lab/bin/python has no ")
    assert reason.fix == f"Install it: /lab/bin/python -m pip install {package}"


def test_hippo_play_is_installed_from_a_wheel_in_the_studys_folder(tmp_path: Path) -> None:
    reason = explain(["/lab/bin/python: No module named hippo_play"], PYTHON, tmp_path)
    [made] = (tmp_path / ".hippo").glob("hippo_play-*.whl")
    assert reason.fix == f"Install it: /lab/bin/python -m pip install {made}"


def test_an_error_in_the_studys_code_has_its_place(tmp_path: Path) -> None:
    lines = [f'  File "{tmp_path}/game.py", line 7, in <module>', '  File "/usr/lib/x.py", line 1', "ValueError: no"]
    assert explain(lines, PYTHON, tmp_path).what == "The game did not start: game.py, line 7: ValueError: no."


def test_a_fault_that_hippo_play_logs_is_shown_as_it_is(tmp_path: Path) -> None:
    line = "2026-11-29 21:50:04,796 ERROR hippo_play: env: `CartPol` doesn't exist: write CartPole-v1"
    assert explain([line], PYTHON, tmp_path).what.endswith("env: `CartPol` doesn't exist: write CartPole-v1.")


def test_a_child_that_prints_nothing_is_explained_too(tmp_path: Path) -> None:
    assert "it printed nothing" in explain([], PYTHON, tmp_path).what
