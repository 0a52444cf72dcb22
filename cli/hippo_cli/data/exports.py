"""Removes one participant from a folder that `hippo export` has written.

Each file is written again without the participant's rows, and replaces the earlier one when it is
complete. All other rows keep their bytes (in Parquet their values). An interrupted removal is
repeated by the next one, and `find` shows what is left. Files that no export writes are not read.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import unquote

from hippo_cli.data import files
from hippo_cli.data.exporting import ABOUT, MEMORIES, RECORDS
from hippo_cli.data.files import Format
from hippo_cli.data.games import trials
from hippo_cli.data.preferences import TABLE
from hippo_cli.data.spreadsheet_cells import guarded
from hippo_common.errors import HippoError
from hippo_common.reading import json_value

_TABLES: Final = ("answers", "participants", TABLE, "steps", "episodes", "feedback")
_PARTICIPANT: Final = "participant"
_REQUEST: Final = "request"
"""Column of the answers table. An answer has a row for each of its fields, with the same request."""

_LONGEST_CELL: Final = 2**31 - 1  # characters; csv's own limit is below the longest answer

Keep = Callable[[str], bool]
"""Returns whether a row with this participant stays."""


@dataclass
class FoundInExport:
    """What of a participant is in an export.

    Attributes:
        folder: of the export.
        rows: path below the folder → number of rows, records or files.
    """

    folder: Path
    rows: dict[str, int] = field(default_factory=dict)


def find(folder: Path, project_id: str, user_id: str) -> FoundInExport:
    """Find a participant in an export; the case of the id does not matter.

    Raises:
        HippoError: the folder holds no export, that of another study, or it cannot be read.
    """
    return _each(folder, project_id, user_id, remove=False)


def remove(folder: Path, project_id: str, user_id: str) -> FoundInExport:
    """Write an export's files without a participant; return what was removed.

    Raises:
        HippoError: as for `find`, or a file cannot be written.
    """
    return _each(folder, project_id, user_id, remove=True)


def _each(folder: Path, project_id: str, user_id: str, *, remove: bool) -> FoundInExport:
    about = _about(folder, project_id)
    wanted = user_id.lower()
    found, answers = FoundInExport(folder), 0
    try:
        for name in MEMORIES:
            found.rows[name] = _in_memory(folder / name, wanted, remove=remove) if (folder / name).exists() else 0
        for path in _tables(folder):
            requests = _in_table(path, wanted)
            if requests and remove:
                _rewrite(path, lambda participant: not _is(participant, wanted))
            found.rows[path.name] = len(requests)
            if path.stem == "answers":
                answers = len(set(requests))
        for kind in (RECORDS, trials.FOLDER):
            found.rows[f"{kind}/"] = _in_folder(folder / kind, wanted, remove=remove)
        found.rows[ABOUT] = _in_about(folder, about, user_id, found.rows, answers, remove=remove)
    except (OSError, sqlite3.Error, csv.Error, ValueError, KeyError) as error:
        raise HippoError(
            f"The export in {folder} cannot be read or written: {error}.",
            "Close programs that use its files, and run the command again.",
        ) from error
    found.rows = {name: count for name, count in found.rows.items() if count}
    return found


def _about(folder: Path, project_id: str) -> dict[str, Any]:
    """Read about.json, or what stands in for it after an interrupted export."""
    path = folder / ABOUT
    try:
        about = json_value(path.read_bytes()) if path.exists() else {"study": _source(folder)}
    except (OSError, ValueError, sqlite3.Error) as error:
        raise HippoError(f"{path} cannot be read: {error}.", "Name the folder of an export with --export.") from error
    study = about.get("study") if isinstance(about, dict) else None
    if study is None:
        raise HippoError(f"{folder} holds no export: it has no {ABOUT}.", "Name the folder of an export with --export.")
    if study != project_id:
        raise HippoError(
            f"{folder} holds an export of {study}, not of {project_id}.", "Name another folder with --export."
        )
    return dict(about)


def _source(folder: Path) -> str | None:
    """Return the study of an export that was interrupted before it wrote about.json."""
    for name in MEMORIES:
        if (folder / name).exists():
            with closing(sqlite3.connect(folder / name, timeout=1)) as database:
                row = database.execute("SELECT value FROM about WHERE name = 'source'").fetchone()
            return str(row[0]).removeprefix("study ").partition(" of bucket ")[0] if row else None
    return None


def _is(participant: str, wanted: str) -> bool:
    return participant.lower() in {wanted, guarded(wanted)}


# --- the database of fetched records ---


def _in_memory(path: Path, wanted: str, *, remove: bool) -> int:
    with closing(sqlite3.connect(path, timeout=1)) as database:
        database.execute("PRAGMA secure_delete = ON")
        keys = [key for (key,) in database.execute("SELECT key FROM records")]
        theirs = [key for key in keys if key.rpartition("/")[2].lower() == wanted]
        if theirs and remove:
            database.executemany("DELETE FROM records WHERE key = ?", [(key,) for key in theirs])
            database.commit()
            database.execute("VACUUM")
    return len(theirs)


# --- tables ---


def _tables(folder: Path) -> Iterator[Path]:
    for name in _TABLES:
        for form in (Format.CSV, Format.JSONL, Format.PARQUET):
            path = folder / f"{name}.{form.extension}"
            if path.exists():
                yield path


@dataclass(frozen=True)
class _Row:
    """A row: whose it is, of which request, and its bytes, none in Parquet; a CSV file's heading has no participant."""

    participant: str | None
    request: str = ""
    raw: bytes = b""


