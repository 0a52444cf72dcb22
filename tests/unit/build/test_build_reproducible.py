"""Same sources, same zip: real builds with the settings that differ between machines."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.build.conftest import Project

DIFFERENCES = {
    "time zone": {"TZ": "Pacific/Kiritimati"},
    "locale": {"LC_ALL": "C", "LANG": "tr_TR.UTF-8", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "hash seed": {"PYTHONHASHSEED": "4711"},
    "byte code": {"PYTHONDONTWRITEBYTECODE": "1", "PIP_COMPILE": "1"},
    "source date": {"SOURCE_DATE_EPOCH": "1700000000"},
}


def digest(project: Project, environment: dict[str, str] | None = None, umask: int = 0o022) -> str:
    done = project.run(environment=environment, umask=umask)
    assert done.returncode == 0, done.stderr
    found = re.search(r"^sha256 (\w{64})$", done.stdout, re.MULTILINE)
    assert found, done.stdout
    return found[1]


def without_dependencies(project: Project) -> Project:
    project.forget_dependencies()
    return project


@pytest.mark.parametrize("environment", DIFFERENCES.values(), ids=DIFFERENCES)
def test_the_environment_does_not_change_the_zip(
    new_project: Callable[[str], Project], environment: dict[str, str]
) -> None:
    assert digest(new_project("one")) == digest(without_dependencies(new_project("other")), environment)


def test_the_umask_and_the_modes_of_files_do_not_change_the_zip(new_project: Callable[[str], Project]) -> None:
    one, other = new_project("one"), without_dependencies(new_project("other"))
    for path in (other.root / "handlers").rglob("*.py"):
        path.chmod(0o700)
    assert digest(one, umask=0o000) == digest(other, umask=0o077)


def test_the_folder_and_the_times_of_files_do_not_change_the_zip(new_project: Callable[[str], Project]) -> None:
    one, other = (
        new_project("one"),
        without_dependencies(new_project("a folder with sp\N{LATIN SMALL LETTER A WITH DIAERESIS}ces")),
    )
    for path in other.root.rglob("*"):
        os.utime(path, (86_400, 86_400))
    assert digest(one) == digest(other)


def test_the_order_of_creating_files_does_not_change_the_zip(new_project: Callable[[str], Project]) -> None:
    one, other = new_project("one"), new_project("other")
    for project, order in ((one, "abcdef"), (other, "fedcba")):
        for letter in order:
            (project.root / "handlers" / "hippo_gym" / f"{letter}.py").write_text(f"NAME = '{letter}'\n")
    assert digest(one) == digest(other)


def test_a_changed_source_changes_the_zip(project: Project) -> None:
    before = digest(project)
    (project.root / "handlers" / "hippo_gym" / "pages.py").write_text("SUFFIX = '.htm'\n")
    assert digest(project) != before
