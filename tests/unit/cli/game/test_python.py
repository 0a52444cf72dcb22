"""Which Python runs a study's game, and how packages get into it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hippo_cli.game.python import Python, choose
from hippo_common.errors import HippoError


def environment(folder: Path, *, pip: bool = True) -> Path:
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    (folder / "pyvenv.cfg").touch()
    packages = folder / "lib" / "python3.12" / "site-packages"
    (packages / "pip" if pip else packages).mkdir(parents=True)
    return python


def test_the_command_line_wins(tmp_path: Path) -> None:
    environment(tmp_path / ".venv")
    named = environment(tmp_path / "lab")
    assert choose(tmp_path, named).path == named
    assert choose(tmp_path, tmp_path / "lab").path == named


def test_then_the_studys_own_environment(tmp_path: Path) -> None:
    own = environment(tmp_path / ".venv")
    assert choose(tmp_path) == Python(own)


def test_then_hippos_own(tmp_path: Path) -> None:
    assert choose(tmp_path) == Python(Path(sys.executable), is_own=True)


def test_a_python_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HippoError, match="is not a Python program"):
        choose(tmp_path, tmp_path / "nothing")


def test_packages_are_installed_with_what_the_environment_has(tmp_path: Path) -> None:
    with_pip, without = environment(tmp_path / "a"), environment(tmp_path / "b", pip=False)
    assert Python(with_pip).install_line("a[b]") == f"{with_pip} -m pip install 'a[b]'"
    assert Python(without).install_line("a") == f"uv pip install --python {without} a"
    assert Python(Path("/home/ada/.local/pipx/venvs/hippo/bin/python"), is_own=True).install_line("a") == (
        "pipx inject hippo-gym-aws a"
    )