def _in_table(path: Path, wanted: str) -> list[str]:
    """Return the request of each row of a participant."""
    with path.open("rb") as file:
        rows = _rows(path, file)
        return [row.request for row in rows if row.participant is not None and _is(row.participant, wanted)]


def _rewrite(path: Path, keep: Keep) -> None:
    if path.suffix == ".parquet":
        _rewrite_parquet(path, keep)
        return
    with path.open("rb") as file, files.whole(path) as new:
        for row in _rows(path, file):
            if row.participant is None or keep(row.participant):
                new.write(row.raw)


def _rows(path: Path, file: IO[bytes]) -> Iterator[_Row]:
    if path.suffix == ".csv":
        yield from _csv_rows(file)
    elif path.suffix == ".jsonl":
        for line in file:
            row = json_value(line)
            yield _Row(str(row.get(_PARTICIPANT, "")), str(row.get(_REQUEST, "")), line)
    else:
        parquet: Any = import_module("pyarrow.parquet")
        with parquet.ParquetFile(file) as table:
            columns = [name for name in (_PARTICIPANT, _REQUEST) if name in table.schema_arrow.names]
            for batch in table.iter_batches(columns=columns):
                for row in batch.to_pylist():
                    yield _Row(str(row[_PARTICIPANT]), str(row.get(_REQUEST, "")))


def _csv_rows(file: IO[bytes]) -> Iterator[_Row]:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    raw: list[str] = []

    def lines() -> Iterator[str]:
        for line in text:
            raw.append(line)
            yield line

    names: list[str] | None = None
    with _long_cells():
        for cells in csv.reader(lines()):
            body = "".join(raw).encode()
            raw.clear()
            if names is None:
                names = [name.removeprefix("\ufeff").strip('"') for name in cells]
                yield _Row(None, raw=body)
            else:
                row = dict(zip(names, cells, strict=False))
                yield _Row(row[_PARTICIPANT], row.get(_REQUEST, ""), body)
    text.detach()


@contextmanager
def _long_cells() -> Iterator[None]:
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _rewrite_parquet(path: Path, keep: Keep) -> None:
    pyarrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    with parquet.ParquetFile(path) as table, files.whole(path) as new:
        schema = table.schema_arrow
        with parquet.ParquetWriter(new, schema, compression="zstd") as writer:
            for batch in table.iter_batches():
                stays = pyarrow.array([keep(str(value)) for value in batch.column(_PARTICIPANT).to_pylist()])
                writer.write_table(pyarrow.Table.from_batches([batch], schema).filter(stays))


# --- files of records, and the records of games ---


def _in_folder(folder: Path, wanted: str, *, remove: bool) -> int:
    """Find the files of a participant: their record, or the folder and files of their games."""
    count = 0
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        name = unquote(path.name).lower()
        names = {name} if path.is_dir() or folder.name == RECORDS else {name, Path(name).stem}
        if wanted not in names:
            continue
        count += sum(each.is_file() for each in path.rglob("*")) if path.is_dir() else 1
        if remove and path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif remove:
            path.unlink()
    return count


# --- about.json ---


def _in_about(
    folder: Path, about: dict[str, Any], user_id: str, removed: dict[str, int], answers: int, *, remove: bool
) -> int:
    """Find the places in about.json with the id; write it again without them, and with the new numbers of rows."""
    wanted = user_id.lower()
    unreadable: dict[str, Any] = about.get("unreadable") or {}
    problems: list[str] = about.get("problems") or []
    theirs = {key for key in unreadable if key.rpartition("/")[2].lower() == wanted}
    texts = [text for text in problems if wanted in _words(text)]
    if remove and (folder / ABOUT).exists() and (theirs or texts or any(removed.values())):
        people = [count for name, count in removed.items() if name.startswith(("participants.", f"{RECORDS}/"))]
        counts = {name: count - removed.get(name, 0) for name, count in about.get("files", {}).items()}
        changed: dict[str, Any] = {
            "unreadable": {key: why for key, why in unreadable.items() if key not in theirs},
            "problems": [text for text in problems if text not in texts],
            "files": {name: max(count, 0) for name, count in counts.items()},
            "answers": max(int(about.get("answers", 0)) - answers, 0),
            "participants": max(int(about.get("participants", 0)) - max(people, default=0), 0),
        }
        if isinstance(about.get("games"), dict):
            changed["games"] = {**about["games"], "sessions": len(list(trials.sessions(folder)))}
        with files.whole(folder / ABOUT) as file:
            file.write(json.dumps({**about, **changed}, ensure_ascii=False, indent=2).encode())
    return len(theirs) + len(texts)


def _words(text: Any) -> set[str]:
    """Return the words of a message, in lower case, also the segments of a key."""
    words = str(text).lower().replace("/", " ").split()
    return {word.strip(".,:;'\"()") for word in words} | set(words)
