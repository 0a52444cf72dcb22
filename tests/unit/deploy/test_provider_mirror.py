"""The provider is found on a machine that has a copy of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hippo_deploy.provider_mirror import PROVIDER, plugin_dir


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("TF_PLUGIN_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "data"))
    return tmp_path


@pytest.mark.parametrize(
    ("folder", "variable"),
    [
        ("home/.terraform.d/plugins", ""),
        ("home/.local/share/terraform/plugins", ""),
        ("data/terraform/plugins", ""),
        ("anywhere", "TF_PLUGIN_DIR"),
    ],
)
def test_a_mirror_on_this_machine_is_found(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch, folder: str, variable: str
) -> None:
    mirror = bare_machine / folder
    (mirror / PROVIDER).mkdir(parents=True)
    if variable:
        monkeypatch.setenv(variable, str(mirror))

    assert plugin_dir() == mirror
