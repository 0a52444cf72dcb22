"""The tables of CONTRIBUTING.md that say where a change goes name files and definitions that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]


def rows(document: str) -> list[str]:
    """Return the rows of the tables in the section "Where a change goes", without the first cell."""
    section = document.split("\n## Where a change goes\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ") and not line.startswith("| To change")]
    return [line.split(" | ", 1)[1] for line in lines]


def missing(row: str, root: Path) -> list[str]:
    """Return the paths of a row that do not exist, and the names that the file before them does not define."""
    absent: list[str] = []
    file = root
    for quoted in re.findall(r"`([^` ]+)`", row):
        if re.fullmatch(r"[A-Za-z_]+", quoted) and not (root / quoted).exists():
            text = file.read_text("utf-8") if file.is_file() else ""
            if not re.search(rf'^(?:def |class |variable "|    def )?{quoted}\b', text, re.MULTILINE):
                absent.append(quoted)
            continue
        file = root / quoted
        if not file.exists():
            absent.append(quoted)
    return absent


ROWS = rows((REPOSITORY / "CONTRIBUTING.md").read_text("utf-8"))


@pytest.mark.parametrize("row", ROWS)
def test_every_path_and_name_of_a_row_exists(row: str) -> None:
    assert missing(row, REPOSITORY) == []


def test_both_tables_are_read() -> None:
    joined = " ".join(ROWS)
    assert "`handlers/hippo_gym/storage`" in joined
    assert "`MOST_ATTEMPTS`" in joined


def test_a_missing_file_and_a_missing_name_are_found(tmp_path: Path) -> None:
    (tmp_path / "there.py").write_text("LIMIT = 3\n# GONE is no definition\n", "utf-8")
    assert missing("`there.py`: `LIMIT`, `GONE`; then `make references`; `gone/file.py`", tmp_path) == [
        "GONE",
        "gone/file.py",
    ]
