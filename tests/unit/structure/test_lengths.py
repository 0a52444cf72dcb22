"""Files are short: no tracked file but data has more than 400 lines."""

from __future__ import annotations

import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
MAX_LINES = 400

DATA = {
    "requirements/*.txt": "locks",
    "handlers/*.txt": "locks",
    "*package-lock.json": "locks",
    "docs/reference/*.md": "references made from the sources",
    "schemas/*.json": "references made from the sources, and schemas",
    "tests/*/data/*.json": "JSON data of tests",
    "tests/terraform/contract/tables/*.toml": "tables",
    "cli/hippo_common/prices.json": "tables",
    "bench/*.json": "measurements",
    "*.svg": "pictures",
}
"""Pattern of paths → what kind of data these files are. `*` also matches `/`."""

UNTIL_SPLIT: set[str] = set()
"""Longer files that are still to be split; no file may be added."""


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True).stdout
    return [name for name in listed.decode().split("\0") if name and (REPOSITORY / name).is_file()]


def is_data(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in DATA)


def length(name: str) -> int:
    return len((REPOSITORY / name).read_bytes().splitlines())


def test_no_file_but_data_is_longer_than_400_lines() -> None:
    others = [name for name in tracked() if not is_data(name) and name not in UNTIL_SPLIT]
    lengths = {name: length(name) for name in others}
    assert len(lengths) > 500
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_every_file_that_is_still_to_be_split_is_too_long() -> None:
    assert {name for name in UNTIL_SPLIT & set(tracked()) if length(name) <= MAX_LINES} == set()
    assert set(tracked()) >= UNTIL_SPLIT


@pytest.mark.parametrize("pattern", DATA)
def test_every_pattern_of_data_matches_a_file(pattern: str) -> None:
    assert [name for name in tracked() if fnmatch(name, pattern)]
