"""JSON from outside is read within limits, and whatever is read can be written again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hippo_gym.runtime import json_reading, schemas
from hippo_gym.runtime.clock import from_text, to_text
from hippo_gym.runtime.json_reading import MAX_DEPTH, MAX_DIGITS, BeyondLimits, NotJson, beyond_limits, read
from hippo_gym.studies.registration import read_payload

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def nested(levels: int, leaf: Any = 0) -> Any:
    value = leaf
    for level in range(levels):
        value = [value] if level % 2 else {"k": value}
    return value


@given(VALUES)
@settings(max_examples=100, deadline=None)
def test_json_within_the_limits_is_read_as_python_reads_it(value: Any) -> None:
    text = json.dumps(value)
    assert read(text) == read(text.encode()) == json.loads(text)
    assert beyond_limits(value) is None


@pytest.mark.parametrize(("levels", "taken"), [(MAX_DEPTH, True), (MAX_DEPTH + 1, False), (900, False)])
def test_the_limit_of_depth(levels: int, taken: bool) -> None:
    value = nested(levels)
    assert (beyond_limits(value) is None) == taken
    if taken:
        assert read(json.dumps(value)) == value
    else:
        with pytest.raises(BeyondLimits, match="nested deeper than 32 levels"):
            read(json.dumps(value))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 50_000 + "1" + "}" * 50_000,
        "9" * 20_000,
        "-" + "9" * 20_000,
        '{"n": [' + "1" * (MAX_DIGITS + 1) + "]}",
        "1e999",
        "-1e999",
        "9" * 400 + ".5",
    ],
)
def test_what_exceeds_the_limits_is_refused_in_plain_words(text: str) -> None:
    with pytest.raises(BeyondLimits) as caught:
        read(text)
    assert "sys." not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "NaN", "[Infinity]", "-Infinity", '"\x00"', b"\xff", b"\xed\xa0\x80"])
def test_what_is_not_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(NotJson, match=r"^is not "):
        read(text)


@given(st.text(alphabet='[]{}",:0129.eE-truefalsn\\u \n', max_size=300) | st.text(max_size=100))
@settings(max_examples=300, deadline=None)
def test_no_text_raises_another_error(text: str) -> None:
    try:
        value = read(text)
    except NotJson:
        return
    assert json.dumps(value)
    assert beyond_limits(value) is None


@pytest.mark.parametrize(
    "event",
    [
        nested(33),
        nested(900),
        {"steps": nested(200)},
        {"maxRuntime": 10**400},
        {"port": float("inf")},
        {"port": float("nan")},
    ],
)
def test_a_project_beyond_the_limits_is_one_fault(event: Any) -> None:
    (fault,) = read_payload(event).faults
    assert "a value that " in fault.found
    assert json.dumps(str(fault))


@given(VALUES)
@settings(max_examples=100, deadline=None)
def test_no_project_raises_an_error(value: Any) -> None:
    for payload in (value, {"id": value, "steps": value, "events": value, "opensAt": value, "maxRuntime": value}):
        assert [str(fault) for fault in read_payload(payload).faults]


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "10000-01-01", "9" * 20_000, "2026-02-30"]
)
def test_a_time_outside_of_time_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_text(text)


@given(st.datetimes(timezones=st.timezones()))
@settings(max_examples=200, deadline=None)
def test_every_time_that_is_read_can_be_written(moment: Any) -> None:
    try:
        found = from_text(moment.isoformat())
    except ValueError:
        return
    assert from_text(to_text(found)) == found


def test_the_limits_hold_for_every_schema() -> None:
    assert json_reading.MAX_DEPTH >= 10
    assert schemas.faults(schemas.PROJECT, nested(MAX_DEPTH))
