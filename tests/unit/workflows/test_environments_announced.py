"""A target that installs an environment of Python says so before it begins: it takes a minute."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.workflows.files import REPOSITORY

PYTHON = """#!/bin/sh
case "$*" in
*venv*) for folder; do :; done; mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python"; touch "$folder/bin/checkov" ;;
*pip*) echo "pip was called" >&2 ;;
esac
"""


@pytest.mark.parametrize("environment", [".venv-checkov/bin/checkov", ".venv-docs/bin/mkdocs"])
def test_its_installation_is_announced_before_it_begins(tmp_path: Path, environment: str) -> None:
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    (tmp_path / "requirements").mkdir()
    for name in ("checkov", "docs"):
        (tmp_path / "requirements" / f"{name}.txt").write_text("")
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "python").chmod(0o755)
    done = subprocess.run(
        ["make", environment, f"PYTHON3={tmp_path / 'python'}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    folder = environment.partition("/")[0]
    requirements = f"requirements/{folder.removeprefix('.venv-')}.txt"
    assert re.search(rf"Installing {requirements} into {folder}: about a minute.*\npip was called", done.stderr)
