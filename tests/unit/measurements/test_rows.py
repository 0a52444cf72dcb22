"""The check of counts: what `make bench-check` reports."""

from __future__ import annotations

import json

from bench import rows

CALLS = rows.count("step: AWS calls", 2, "calls", "make bench")
SIZE = rows.count("bundle: packed", 1000, "bytes", "make bench")
TIME = rows.duration("step: CPU", 400.0, "ms", "make bench", ("loop", 20.0))


def test_equal_smaller_and_slightly_larger_counts_pass() -> None:
    assert rows.worse([CALLS, SIZE], {"step: AWS calls": 2, "bundle: packed": 985}) == []
    assert rows.worse([CALLS], {"step: AWS calls": 3}) == []


def test_a_larger_count_is_reported_with_both_values_and_the_command() -> None:
    (fault,) = rows.worse([CALLS], {"step: AWS calls": 1})
    assert fault == "step: AWS calls: 2 calls, 1 was accepted. make bench"


def test_more_than_two_percent_of_bytes_are_reported() -> None:
    assert len(rows.worse([SIZE], {"bundle: packed": 980})) == 1


def test_times_are_never_compared() -> None:
    assert rows.worse([TIME], {}) == []


def test_counts_missing_on_either_side_are_reported() -> None:
    assert [fault.partition(":")[0] for fault in rows.worse([CALLS], {"bundle: packed": 1})] == ["step", "bundle"]


def test_a_time_has_its_ratio_to_the_reference() -> None:
    assert TIME.ratio == 20.0


def test_the_accepted_counts_are_those_of_a_whole_run() -> None:
    listed = json.loads(rows.COUNTS.read_text(encoding="utf-8"))
    assert {name.partition(":")[0].partition(",")[0] for name in listed} == {
        "bundle",
        "cold start",
        "edge function",
        "list update",
        "session",
        "step",
    }
