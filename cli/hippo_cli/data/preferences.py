"""The table `preferences` of an export: one row for each pair of clips that a participant was shown.

The answers say themselves which clip stood where (`hippo_gym.studies.comparisons`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hippo_cli.data import files, tables
from hippo_cli.data.files import Format, Write
from hippo_cli.data.journeys import Answer, Journey
from hippo_cli.data.tables import Column, Row
from hippo_gym.studies.comparisons import EQUAL, FIELD, LEFT, RIGHT
from hippo_gym.studies.projects import step_name

TABLE: Final = "preferences"

COLUMNS: Final = (
    Column("project", "text", "the study's id"),
    Column("participant", "text", "the participant's id"),
    Column("version", "text", "the version of the study that the participant began with; empty if the study had none"),
    Column("step", "text", "the step's number"),
    Column("request", "whole", "the index of the answer among the participant's requests, counted from 0"),
    Column("position", "whole", "the place of the pair among those that the participant judges, counted from 1"),
    Column("clip_a", "text", "the clip of the pair that comes first in the alphabet"),
    Column("clip_b", "text", "the other clip"),
    Column("left", "text", "the clip that stood on the left"),
    Column("right", "text", "the clip that stood on the right"),
    Column("choice", "text", "left, right, equal or unsure; empty without a choice"),
    Column("preferred", "text", "the clip that was chosen; empty if none was"),
    Column("label", "number", "1 if clip_a was chosen, 0 if clip_b, 0.5 if both are equal; empty if unsure"),
    Column("requested_at", "time", "when the participant first got the page of the pair, UTC"),
    Column("answered_at", "time", "when the participant sent the answer, UTC"),
    Column(
        "seconds",
        "number",
        "the time from requested_at to answered_at, for all pairs of the page; empty for an answer that did not "
        "complete the step",
    ),
    Column("pairs_on_page", "whole", "the number of pairs on the page"),
    Column("accepted", "truth", "the answer completed the step; false if it was sent twice or too late"),
)

_LEFT_CLIP: Final = re.compile(rf"{FIELD}([1-9][0-9]{{0,8}})\.{LEFT}")


@dataclass(frozen=True)
class Judged:
    """One pair of clips that a participant was shown.

    Attributes:
        position: the pair's place among those of the participant, counted from 1.
        choice: what they chose; None without a choice.
    """

    position: int
    left: str
    right: str
    choice: str | None

    @property
    def preferred(self) -> str | None:
        """Return the clip that was chosen, if one was."""
        return {LEFT: self.left, RIGHT: self.right}.get(self.choice or "")

    @property
    def label(self) -> float | None:
        """Return the share of the preference that the first clip in the alphabet gets; None if it is unknown."""
        if self.choice == EQUAL:
            return 0.5
        return None if self.preferred is None else float(self.preferred == min(self.left, self.right))


def judged(answer: Answer) -> list[Judged]:
    """Return the pairs of clips in an answer, in the order of the page."""
    fields: Mapping[str, str | None] = {name: value for name, value in answer.fields if name is not None}
    found = []
    for name, left in fields.items():
        match = _LEFT_CLIP.fullmatch(name)
        right = fields.get(f"{FIELD}{match[1]}.{RIGHT}") if match else None
        if match and left and right:
            found.append(Judged(int(match[1]), left, right, fields.get(f"{FIELD}{match[1]}") or None))
    return sorted(found, key=lambda pair: pair.position)


def rows_of(journey: Journey, project_id: str, *, every: bool, conditions: Sequence[str] = ()) -> Iterator[Row]:
    """Yield a participant's rows.

    Args:
        journey: the participant's way.
        project_id: the study's id.
        every: include answers that did not complete a step.
        conditions: the names of the study's conditions.
    """
    record = journey.record
    values = tuple(record.conditions.get(name) for name in conditions)
    for answer in journey.answers:
        pairs = judged(answer) if answer.accepted or every else []
        step = None if answer.position is None else step_name(answer.position)
        for pair in pairs:
            yield (
                *(project_id, record.user_id, record.version, step, answer.entry.index, pair.position),
                *(min(pair.left, pair.right), max(pair.left, pair.right), pair.left, pair.right),
                *(pair.choice, pair.preferred, pair.label),
                *(answer.requested_at, answer.entry.at, answer.seconds, len(pairs), answer.accepted),
                *values,
            )


class Table:
    """Writes the table; without rows there is no file, unless an earlier export wrote one.

    Attributes:
        rows: the number of rows.
    """

    def __init__(self, opened: ExitStack, path: Path, form: Format, conditions: Sequence[str]) -> None:
        """Name the file; `opened` closes it."""
        self._opened, self._path, self._form = opened, path, form
        self._columns = (*COLUMNS, *tables.condition_columns(conditions))
        self._write: Write | None = None
        self.rows = 0

    @property
    def counts(self) -> dict[str, int]:
        """Return name of the file → number of rows; empty without a file."""
        return {} if self._write is None else {self._path.name: self.rows}

    def begin(self) -> Write:
        """Open the file, unless it is open."""
        if self._write is None:
            self._write = self._opened.enter_context(files.table(self._path, self._columns, self._form))
        return self._write

    def write(self, rows: Iterator[Row]) -> None:
        """Add rows."""
        for row in rows:
            self.begin()(row)
            self.rows += 1


@contextmanager
def table(folder: Path, form: Format, conditions: Sequence[str]) -> Iterator[Table]:
    """Open the table in the folder of an export."""
    path = folder / f"{TABLE}.{form.extension}"
    with ExitStack() as opened:
        found = Table(opened, path, form, conditions)
        if path.exists():
            found.begin()
        yield found


def described(conditions: Sequence[str], written: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the descriptions of the table's columns; empty if it is not among the written files."""
    if not any(name.startswith(f"{TABLE}.") for name in written):
        return {}
    return {TABLE: {column.name: column.about for column in (*COLUMNS, *tables.condition_columns(conditions))}}
