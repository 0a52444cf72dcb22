"""Prints the demo: a line for each event, tables at the end.

On a terminal each participant has one line that changes in place; elsewhere each change is a new
line.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from local.checks import Check
from local.participants import Visit


class Presentation:
    """The output of one run. Several threads may call it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._doing: dict[str, str] = {}
        self._live: Live | None = None
        self._closed = False

    def close(self) -> None:
        """Ignore what threads still report after the end of the run."""
        self._closed = True

    def heading(self, text: str) -> None:
        """Print the heading of a part."""
        self._console.print(Text(f"\n{text}", style="bold"))

    def line(self, text: str, style: str = "") -> None:
        """Print one event with its time."""
        self._console.print(Text(f"  {self._clock()}  {text}", style=style))

    @contextmanager
    def participants(self) -> Iterator[None]:
        """Show one line per participant, kept up to date, until the block ends."""
        if not self._console.is_terminal:
            yield
            return
        with Live(console=self._console, get_renderable=self._picture, refresh_per_second=8, transient=True) as live:
            self._live = live
            try:
                yield
            finally:
                self._live = None

    def doing(self, name: str, what: str) -> None:
        """Show what a participant does now; print nothing if it is the same as before."""
        if self._closed or self._doing.get(name) == what:
            return
        self._doing[name] = what
        if self._live is None:
            self.line(f"{name:<6} {what}")

    def deployed(self, rows: Mapping[str, str]) -> None:
        """Print what was deployed, and how long it took."""
        table = Table(title="Deployed", title_justify="left", show_header=False)
        table.add_column()
        table.add_column(overflow="fold")
        for name, value in rows.items():
            table.add_row(name, value)
        self._console.print(table)

    def visits(self, visits: Sequence[Visit], answers_stored: Mapping[str, str]) -> None:
        """Print each participant's visit."""
        table = Table(title="Participants", title_justify="left")
        for column in ("who", "steps", "waited", "server", "game", "answers stored"):
            table.add_column(column, overflow="fold", no_wrap=column in ("waited", "server"))
        for visit in visits:
            game = visit.play
            table.add_row(
                f"{visit.persona.name}\n{visit.persona.habit}",
                " → ".join(visit.steps) or "none",
                f"{visit.wait_seconds:.1f} s",
                game.server if game else "none",
                f"{game.sent} messages sent\n{game.frames} frames seen" if game else "not played",
                answers_stored.get(visit.persona.key, "none"),
            )
        self._console.print(table)

    def cleaned_up(self, peak: Mapping[str, int], now: Mapping[str, int], ended: int, seconds: float) -> None:
        """Print the resources that existed during play, and those that are left."""
        table = Table(title=f"Left behind, {seconds:.0f} s after the last page", title_justify="left")
        table.add_column("what")
        table.add_column("while they played", justify="right")
        table.add_column("now", justify="right")
        for kind, count in now.items():
            table.add_row(kind, str(peak.get(kind, 0)), Text(str(count), style="bold red" if count else "green"))
        table.add_row("Ended session records", "", str(ended))
        self._console.print(table)

    def verdict(self, checks: Sequence[Check], logs: str) -> None:
        """Print whether every check holds; for a failed check, what was expected and found."""
        failed = [check for check in checks if not check.holds]
        if not failed and checks:
            self._console.print(Text(f"\nAll {len(checks)} checks hold. ({self._clock().strip()})", style="bold green"))
            return
        self._console.print(Text(f"\n{len(failed)} of {len(checks)} checks failed:", style="bold red"))
        for check in failed:
            self._console.print(Text(f"  {check.name}", style="bold"))
            self._console.print(Text(f"    expected  {check.expected}\n    found     {check.found}"))
        self._console.print(Text(f"Logs: {logs}"))

    def failure(self, message: str, logs: str) -> None:
        """Print why the demo stopped early."""
        self._console.print(Text(f"\n{message}", style="bold red"))
        self._console.print(Text(f"Logs: {logs}"))

    def _clock(self) -> str:
        return f"{time.monotonic() - self._began:5.1f} s"

    def _picture(self) -> Group:
        return Group(*(Spinner("dots", Text(f" {name:<6} {what}")) for name, what in sorted(self._doing.items())))
