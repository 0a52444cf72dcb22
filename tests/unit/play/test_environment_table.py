"""The table of docs/games.md is what the environments are; its times are those of its last run."""

from __future__ import annotations

import importlib.util

import pytest

from bench import environments


def _without_time(row: tuple[str, ...]) -> tuple[str, ...]:
    return (*row[:4], row[5])


@pytest.mark.skipif(importlib.util.find_spec("Box2D") is None, reason="no Box2D")
def test_the_table_of_environments_is_true() -> None:
    lines = environments.section(environments.DOCUMENT.read_text("utf-8")).splitlines()[2:]
    written = [tuple(line.strip("| ").split(" | ")) for line in lines]
    found = [environments.try_out(env, 10) for env in environments.TRIED]
    assert [_without_time(row) for row in written] == [_without_time(each.row()) for each in found]
    assert all(each.is_deterministic for each in found)
