"""The records that an export's folder already holds, so that the next export fetches only changes.

It is a SQLite file beside the output. It stores each participant record with its ETag from S3, in
transactions, so an interruption leaves no partial record. It holds no more than the output: headers
only with --with-headers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hippo_common.errors import HippoError

_FORMAT: Final = "1"
_IN_A_BATCH: Final = 500

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS records (
    key TEXT PRIMARY KEY, etag TEXT NOT NULL, continues TEXT, fault TEXT, body BLOB
);
"""


@dataclass(frozen=True)
class KeptRecord:
    """One participant record.

    Attributes:
        continues: the key of an old record that this one includes.
        fault: why it cannot be read; None if it can.
        body: the content for the tables; None if the record is stored as a file.
    """

    key: str
    etag: str
    continues: str | None = None
    fault: str | None = None
    body: bytes | None = None


class Kept:
    """The database of an export's folder."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._unsaved = 0

    def etags(self) -> dict[str, str]:
        """Return the ETag of each record, by its key; an empty one for a record to fetch again."""
        return dict(self._database.execute("SELECT key, etag FROM records"))

    def put(self, record: KeptRecord) -> None:
        """Store a record in place of an earlier one; it is on disk after `save`.

        A full batch of records saves itself, so call `save` after the last one.
        """
        row = (record.key, record.etag, record.continues, record.fault, record.body)
        self._database.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", row)
        self._unsaved += 1
        if self._unsaved >= _IN_A_BATCH:
            self.save()

    def forget(self, keys: Iterable[str]) -> None:
        """Delete records from the database, and overwrite their bytes on disk."""
        self._database.execute("PRAGMA secure_delete = ON")
        self._database.executemany("DELETE FROM records WHERE key = ?", ((key,) for key in keys))
        self.save()

    def save(self) -> None:
        """Commit the stored records."""
        self._database.commit()
        self._unsaved = 0

    def continued(self) -> frozenset[str]:
        """Return the keys of the records that other records include."""
        rows = self._database.execute("SELECT continues FROM records WHERE continues IS NOT NULL")
        return frozenset(str(key) for (key,) in rows)

    def count(self) -> int:
        """Return the number of readable records."""
        (count,) = self._database.execute("SELECT count(*) FROM records WHERE fault IS NULL").fetchone()
        return int(count)

    def records(self) -> Iterator[KeptRecord]:
        """Yield each readable record, in the order of the keys."""
        query = "SELECT key, etag, continues, fault, body FROM records WHERE fault IS NULL ORDER BY key"
        for row in self._database.execute(query):
            yield KeptRecord(*row)

    def faults(self) -> dict[str, str]:
        """Return the fault of each unreadable record, by its key."""
        return dict(self._database.execute("SELECT key, fault FROM records WHERE fault IS NOT NULL ORDER BY key"))


@contextmanager
def open_kept(path: Path, *, source: str, content: str) -> Iterator[Kept]:
    """Open or create the database of an export's folder.

    Args:
        path: the SQLite file.
        source: the study and bucket; a folder belongs to one source permanently.
        content: the parts of a record that are stored; when it changes, all records are fetched
            again.

    Raises:
        HippoError: the folder belongs to another source, or another export is writing to it.
    """
    try:
        database = _opened(path)
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise HippoError(
                f"Another export is writing to {path.parent} now.",
                "Wait until it has finished, or export to another folder with --output.",
            ) from error
        path.unlink()  # it is damaged, for example by a full disk; all of its records can be fetched again
        database = _opened(path)
    try:
        _settle(database, path, {"format": _FORMAT, "source": source, "content": content})
        yield Kept(database)
    finally:
        database.commit()
        database.close()


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=1)
    try:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("BEGIN EXCLUSIVE")
        for statement in _TABLES.split(";"):
            database.execute(statement)
        database.execute("SELECT count(*) FROM records").fetchone()
        database.commit()
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database


def _settle(database: sqlite3.Connection, path: Path, about: Mapping[str, str]) -> None:
    known: dict[str, str] = dict(database.execute("SELECT name, value FROM about"))
    if known.get("source", about["source"]) != about["source"]:
        raise HippoError(
            f"{path.parent} holds an export of {known['source']}, not of {about['source']}.",
            "Export to another folder with --output.",
        )
    if known and known != about:
        database.execute("UPDATE records SET etag = '', body = NULL")
        database.commit()
        database.execute("VACUUM")
    database.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", about.items())
    database.commit()
