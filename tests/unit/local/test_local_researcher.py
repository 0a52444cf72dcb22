"""The file that sets up a shell for a researcher of the local cloud."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hippo_cli import __version__
from local.cloud import Cloud
from local.researcher import run_hippo, write_environment

VARIABLES = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_SECRET_ACCESS_KEY": "a secret $HOME 'quoted'"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_environment(Cloud(tmp_path), VARIABLES)


def in_shell(file: Path, command: str, **environment: str) -> str:
    script = f". '{file}'; {command}"
    done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_a_shell_reads_every_variable_unchanged(file: Path) -> None:
    shown = in_shell(
        file, 'printf "%s|%s|%s" "$AWS_ENDPOINT_URL" "$AWS_SECRET_ACCESS_KEY" "$AWS_PROFILE"', AWS_PROFILE="own"
    )
    assert shown == f"http://127.0.0.1:1|{VARIABLES['AWS_SECRET_ACCESS_KEY']}|"


def test_the_shell_defines_hippo_if_it_is_not_installed(file: Path) -> None:
    assert in_shell(file, "hippo --version", PATH="/usr/bin:/bin").strip() == f"hippo {__version__}"


def test_only_the_owner_may_read_the_file(file: Path) -> None:
    assert file.stat().st_mode & 0o077 == 0


def test_stopping_the_cloud_deletes_the_file(file: Path, tmp_path: Path) -> None:
    Cloud(tmp_path).stop()
    assert not file.exists()


def test_hippo_runs_without_the_callers_own_aws_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    done = run_hippo({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "list")
    assert done.returncode == 1
    assert "Region" in done.stderr
