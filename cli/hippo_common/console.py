"""Terminal output of the commands: results to stdout; warnings, questions and progress to stderr.

Only a terminal gets colours, and none does if NO_COLOR is set (no-color.org).

Much of what the commands show was written by participants, containers and studies. All of it goes
through `visible`: a control character could move the cursor, replace what is on the screen, or
send a terminal's own commands (ECMA-48). Text is never read as rich's markup.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Literal, TextIO

import typer

from hippo_common.errors import HippoError

Style = Literal["plain", "strong", "quiet", "good", "warn", "bad"]

Cell = str | tuple[str, Style]
"""A table's cell: its text, or its text and its style."""

Line = str | Sequence[Cell]
"""A line of output: its text, or its parts, each with its own style."""

_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""C0 without tab and newline, DEL, C1, characters that change the direction of text, surrogates."""

_STYLES: Final[Mapping[Style, dict[str, Any]]] = {
    "plain": {},
    "strong": {"bold": True},
    "quiet": {"dim": True},
    "good": {"fg": "green"},
    "warn": {"fg": "yellow"},
    "bad": {"fg": "red", "bold": True},
}
_RICH_STYLES: Final[Mapping[Style, str]] = {
    "plain": "",
    "strong": "bold",
    "quiet": "dim",
    "good": "green",
    "warn": "yellow",
    "bad": "bold red",
}
_MARKDOWN_COLUMNS: Final = 120
_UNBOUNDED: Final = 10_000  # columns of a pipe or a file, so that rich does not wrap the rows there


def visible(text: str) -> str:
    r"""Return a text with its control characters written out, such as `\x1b`; tabs and line ends stay."""
    return _CONTROLS.sub(_written_out, text.replace("\r\n", "\n"))


def _written_out(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def has_colours(stream: TextIO) -> bool:
    """Return whether a stream takes colours."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def rich_colours(stream: TextIO) -> dict[str, Any]:
    """Return the arguments of a rich Console that let it write colours to this stream only if it takes them.

    rich by itself also writes them into a file if FORCE_COLOR or TTY_COMPATIBLE is set, as some CI systems do.
    """
    return {} if has_colours(stream) else {"no_color": True, "color_system": None, "force_terminal": False}


def paint(text: str, style: Style, stream: TextIO | None = None) -> str:
    """Return the text, made visible, with a style if the stream (standard output by default) takes colours."""
    if style == "plain" or not has_colours(stream or sys.stdout):
        return visible(text)
    return typer.style(visible(text), **_STYLES[style])


def say(line: Line = "", style: Style = "plain") -> None:
    """Write a line of the command's result to standard output; parts without a style get `style`."""
    typer.echo(_painted(line, style, sys.stdout))


def note(line: Line = "", style: Style = "plain") -> None:
    """Write a line to standard error: for people, not for programs that read the output."""
    typer.echo(_painted(line, style, sys.stderr), err=True)


def _painted(line: Line, style: Style, stream: TextIO) -> str:
    cells = (line,) if isinstance(line, str) else line
    return "".join(paint(*((cell, style) if isinstance(cell, str) else cell), stream) for cell in cells)


def warn(text: str) -> None:
    """Write a warning to standard error."""
    note((("Warning:", "warn"), f" {text}"))


def fail(error: HippoError) -> None:
    """Write the error that ended the command, and its fix, to standard error."""
    note((("Error:", "bad"), f" {error.message}"))
    if error.fix:
        note((("To do:", "strong"), f" {error.fix}"))


def print_json(value: Any) -> None:
    """Write a value as JSON to standard output."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    typer.echo(_CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text))  # all of them are inside of strings


def table(headings: Sequence[str], rows: Sequence[Sequence[Cell]], right: Sequence[str] = ()) -> None:
    """Write a table to standard output.

    Args:
        headings: the columns' headings.
        rows: the cells of each row.
        right: the headings of the columns to align right, for numbers.
    """
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for heading in headings:
        shown.add_column(_rich_text(heading), justify="right" if heading in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*map(_rich_text, row))
    width = None if sys.stdout.isatty() else _UNBOUNDED
    console = Console(file=sys.stdout, width=width, highlight=False, **rich_colours(sys.stdout))
    console.print(shown)


def _rich_text(cell: Cell) -> Any:
    from rich.text import Text

    text, style = (cell, "") if isinstance(cell, str) else (cell[0], _RICH_STYLES[cell[1]])
    return Text(visible(text), style)


def confirm(question: str, *, yes: bool) -> bool:
    """Ask a question, and return whether the answer is `y` or `yes`.

    Args:
        question: without the "[y/N]" after it.
        yes: the command line has --yes, which answers the question.

    Raises:
        HippoError: standard input is not a terminal.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise HippoError(
            f"{question} This needs an answer, and standard input is not a terminal.",
            "Run the command again with --yes if the answer is yes.",
        )
    return typer.confirm(visible(question), default=False, err=True)


def ask(question: str, usual: str = "") -> str:
    """Ask a question on standard error, and return the answer; `usual`, which is shown, for none."""
    shown = visible(usual)
    answer = str(typer.prompt(visible(question), default=shown, show_default=bool(usual), err=True))
    return usual if answer == shown else answer


def show_markdown(text: str) -> None:
    """Write a text in Markdown to standard output, formatted for a terminal."""
    from rich.console import Console
    from rich.markdown import Markdown

    width = None if sys.stdout.isatty() else _MARKDOWN_COLUMNS
    shown = Console(file=sys.stdout, width=width, highlight=False, **rich_colours(sys.stdout))
    shown.print(Markdown(visible(text)))


def clear() -> None:
    """Clear the terminal; do nothing if standard output is none."""
    from rich.console import Console

    Console().clear()


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on standard error, on a terminal, while the block runs.

    Args:
        label: the work, shown before the bar.
        total: the number of pieces of work; None if unknown.

    Yields:
        a thread-safe function to call with the number of pieces just finished.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich import progress as rich_progress
    from rich.console import Console

    columns = (
        rich_progress.TextColumn("{task.description}", markup=False),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    console = Console(file=sys.stderr, no_color=not has_colours(sys.stderr))
    with rich_progress.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(visible(label), total=total)
        yield lambda pieces: bar.advance(task, pieces)
