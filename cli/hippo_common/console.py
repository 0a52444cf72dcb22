"""All that `hippo` writes: results to standard output; warnings, questions and progress to standard error.

Colours are used on a terminal alone, and not at all if NO_COLOR is set (no-color.org).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Literal, TextIO

import typer

from hippo_common.errors import HippoError

Style = Literal["plain", "strong", "quiet", "good", "warn", "bad"]

Cell = str | tuple[str, Style]
"""A table's cell: its text, or its text and how to show it."""

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
_UNBOUNDED: Final = 10_000  # columns of an output that is no terminal: nothing is cut off there


def has_colours(stream: TextIO) -> bool:
    """Tell whether colours may be written to a stream."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, style: Style, stream: TextIO | None = None) -> str:
    """Return the text with a style, if the stream (standard output by default) takes colours."""
    if style == "plain" or not has_colours(stream or sys.stdout):
        return text
    return typer.style(text, **_STYLES[style])


def say(text: str = "", style: Style = "plain") -> None:
    """Write a line of what was asked for to standard output."""
    typer.echo(paint(text, style))


def note(text: str = "", style: Style = "plain") -> None:
    """Write a line to standard error: what a person wants to know and a program that reads the output does not."""
    typer.echo(paint(text, style, sys.stderr), err=True)


def warn(text: str) -> None:
    """Write a warning to standard error."""
    note(f"{paint('Warning:', 'warn', sys.stderr)} {text}")


def fail(error: HippoError) -> None:
    """Write what ended the command to standard error, and what to do about it."""
    note(f"{paint('Error:', 'bad', sys.stderr)} {error.message}")
    if error.fix:
        note(f"{paint('To do:', 'strong', sys.stderr)} {error.fix}")


def print_json(value: Any) -> None:
    """Write a value as JSON to standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def table(headings: Sequence[str], rows: Sequence[Sequence[Cell]], right: Sequence[str] = ()) -> None:
    """Write a table to standard output.

    Args:
        headings: of its columns.
        rows: their cells.
        right: the headings of the columns that are set flush right, for numbers.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for heading in headings:
        shown.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell) if isinstance(cell, str) else Text(cell[0], _RICH_STYLES[cell[1]]) for cell in row))
    width = None if sys.stdout.isatty() else _UNBOUNDED
    console = Console(file=sys.stdout, width=width, no_color=not has_colours(sys.stdout), highlight=False)
    console.print(shown)


def confirm(question: str, *, yes: bool) -> bool:
    """Ask for a yes; only `y` and `yes` are one.

    Args:
        question: without a question mark's "[y/N]".
        yes: it was answered on the command line, by --yes.

    Raises:
        HippoError: nobody is there to ask.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise HippoError(
            f"{question} There is nobody to ask: this is no terminal.",
            "Run it again with --yes if the answer is yes.",
        )
    return typer.confirm(question, default=False, err=True)


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on standard error, on a terminal, while the block runs.

    Args:
        label: what is being done.
        total: how many pieces of work there are; None if nobody knows.

    Yields:
        a function to call with the number of pieces that were done; from one thread or several.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich import progress as rich_progress
    from rich.console import Console

    columns = (
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    console = Console(file=sys.stderr, no_color=not has_colours(sys.stderr))
    with rich_progress.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda pieces: bar.advance(task, pieces)
