"""`hippo export`: fetches new and changed participant records, then writes the files again.

_update          fetches records into the folder's database (`kept`), also after an interruption
_write_tables    writes answers and participants from the database
_tidy_records    deletes surplus files of `--format hippo`, which stores each record as a file
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from hippo_cli.data import fetching, files, preferences, records, spreadsheet_cells, tables
from hippo_cli.data.designs import Designs
from hippo_cli.data.fetching import Fetched
from hippo_cli.data.files import Format
from hippo_cli.data.games.exporting import Games, export_games
from hippo_cli.data.journeys import Journey, follow
from hippo_cli.data.kept import Kept, KeptRecord, open_kept
from hippo_cli.data.records import RecordUnreadable
from hippo_cli.data.studies import check_exists, record_prefix
from hippo_common.errors import HippoError
from hippo_common.parallel import in_parallel
from hippo_gym.runtime.clock import to_text

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Shows a progress bar, given its label and the number of pieces.

Yields the function to advance it.
"""

ABOUT: Final = "about.json"
RECORDS: Final = "Users"
_MEMORY: Final = "resume.sqlite"
_MEMORY_OF_RECORDS: Final = "resume-records.sqlite"
_WRITTEN: Final = ("answers.*", "participants.*", f"{preferences.TABLE}.*")
MEMORIES: Final = (_MEMORY, _MEMORY_OF_RECORDS)


@dataclass(frozen=True)
class Wanted:
    """What to export, and how.

    Attributes:
        every: include answers that did not complete a step.
        with_headers: include data about participants' browsers and networks.
        games: write the tables of the games, too.
    """

    project_id: str
    folder: Path
    form: Format = Format.CSV
    every: bool = False
    with_headers: bool = False
    games: bool = False


@dataclass(frozen=True)
class Exported:
    """The result of an export.

    Attributes:
        files: name of a written file → number of its rows, or records.
        answers: the number of answers in the tables, each of one or more rows.
        fetched: the number of new or changed records.
        gone: the number of participants of the earlier export who are no longer in the study.
        unreadable: key → why the record could not be read.
        problems: other messages for the researcher.
    """

    files: Mapping[str, int]
    participants: int
    answers: int
    fetched: int
    gone: int
    unreadable: Mapping[str, str]
    problems: tuple[str, ...] = ()


def export(s3: S3Client, bucket: str, wanted: Wanted, now: datetime, progress: Progress) -> Exported:
    """Export a study's data, or update an earlier export.

    Args:
        s3: the client.
        bucket: the projects bucket.
        wanted: what to export, and the folder.
        now: the time of the export; decides who counts as having left.
        progress: shows the progress.

    Raises:
        HippoError: the study does not exist, the folder holds something else, or it cannot be
            written to.
    """
    files.check(wanted.form)
    designs = Designs(s3, bucket, wanted.project_id)
    found = fetching.listed(s3, bucket, record_prefix(wanted.project_id))
    there = {one.key: one.etag for one in found if not one.key.endswith("/")}
    check_exists(designs, wanted.project_id, has_data=bool(there))
    try:
        return _export(s3, bucket, wanted, designs, there, now, progress)
    except (OSError, sqlite3.Error) as error:
        raise HippoError(
            f"{wanted.folder} cannot be written to: {error}.",
            "Check that the disk has space and that you may write there, then run the command again to continue.",
        ) from error


