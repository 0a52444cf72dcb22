"""A release is refused while its tag, its versions and its changelog disagree."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from hippo_cli import __version__
from tests.unit.workflows.files import REPOSITORY, job

CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-12-01\n\n### Added\n\n- A thing.\n"
FILES = {
    "pyproject.toml": '[project]\nname = "p"\nversion = "1.2.0"\n',
    "CITATION.cff": 'cff-version: 1.2.0\nversion: "1.2.0"\n',
    "schemas/openapi.json": json.dumps({"info": {"version": "1.2.0"}}),
    "CHANGELOG.md": CHANGELOG,
}


def refused(folder: Path, tag: str = "v1.2.0", program: str = "1.2.0", **changed: str) -> str:
    """Return what a release of a repository with these files is refused for; "" if it is not."""
    for name, text in (FILES | {key.replace("__", "/"): value for key, value in changed.items()}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    command = [sys.executable, str(REPOSITORY / ".ci" / "release.py"), tag, program]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode == 0) is (done.stderr == "")
    return done.stderr


def test_a_release_whose_parts_agree_is_made(tmp_path: Path) -> None:
    assert refused(tmp_path) == ""


@pytest.mark.parametrize("tag", ["1.2.0", "v1.2", "version1.2.0", "v1.2.0-final"])
def test_a_tag_that_is_no_version_is_refused(tmp_path: Path, tag: str) -> None:
    assert "not of the form v1.2.3" in refused(tmp_path, tag)


def test_a_tag_that_nothing_else_names_is_refused_for_each_of_them(tmp_path: Path) -> None:
    found = refused(tmp_path, "v1.3.0")
    for name in ("pyproject.toml", "hippo_cli.__version__", "CITATION.cff", "schemas/openapi.json", "CHANGELOG.md"):
        assert name in found


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("pyproject.toml", '[project]\nname = "p"\nversion = "1.2.1"\n', "pyproject.toml says version 1.2.1"),
        ("CITATION.cff", "cff-version: 1.2.0\n", "CITATION.cff says nothing"),
        ("schemas/openapi.json", '{"info": {"version": "1.0.0"}}', "openapi.json says version 1.0.0"),
        ("CHANGELOG.md", CHANGELOG.replace("1.2.0", "1.1.0"), "no section for 1.2.0"),
        ("CHANGELOG.md", CHANGELOG.replace(" - 2026-12-01", ""), "write the heading"),
        ("CHANGELOG.md", CHANGELOG.replace("- A thing.", ""), "has no entry"),
        ("CHANGELOG.md", CHANGELOG.replace("[1.2.0]", "[1.2.01]"), "no section for 1.2.0"),
    ],
)
def test_a_part_that_disagrees_is_named(tmp_path: Path, file: str, text: str, words: str) -> None:
    assert words in refused(tmp_path, **{file: text})


def test_a_program_of_another_version_is_refused(tmp_path: Path) -> None:
    assert "hippo_cli.__version__) says 1.1.9" in refused(tmp_path, program="1.1.9")


def test_the_workflow_checks_before_it_builds() -> None:
    steps = [step.get("run", "") for step in job("release", "build").steps]
    checks = [number for number, script in enumerate(steps) if ".ci/release.py" in script]
    builds = [number for number, script in enumerate(steps) if "make build" in script]
    assert checks
    assert builds
    assert max(checks) < min(builds)


def test_the_version_of_this_repository_is_the_same_everywhere() -> None:
    """Where the installed package is older than pyproject.toml, `make setup` installs it again."""
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert __version__ == version
    assert f'version: "{version}"' in (REPOSITORY / "CITATION.cff").read_text("utf-8")
    assert json.loads((REPOSITORY / "schemas" / "openapi.json").read_text("utf-8"))["info"]["version"] == version
    assert f"## [{version}] - " in (REPOSITORY / "CHANGELOG.md").read_text("utf-8")
