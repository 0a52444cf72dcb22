"""`make lock` writes the provider's checksums for every platform, or says why it cannot."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.unit.workflows.files import REPOSITORY, targets

UNREACHABLE = """
╷
│ Error: Could not retrieve providers for locking
│
│ - registry.terraform.io/hashicorp/aws: could not connect to
│ registry.terraform.io: failed to request discovery document: dial tcp:
│ lookup registry.terraform.io: no such host.
╵
"""
TERRAFORM = """#!/bin/sh
folder=${1#-chdir=}; shift
[ -e "$folder/main.tf" ] || exit 9
[ -e "$folder/backend.tf" ] && exit 8
[ "$1" = get ] && exit 0
echo "$*" > "$folder/.terraform.lock.hcl"
[ -e "$ERROR" ] && { cat "$ERROR" >&2; exit 1; }
exit 0
"""


@pytest.fixture(scope="module")
def provider_lock() -> ModuleType:
    spec = importlib.util.spec_from_file_location("provider_lock", REPOSITORY / ".ci" / "provider_lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("terraform/main.tf", "terraform/backend.tf", "terraform/modules/a/main.tf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    program = tmp_path / "terraform-program"
    program.write_text(TERRAFORM)
    program.chmod(0o755)
    monkeypatch.setenv("ERROR", str(tmp_path / "error"))
    return tmp_path


def lock(provider_lock: ModuleType, checkout: Path) -> int:
    return int(provider_lock.main(checkout, [str(checkout / "terraform-program")]))


def test_the_lock_covers_every_platform(provider_lock: ModuleType, checkout: Path) -> None:
    assert lock(provider_lock, checkout) == 0
    written = (checkout / "terraform" / ".terraform.lock.hcl").read_text()
    assert set(re.findall(r"-platform=(\w+)", written)) == {
        "linux_amd64",
        "linux_arm64",
        "darwin_amd64",
        "darwin_arm64",
        "windows_amd64",
    }


def test_without_the_registry_there_is_no_lock_and_a_reason(
    provider_lock: ModuleType, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "error").write_text(UNREACHABLE)
    assert lock(provider_lock, checkout) == 0
    assert not (checkout / "terraform" / ".terraform.lock.hcl").exists()
    assert "was not written: registry.terraform.io does not answer; the repository has none" in capsys.readouterr().err


def test_without_the_registry_an_existing_lock_stays_whole(provider_lock: ModuleType, checkout: Path) -> None:
    (checkout / "error").write_text(UNREACHABLE)
    (checkout / "terraform" / ".terraform.lock.hcl").write_text("whole")
    assert lock(provider_lock, checkout) == 0
    assert (checkout / "terraform" / ".terraform.lock.hcl").read_text() == "whole"


def test_another_error_fails(provider_lock: ModuleType, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "error").write_text("Error: Invalid version constraint")
    assert lock(provider_lock, checkout) == 1
    assert "Invalid version constraint" in capsys.readouterr().err
    assert not (checkout / "terraform" / ".terraform.lock.hcl").exists()


def test_without_terraform_it_says_so(
    provider_lock: ModuleType, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert provider_lock.main(checkout, ["no-such-terraform"]) == 0
    assert "terraform is not installed" in capsys.readouterr().err


def test_make_lock_writes_it() -> None:
    assert ".ci/provider_lock.py" in targets()["lock"]


def test_a_lock_in_the_repository_fits_the_pinned_version() -> None:
    path = REPOSITORY / "terraform" / ".terraform.lock.hcl"
    pinned = re.findall(r'version = "([\d.]+)"', (REPOSITORY / "terraform" / "versions.tf").read_text("utf-8"))
    if path.exists():
        assert re.findall(r'^\s*version\s+= "([\d.]+)"', path.read_text("utf-8"), re.MULTILINE) == pinned
    assert len(pinned) == 1
