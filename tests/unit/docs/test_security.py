"""Every test that docs/security.md names exists, and every claim in its tables names one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = re.findall(r"`((?:tests|terraform/tests)/[\w./-]+?)(?:::(\w+))?`", TEXT)


def is_there(path: str, name: str) -> bool:
    """Return whether a file exists and holds a test function, or a `run` of a Terraform test, of this name."""
    file = ROOT / path
    if not file.is_file():
        return False
    form = rf'^run "{name}"' if path.endswith(".hcl") else rf"^def {name}\("
    return not name or re.search(form, file.read_text("utf-8"), re.MULTILINE) is not None


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED)))
def test_a_test_that_the_threat_model_names_exists(path: str, name: str) -> None:
    assert is_there(path, name)


def test_every_row_that_claims_a_defence_names_its_test() -> None:
    tables = re.findall(r"^\|[^\n]*Shown by \|\n\|[-|]+\|\n((?:\|[^\n]*\n)+)", TEXT, re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]
    assert len(rows) > 40
    assert [row for row in rows if "::" not in row.rsplit("|", 2)[-2]] == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("tests/gone.py", ""),
        ("tests/unit/docs/test_security.py", "test_gone"),
        ("terraform/tests/root_bounds.tftest.hcl", "gone"),
    ],
)
def test_a_test_that_is_gone_is_found(path: str, name: str) -> None:
    assert not is_there(path, name)
