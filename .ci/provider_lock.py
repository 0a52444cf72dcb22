#!/usr/bin/env python3
"""Writes terraform/.terraform.lock.hcl: the provider's checksums for every platform that a team may use.

Terraform reads the checksums from the registry (`terraform providers lock`). A lock without those of a platform makes
`terraform init` fail there, so on a machine that cannot reach the registry there is no lock, and an existing one stays.
Terraform runs in a copy: terraform/ gets the whole lock or nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PLATFORMS = ("linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64")
LOCK = ".terraform.lock.hcl"
_LEFT_OUT = shutil.ignore_patterns(".terraform", "environments", "examples", "tests", "*.tfvars", "backend.tf", LOCK)


def main(repository: Path, program: Sequence[str] = ("terraform",)) -> int:
    """Write the lock, or say why there is none; return the exit status.

    Args:
        repository: the checkout.
        program: the terraform program.
    """
    target = repository / "terraform" / LOCK
    if shutil.which(program[0]) is None:
        return without(target, "terraform is not installed")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "terraform"
        shutil.copytree(repository / "terraform", copy, ignore=_LEFT_OUT)
        get = run(program, copy, "get")
        if get.returncode:
            sys.stderr.write(get.stderr)
            return 1
        lock = run(program, copy, "providers", "lock", *(f"-platform={platform}" for platform in PLATFORMS))
        if lock.returncode:
            if unreachable(lock.stderr):
                return without(target, "registry.terraform.io does not answer")
            sys.stderr.write(lock.stderr)
            return 1
        shutil.copyfile(copy / LOCK, target)
    print(f"{target.relative_to(repository)}: checksums for {', '.join(PLATFORMS)}. Commit it.")  # noqa: T201
    return 0


def run(program: Sequence[str], folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run terraform in a folder, without the settings of a deployment."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    return subprocess.run(
        [*program, f"-chdir={folder}", *arguments, *(["-no-color"] if arguments == ("get",) else [])],
        env={**inherited, "TF_DATA_DIR": str(folder / ".terraform"), "CHECKPOINT_DISABLE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def unreachable(error: str) -> bool:
    """Return whether terraform could not reach the registry."""
    text = " ".join(re.sub(r"\x1b\[[0-9;]*m|[│╷╵]", "", error).split())
    return bool(re.search(r"could not connect to registry\.terraform\.io|no such host|dial tcp|i/o timeout", text))


def without(target: Path, why: str) -> int:
    """Say that the lock was not written."""
    kept = "the existing one stays" if target.exists() else "the repository has none"
    sys.stderr.write(f"terraform/{LOCK} was not written: {why}; {kept}. Run make lock where it can be reached.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[1]))
