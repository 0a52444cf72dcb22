"""A config.yml that is made to hurt its reader ends in findings, quickly and without an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hippo_cli.main import run
from hippo_cli.study import document
from hippo_common.reading import LARGEST_YAML
from tests.unit.cli.study.studies import write

KEYS = ", ".join(f"k{number}: 1" for number in range(9))
MERGE_BOMB = f"a0: &a0 {{{KEYS}}}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12)
)
LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
NUMBER = "9" * 20_000
ATTACKS = {
    "merges": MERGE_BOMB + "project: *a11\n",
    "many merges": f"a: &a {{{KEYS}}}\nproject: {{<<: [{', '.join(['*a'] * 12_000)}]}}\n",
    "aliases": LAUGHS + "project: *a11\n",
    "circle": "project: &a\n  steps: *a\n",
    "circle of merges": "project: &a\n  <<: *a\n",
    "deep": "project: " + "[" * 1_200 + "]" * 1_200,
    "deeper than JSON": "project: {steps: " + "[" * 40 + "]" * 40 + "}",
    "number": f"project: {{maxRuntime: {NUMBER}, id: {NUMBER}, awsSetup: {{cpu: {NUMBER}, memory: -{NUMBER}}}}}",
    "number as key": f"project: {{steps: {{{NUMBER}: 1.html}}}}",
    "hexadecimal": "project: {maxRuntime: 0x" + "f" * 20_000 + ", port: 0b" + "1" * 20_000 + "}",
    "base 60": "project: {maxRuntime: " + ":".join(["59"] * 2_000) + "}",
    "time": "project: {opensAt: 0001-01-01T00:00:00+14:00, closesAt: 9999-12-31T23:59:59-14:00}",
    "text times": "project: {opensAt: '0001-01-01T00:00:00+14:00', closesAt: '9999-12-31T23:59:59-14:00'}",
    "wrong tags": "project: {id: !!int x, name: !!bool maybe, live: !!timestamp soon, port: !!int ''}",
    "binary": "project: {id: !!binary '$$$', name: !!set x, steps: !!omap {a: 1}}",
    "python": "project: !!python/object/apply:os.system ['true']",
    "nothing": "\x00",
    "controls": 'project: {id: "\\e[31m", name: "\\x9b"}',
    "large": "project: {name: '" + "x" * LARGEST_YAML + "'}",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_is_refused_with_a_finding(attack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, ATTACKS[attack])
    assert run(["validate", str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert "error: " in shown.err
    assert "Traceback" not in shown.err
    assert "sys.set_int_max" not in shown.err
    assert "\x1b" not in shown.err
    assert max(map(len, shown.err.splitlines())) < 1_000
    assert run(["validate", str(tmp_path), "--json"]) == 1


PIECES = """a|: |~n|  |- |&a |*a|<<: *a|{|}|[|]|, |!!int |!!float |!!set |!!bool |!!timestamp |!!binary |!!null |0x|1|:5
.inf|9999-12-31T23:59:59-14:00|? |'|"|project: |steps: |=|1e999|0b1|~|!x """.replace("\n", "|").split("|")


@given(st.lists(st.sampled_from(PIECES), max_size=25).map(lambda parts: "".join(parts).replace("~n", "\n")))
@settings(max_examples=400, deadline=None)
def test_no_text_raises_an_error(text: str) -> None:
    found = document.parse(text.encode(), "config.yml")
    assert found.findings or json.dumps(found.value) is not None
