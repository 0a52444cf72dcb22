"""An environment in a folder of its own, with the repository's variables."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hippo_deploy.environments import EXAMPLE, REPOSITORY, Environment

Writes = Callable[[str], Environment]


@pytest.fixture
def environment(tmp_path: Path) -> Writes:
    """Return a function that writes prod.tfvars and returns the environment."""
    folder = tmp_path / "terraform" / "environments"
    folder.mkdir(parents=True)
    for declarations in (REPOSITORY / "terraform").glob("variables*.tf"):
        shutil.copy(declarations, tmp_path / "terraform")
    shutil.copy(REPOSITORY / "terraform" / "environments" / f"{EXAMPLE}.tfvars", folder)

    def write(tfvars: str) -> Environment:
        (folder / "prod.tfvars").write_text(tfvars, "utf-8")
        return Environment("prod", tmp_path)

    return write