def _export(
    s3: S3Client,
    bucket: str,
    wanted: Wanted,
    designs: Designs,
    there: Mapping[str, str],
    now: datetime,
    progress: Progress,
) -> Exported:
    _prepare(wanted.folder)
    as_records = wanted.form is Format.HIPPO
    conditions = () if as_records else designs.conditions()
    path = wanted.folder / (_MEMORY_OF_RECORDS if as_records else _MEMORY)
    source, content = f"study {wanted.project_id} of bucket {bucket}", "all" if wanted.with_headers else "no headers"
    with open_kept(path, source=source, content=content) as kept:
        known = kept.etags()
        changed = [key for key, etag in there.items() if known.get(key) != etag or _is_missing(wanted, key)]
        _update(s3, bucket, wanted, kept, changed, progress)
        gone = [key for key in known if key not in there]
        kept.forget(gone)
        if as_records:
            done = _tidy_records(wanted, kept, gone)
        else:
            done = _write_tables(wanted, kept, designs, conditions, now, progress)
        done = replace(
            done,
            fetched=len(changed),
            gone=len(gone),
            unreadable=kept.faults(),
            problems=tuple(dict.fromkeys((*designs.problems, *done.problems))),
        )
    games = _games(s3, bucket, wanted, progress)
    if games is not None:
        done = replace(done, files={**done.files, **games.files}, problems=(*done.problems, *games.problems))
    _describe(wanted, done, now, conditions, games)
    return done


def _games(s3: S3Client, bucket: str, wanted: Wanted, progress: Progress) -> Games | None:
    if not (wanted.games or wanted.form.is_of_games):
        return None
    return export_games(s3, bucket, wanted.project_id, wanted.folder, wanted.form, progress)


def _prepare(folder: Path) -> None:
    """Create the folder; refuse one with tables that no export has written."""
    folder.mkdir(parents=True, exist_ok=True)
    foreign = sorted(path.name for pattern in _WRITTEN for path in folder.glob(pattern))
    if foreign and not any((folder / name).exists() for name in (ABOUT, _MEMORY)):
        raise HippoError(
            f"{folder} holds {foreign[0]}, which is not from an export and would be overwritten.",
            "Export to another folder with --output, or move the file.",
        )


def _is_missing(wanted: Wanted, key: str) -> bool:
    return wanted.form is Format.HIPPO and not _file_of(wanted, key).exists()


def _update(
    s3: S3Client, bucket: str, wanted: Wanted, kept: Kept, changed: Collection[str], progress: Progress
) -> None:
    keep = _record_as_file if wanted.form is Format.HIPPO else _record_for_tables
    with progress("Fetching", len(changed)) as advance:

        def fetch(key: str) -> tuple[str, KeptRecord | None]:
            found = fetching.fetched(s3, bucket, key)
            return key, None if found is None else keep(wanted, found)

        for key, record in in_parallel(fetch, changed):
            if record is None:
                kept.forget([key])  # deleted after the listing
            else:
                kept.put(record)
            advance(1)
    kept.save()


def _record_for_tables(wanted: Wanted, found: Fetched) -> KeptRecord:
    user_id = found.key.removeprefix(record_prefix(wanted.project_id))
    try:
        record = records.read(user_id, found.body)
    except RecordUnreadable as error:
        return KeptRecord(found.key, found.etag, fault=str(error))
    body = found.body if wanted.with_headers else _encoded(records.without_headers(record.stored))
    return KeptRecord(found.key, found.etag, record.continues, body=body)


def _record_as_file(wanted: Wanted, found: Fetched) -> KeptRecord:
    user_id = found.key.removeprefix(record_prefix(wanted.project_id))
    continues, fault, body = None, None, found.body
    try:
        record = records.read(user_id, found.body)
        continues = record.continues
        body = found.body if wanted.with_headers else _encoded(records.without_headers(record.stored))
    except RecordUnreadable as error:
        fault = str(error)
    if fault is None or wanted.with_headers:
        path = _file_of(wanted, found.key)
        path.parent.mkdir(exist_ok=True)
        with files.whole(path) as file:
            file.write(body)
    return KeptRecord(found.key, found.etag, continues, fault)


def _encoded(record: Mapping[str, Any]) -> bytes:
    return records.writable(json.dumps(record, ensure_ascii=False)).encode()


def _file_of(wanted: Wanted, key: str) -> Path:
    """Return the path of a record's file, named as in the bucket's folder."""
    name = quote(key.removeprefix(record_prefix(wanted.project_id)), safe=" @+,=~")
    return wanted.folder / RECORDS / (name if name.strip(".") else name.replace(".", "%2E"))


