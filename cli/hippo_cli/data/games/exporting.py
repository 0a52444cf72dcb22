"""Writes the tables of a study's games: steps, episodes and feedback."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from hippo_cli.data import files
from hippo_cli.data.files import Format, UnfittingValue
from hippo_cli.data.games import columns, trials
from hippo_cli.data.games.reading import Reader, Tables, events_of, kind_of
from hippo_cli.data.games.trials import Progress
from hippo_cli.data.tables import Column, Kind, Row

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from hippo_cli.data.games.datasets.writing import DataSets

_VALUES: Final = ("observation", "next_observation", "action")
_LOOKED_AT: Final = 50
"""Steps at the beginning of each session that decide the kinds of observations and actions."""

_FAULTS_SHOWN: Final = 20


@dataclass(frozen=True)
class Games:
    """The result of an export.

    Attributes:
        files: name of a written file → number of its rows.
        sessions: number of sessions with a record.
        fetched: number of new parts. gone: number of deleted ones.
        columns: the columns of each table.
        environments: id of each environment that was played → versions of the packages it ran with.
        problems: messages for the researcher.
    """

    files: dict[str, int]
    sessions: int
    fetched: int
    gone: int
    columns: dict[str, tuple[Column, ...]]
    problems: tuple[str, ...]
    environments: dict[str, dict[str, str]]

    @property
    def described(self) -> dict[str, dict[str, str]]:
        """What each column of each table holds, for about.json."""
        return {name: {column.name: column.about for column in its} for name, its in self.columns.items()}

    @property
    def about(self) -> dict[str, Any]:
        """Further facts for about.json."""
        return {"sessions": self.sessions, "environments": self.environments}


def export_games(s3: S3Client, bucket: str, project_id: str, folder: Path, form: Format, progress: Progress) -> Games:
    """Fetch the records of a study's games and write their tables into `folder`.

    Raises:
        HippoError: this machine cannot write the format.
    """
    files.check(form)
    copied = trials.copy(s3, bucket, project_id, folder, progress)
    found = list(trials.sessions(folder))
    kinds = _kinds(found)
    while True:
        try:
            return _write(project_id, folder, form, found, kinds, copied, progress)
        except UnfittingValue as unfitting:
            kinds[unfitting.column] = "text"


def _write(
    project_id: str,
    folder: Path,
    form: Format,
    found: Sequence[trials.Session],
    kinds: dict[str, Kind],
    copied: trials.Copied,
    progress: Progress,
) -> Games:
    written = {
        "steps": columns.typed(columns.STEPS, kinds),
        "episodes": columns.EPISODES,
        "feedback": columns.typed(columns.FEEDBACK, kinds),
    }
    if form.is_of_games:
        del written["steps"]
    rows = dict.fromkeys(written, 0)
    with ExitStack() as stack, progress("Writing games", len(found)) as advance:
        writers: dict[str, files.Write] = {}
        for name, its_columns in written.items():
            write = stack.enter_context(files.table(folder / f"{name}.{form.extension}", its_columns, form))
            writers[name] = _counting(write, rows, name)
        if form.is_of_games:
            tables, sets = _for_data_sets(stack, project_id, folder, form, writers, found)
        else:
            tables, sets = Tables(writers["steps"], writers["episodes"], writers["feedback"]), None
        with _no_search_for_cycles():
            for session in found:
                reader = Reader(project_id, session.participant, session.session, tables)
                for path in session.parts:
                    reader.part(path)
                reader.finish()
                advance(1)
    named = {f"{name}.{form.extension}": count for name, count in rows.items()}
    more = () if sets is None else sets.problems
    if sets is not None:
        named |= {f"{form.value}/{name}": steps for name, steps in sets.steps.items()}
    return Games(
        named,
        len(found),
        copied.fetched,
        copied.deleted,
        written,
        (*_problems(copied.others, tables), *more),
        tables.environments,
    )


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Pause Python's search for cyclic garbage: rows hold none, and it takes a third of the time.

    Everything else is freed as always, when nothing refers to it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _for_data_sets(
    stack: ExitStack,
    project_id: str,
    folder: Path,
    form: Format,
    writers: dict[str, files.Write],
    found: Sequence[trials.Session],
) -> tuple[Tables, DataSets]:
    """Return tables whose steps go into data sets, episode by episode."""
    from hippo_cli.data.games.datasets import writing
    from hippo_cli.data.games.datasets.lookup import Lookup

    lookup = Lookup(found)
    sets, gatherer = stack.enter_context(writing.opened(project_id, folder, form, lookup.of))
    write_episode = writers["episodes"]

    def episode(row: Row) -> None:
        write_episode(row)
        gatherer.episode(row)

    tables = Tables(gatherer.step, episode, writers["feedback"], keeps_blocks=True)
    lookup.blocks, sets.problems = tables.blocks, lookup.problems
    return tables, sets


def _counting(write: files.Write, rows: dict[str, int], name: str) -> files.Write:
    def counted(row: Row) -> None:
        write(row)
        rows[name] += 1

    return counted


def _kinds(found: list[trials.Session]) -> dict[str, Kind]:
    """Return how observations and actions are stored, from the first steps of each session."""
    values: dict[str, list[Any]] = {name: [] for name in _VALUES}
    for session in found:
        for step in islice(_steps(session), _LOOKED_AT):
            for name, its_values in values.items():
                its_values.append(step.get(name))
    return {name: cast("Kind", kind_of(its_values)) for name, its_values in values.items()}


def _steps(session: trials.Session) -> Iterator[Any]:
    for path in session.parts:
        for _, event in events_of(path):
            if event is not None and event["event"] == "step":
                yield event


def _problems(others: int, tables: Tables) -> Iterator[str]:
    if others:
        yield (
            f"{others} objects below Trials/ are no records of hippo_play's form, such as checkpoints of a policy: "
            "they were left in the bucket."
        )
    yield from tables.faults[:_FAULTS_SHOWN]
    if len(tables.faults) > _FAULTS_SHOWN:
        yield f"{len(tables.faults) - _FAULTS_SHOWN} more lines could not be read."
