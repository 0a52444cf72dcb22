"""The docstring of each package is a map of its modules."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
FOLDERS = ("handlers/hippo_gym", "cli", "local", "play")
PACKAGES = sorted(file.parent for folder in FOLDERS for file in (REPOSITORY / folder).rglob("__init__.py"))


def entries(package: Path) -> list[str]:
    """Return the names at the beginning of the lines of a package's map."""
    docstring = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    return re.findall(r"^ *([a-z_0-9]+)  +\S", docstring, re.MULTILINE)


def indents(package: Path) -> set[int]:
    """Return the numbers of spaces before the names of a package's map."""
    docstring = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    return {len(spaces) for spaces in re.findall(r"^( *)[a-z_0-9]+  +\S", docstring, re.MULTILINE)}


def contents(package: Path) -> list[str]:
    """Return the names of a package's modules and packages."""
    modules = [file.stem for file in package.glob("*.py") if not file.stem.startswith("__")]
    return sorted(modules + [file.parent.name for file in package.glob("*/__init__.py")])


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: str(package.relative_to(REPOSITORY)))
def test_a_map_names_every_module_once_and_no_other(package: Path) -> None:
    assert sorted(entries(package)) == contents(package)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: str(package.relative_to(REPOSITORY)))
def test_the_lines_of_a_map_are_indented_alike(package: Path) -> None:
    assert len(indents(package)) <= 1


def test_every_package_is_checked() -> None:
    names = {str(package.relative_to(REPOSITORY)) for package in PACKAGES}
    assert {"handlers/hippo_gym", "handlers/hippo_gym/sessions/resources", "cli/hippo_common", "local/fargate"} <= names
