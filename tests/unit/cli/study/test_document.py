"""config.yml is read as by other YAML readers, with the line of each value."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hippo_cli.study.document import Document, below, parse

SAMPLE = b"""\
project:
  id: grid
  steps:
    1: consent.html
    finalStep: thanks.html
  events: {startServerStep: 1}
"""

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def read(text: str | bytes) -> Document:
    return parse(text if isinstance(text, bytes) else text.encode(), "config.yml")


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ("project.id", 2, 7),
        ("project.steps.1", 4, 8),
        ("project.events.startServerStep", 6, 29),
        ("project.missing", 2, 3),
    ],
)
def test_a_value_knows_its_line_and_column(path: str, line: int, column: int) -> None:
    place = read(SAMPLE).place(path)
    assert (place.file, place.line, place.column) == ("config.yml", line, column)


def test_a_key_knows_its_line_and_column() -> None:
    assert str(read(SAMPLE).key_place("project.steps.finalStep")) == "config.yml:5:5"


@given(_VALUES)
def test_values_are_those_of_every_yaml_reader(value: Any) -> None:
    text = yaml.safe_dump(value, allow_unicode=True)
    assert read(text).value == value
    assert read(text).findings == []


@given(st.text(max_size=60))
def test_any_text_is_read_or_has_a_finding(text: str) -> None:
    document = read(text.encode("utf-8", errors="surrogatepass"))
    try:
        yaml.compose(text)
    except (yaml.YAMLError, UnicodeError):
        assert document.findings


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_have_a_finding(content: bytes) -> None:
    document = read(content)
    assert document.value is None or not any(finding.code == "yaml-encoding" for finding in document.findings)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{1: a, 0x10: b, 1.5: c, yes: d, null: e}", {"1": "a", "16": "b", "1.5": "c", "yes": "d", "null": "e"}),
        ("{born: 2024-01-31, never: 2024-02-31, most: .inf, none: .nan}",
         {"born": "2024-01-31", "never": "2024-02-31", "most": ".inf", "none": ".nan"}),
        ("{a: &x {b: 1}, c: {<<: *x, d: 2}}", {"a": {"b": 1}, "c": {"b": 1, "d": 2}}),
        ("{a: &x {b: 1}, c: {<<: *x, b: 2}}", {"a": {"b": 1}, "c": {"b": 2}}),
        ("\ufeffa: 1", {"a": 1}),
        ("{a: 1, a: 2}", {"a": 2}),
    ],
)  # fmt: skip
def test_values_have_json_types(text: str, value: Any) -> None:
    assert read(text).value == value


def test_a_value_that_is_not_text_keeps_its_source() -> None:
    assert read("{id: 012, on: no, name: x}").written == {"id": "012", "on": "no"}


@pytest.mark.parametrize(
    ("text", "line", "code", "message"),
    [
        ("project:\n\tid: x\n", 2, "yaml-syntax", "tab"),
        ("name: a: b\n", 1, "yaml-syntax", "second ':'"),
        ('a: 1\nb: "open\nc: 2\n', 2, "yaml-syntax", "without its closing one"),
        ("a: 1\nb: {c: 1\n", 2, "yaml-syntax", "without its closing one"),
        ("a: 1\nb: *missing\n", 2, "yaml-syntax", "reference"),
        ("a: !ours x\n", 1, "yaml-syntax", "type"),
        ("a: !ours {b: 1}\n", 1, "yaml-syntax", "type"),
        ("a: @x\n", 1, "yaml-syntax", "character"),
        ("a: 1\n---\nb: 2\n", 2, "yaml-syntax", "second document"),
        ("a: &x {b: *x}\n", 1, "yaml-circle", "circle"),
        ("{a: &a {<<: 5}}\n", 1, "yaml-syntax", "<<"),
        ("[[1]]: 2\n", 1, "yaml-syntax", "key"),
        ("a: 1\nb: \x01\n", 2, "yaml-character", "character"),
        (b"a: 1\nb: \xe9\n", 2, "yaml-encoding", "UTF-8"),
    ],
)
def test_a_yaml_error_has_its_line(text: str | bytes, line: int, code: str, message: str) -> None:
    findings = read(text).findings
    assert [(finding.code, finding.line) for finding in findings] == [(code, line)]
    assert message in findings[0].what
    assert findings[0].fix


def test_references_that_expand_without_bounds_are_refused() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert [finding.code for finding in read("l0: &l0 x\n" + levels).findings] == ["yaml-circle"]


@given(st.lists(st.sampled_from(["1", '"1"', "01", "a", '"a"', "b"]), min_size=1, max_size=6))
def test_every_repeated_key_has_a_finding(keys: list[str]) -> None:
    text = "".join(f"{key}: {index}\n" for index, key in enumerate(keys))
    plain = [str(yaml.safe_load(key)) for key in keys]
    repeated = [line for line, key in enumerate(plain, 1) if key in plain[: line - 1]]
    document = read(text)
    assert [finding.line for finding in document.findings] == repeated
    assert document.value == {key: index for index, key in enumerate(plain)}


def test_paths_are_those_of_the_schemas() -> None:
    assert below("steps", "") == 'steps.""'
    assert below("", "id") == "id"