def _tidy_records(wanted: Wanted, kept: Kept, gone: Collection[str]) -> Exported:
    """Delete the files of removed participants, and of records that others include."""
    continued = kept.continued()
    standing = [record.key for record in kept.records() if record.key not in continued]
    written = {_file_of(wanted, key) for key in standing}
    for path in (_file_of(wanted, key) for key in (*gone, *continued)):
        alike = (other for other in written if other.name.lower() == path.name.lower())
        if path.exists() and not any(path.samefile(other) for other in alike):  # some file systems ignore case
            path.unlink()
    return Exported({f"{RECORDS}/": len(standing)}, len(standing), 0, 0, 0, {})


def _write_tables(
    wanted: Wanted, kept: Kept, designs: Designs, conditions: Sequence[str], now: datetime, progress: Progress
) -> Exported:
    continued = kept.continued()
    answers, people = f"answers.{wanted.form.extension}", f"participants.{wanted.form.extension}"
    more = tables.condition_columns(conditions)
    columns = (*tables.ANSWERS, *(tables.HEADERS if wanted.with_headers else ()), *more)
    rows = participants = answered = 0
    aside: list[str] = []
    with (
        progress("Writing", kept.count()) as advance,
        files.table(wanted.folder / answers, columns, wanted.form) as write_answer,
        files.table(wanted.folder / people, (*tables.PARTICIPANTS, *more), wanted.form) as write_participant,
        preferences.table(wanted.folder, wanted.form, conditions) as compared,
    ):
        for journey in _journeys(wanted, kept, designs, continued):
            for row in tables.answers_of(
                journey,
                wanted.project_id,
                every=wanted.every,
                with_headers=wanted.with_headers,
                conditions=conditions,
            ):
                write_answer(row)
                rows += 1
            compared.write(preferences.rows_of(journey, wanted.project_id, every=wanted.every, conditions=conditions))
            write_participant(tables.participant_of(journey, wanted.project_id, now, conditions))
            participants += 1
            aside += _set_aside(journey)
            answered += sum(answer.accepted or wanted.every for answer in journey.answers)
            advance(1)
    return Exported(
        {answers: rows, people: participants, **compared.counts}, participants, answered, 0, 0, {}, tuple(aside)
    )


def _set_aside(journey: Journey) -> Iterator[str]:
    """Yield a message for each answer whose fields were not read."""
    for answer in journey.answers:
        why = answer.entry.set_aside
        if why is not None:
            who, number = journey.record.user_id, answer.entry.index
            yield f"The answer in request {number} of {who} {why}: it was set aside, as one text, as it was sent."


def _journeys(wanted: Wanted, kept: Kept, designs: Designs, continued: Collection[str]) -> Iterator[Journey]:
    for held in kept.records():
        if held.key not in continued and held.body is not None:
            record = records.read(held.key.removeprefix(record_prefix(wanted.project_id)), held.body)
            yield follow(record, designs.of(record.version))


def _about_cells(form: Format) -> dict[str, Any]:
    if not form.guards_cells:
        return {}
    return {"texts": {"about": spreadsheet_cells.ABOUT, "pattern": spreadsheet_cells.PATTERN, "replacement": r"\1"}}


def _describe(wanted: Wanted, done: Exported, now: datetime, conditions: Sequence[str], games: Games | None) -> None:
    """Write about.json, which describes the data and its columns."""
    more = tables.condition_columns(conditions)
    about = {
        "study": wanted.project_id,
        "exportedAt": to_text(now),
        "format": wanted.form.value,
        "everyAnswer": wanted.every,
        "withHeaders": wanted.with_headers,
        **asdict(done),
        **_about_cells(wanted.form),
        "columns": {
            "answers": {column.name: column.about for column in (*tables.ANSWERS, *tables.HEADERS, *more)},
            "participants": {column.name: column.about for column in (*tables.PARTICIPANTS, *more)},
            **preferences.described(conditions, done.files),
            **({} if games is None else games.described),
        },
        **({} if games is None else {"games": games.about}),
        "resume.sqlite": "the fetched records; with this file the next export fetches only new and changed records",
    }
    with files.whole(wanted.folder / ABOUT) as file:
        file.write(json.dumps(about, ensure_ascii=False, indent=2).encode())
