"""Runs hippo_play on a record, in the study's Python: `play/hippo_play/filming.py`."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from hippo_cli.game import missing
from hippo_cli.game.python import Python, environment, play_command
from hippo_cli.replay.finding import COULD_NOT
from hippo_cli.study import Study
from hippo_common.errors import HippoError

_STEP: Final = re.compile(r"step (\d+) of (\d+)$")
_TOO_OLD: Final = "unrecognized arguments"


@dataclass(frozen=True)
class Film:
    """A record that was played again.

    Attributes:
        folder: with pictures.bin.
        report: what replay.json holds.
    """

    folder: Path
    report: dict[str, Any]

    @property
    def episodes(self) -> list[dict[str, Any]]:
        """The episodes that were played again."""
        return list(self.report["episodes"])

    @property
    def is_same(self) -> bool:
        """Return whether every episode was as recorded."""
        return not any(each["difference"] or each["fault"] for each in self.episodes)

    def picture(self, number: int) -> bytes | None:
        """Return a picture, a JPEG; None if there is none of this number."""
        sizes = self.report["pictures"]
        if not 0 <= number < len(sizes):
            return None
        with (self.folder / "pictures.bin").open("rb") as file:
            file.seek(self._starts[number])
            return file.read(sizes[number])

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(self.report["pictures"])]


def play(
    study: Study,
    python: Python,
    record: Path,
    folder: Path,
    arguments: list[str],
    on_step: Callable[[int, int], None],
) -> Film:
    """Play a record again.

    Args:
        study: whose game it is.
        python: to run the game in.
        record: the folder of the record's parts.
        folder: to write pictures into.
        arguments: more of hippo_play's.
        on_step: called with the number of steps made so far, and of all.

    Raises:
        HippoError: the game cannot be made, or hippo_play is missing or too old.
    """
    made = play_command(python, study.config.resolve(), "--replay", str(record), "--to", str(folder), *arguments)
    lines: list[str] = []
    try:
        process = subprocess.Popen(
            made,
            cwd=study.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        what = f"{python.path} does not run: {error.strerror}."
        raise HippoError(what, "Name another one with --python.", COULD_NOT) from error
    with process:
        for line in process.stdout or ():
            step = _STEP.match(line.rstrip())
            if step is None:
                lines.append(line.rstrip("\n"))
            else:
                on_step(int(step[1]), int(step[2]))
    if process.returncode in (0, 1) and (folder / "replay.json").is_file():
        return Film(folder, json.loads((folder / "replay.json").read_text(encoding="utf-8")))
    if any(_TOO_OLD in line for line in lines):
        newer = python.install_line("--upgrade", "hippo-play")
        raise HippoError(f"The hippo_play of {python.path} is too old for `hippo replay`.", f"Run: {newer}", COULD_NOT)
    reason = missing.explain(lines, python, study.folder)
    raise HippoError(f"The record cannot be played again. {reason.what}", reason.fix, COULD_NOT)
