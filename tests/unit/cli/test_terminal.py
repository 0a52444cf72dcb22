"""Nothing that participants, containers and studies write controls a terminal."""

from __future__ import annotations

import ast
import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hippo_common import console
from hippo_common.errors import HippoError

CLI = Path(console.__file__).parents[1]
CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x202E, 0x2066, 0xDC80) if chr(code) not in "\t\n"]
ATTACKS = st.text(st.sampled_from([*CONTROLS, "\n", "\t", "[", "]", "m", "3", "1", "é", "\\", " "]), max_size=40)


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def is_clean(text: str) -> bool:
    return not any(character in text for character in CONTROLS)


@given(ATTACKS | st.text(max_size=40))
@example("\x1b]0;title\x07\x1b[2J\x9b31m\r\n")
@settings(max_examples=300, deadline=None)
def test_a_visible_text_has_no_control_characters(text: str) -> None:
    shown = console.visible(text)
    assert is_clean(shown)
    shown.encode("utf-8")
    if is_clean(text):
        assert shown == text


def test_every_control_character_is_written_out() -> None:
    assert console.visible("\x1b[31m\x07\x7f\x9b\u202e\udc80 é\t\n") == r"\x1b[31m\x07\x7f\x9b\u202e\udc80 é" + "\t\n"
    assert console.visible("one\r\ntwo\rthree") == "one\ntwo\\x0dthree"


@given(ATTACKS)
@settings(max_examples=60, deadline=None)
def test_every_kind_of_output_is_clean(text: str) -> None:
    with pytest.MonkeyPatch.context() as patched:
        out, err = Terminal(), Terminal()
        patched.setattr(sys, "stdout", out)
        patched.setattr(sys, "stderr", err)
        patched.setenv("NO_COLOR", "1")
        console.say(text, "bad")
        console.say(("before ", (text, "good"), text))
        console.note(text)
        console.warn(text)
        console.fail(HippoError(text, text))
        console.table([f"{text}x"], [[text], [(text, "warn")]])
        console.print_json({text: [text]})
        console.show_markdown(text)
    written = out.getvalue() + err.getvalue()
    assert is_clean(written), written


def test_json_with_control_characters_stays_the_same_value(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"\x1b\x85": ["\x9b31m", "\x7f", "\u202e", "é"]}
    console.print_json(value)
    text = capsys.readouterr().out
    assert is_clean(text)
    assert json.loads(text) == value


@pytest.mark.parametrize("text", ["[red]x[/red]", "[/]", "[link=file:///etc]y[/link]", ":smile:", r"\[bold]"])
def test_markup_is_shown_as_it_is(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    console.table([text], [[text], [(text, "good")]])
    console.say(text)
    assert capsys.readouterr().out.count(text) == 4


def test_a_progress_bars_label_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    with console.progress("[red]x[/red]\x1b]0;t\x07\x9b", 2) as advance:
        advance(1)
    assert "[red]x[/red]\\x1b]0;t\\x07\\x9b" in screen.getvalue()


def test_a_styled_part_keeps_its_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    console.say((("\x1bx", "good"), "\x1by"))
    assert screen.getvalue() == "\x1b[32m\\x1bx\x1b[0m\\x1by\n"


WRITERS = {
    "print",
    "input",
    "Console",
    *(f"sys.{stream}.write" for stream in ("stdout", "stderr")),
    *(f"{module}.{name}" for module in ("typer", "click") for name in ("echo", "secho", "prompt", "confirm")),
}
OWN_OUTPUT = {CLI / "hippo_common" / "console.py", CLI / "hippo_deploy" / "verify" / "game_server.py"}
"""The one place; and a program that a container runs."""


def test_no_other_module_writes_to_the_terminal() -> None:
    found = []
    for path in CLI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and path not in OWN_OUTPUT:
                called = ast.unparse(node.func)
                found += [f"{path}:{node.lineno}: {called}"] if called in WRITERS else []
    assert found == []
