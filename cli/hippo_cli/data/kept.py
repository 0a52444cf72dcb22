"""What a folder of an export already holds: so that the next export fetches only what it lacks.

One SQLite file beside the output. Each participant record is in it with the ETag that S3 gave for it, and is there as a
whole or not at all, whatever interrupts the program. It holds what the output holds, no more: headers only if they were
asked for.
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
        continues: the key of the record that this one holds all of.
        fault: why it cannot be read; None if it can.
        body: what the output is made from; None if it is a file of its own.
    """

    key: str
    etag: str
    continues: str | None = None
    fault: str | None = None
    body: bytes | None = None


class Kept:
    """The records that a folder holds."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._unsaved = 0

    def etags(self) -> dict[str, str]:
        """Return the ETag of each record, by its key; an empty one for a record that has to be fetched anew."""
        return dict(self._database.execute("SELECT key, etag FROM records"))

    def put(self, record: KeptRecord) -> None:
        """Keep a record, in the place of an earlier one of its key. `save` makes sure of it, now and then by itself."""
        row = (record.key, record.etag, record.continues, record.fault, record.body)
        self._database.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", row)
        self._unsaved += 1
        if self._unsaved >= _IN_A_BATCH:
            self.save()

    def forget(self, keys: Iterable[str]) -> None:
        """Remove records from the folder's memory, and from its disk."""
        self._database.execute("PRAGMA secure_delete = ON")
        self._database.executemany("DELETE FROM records WHERE key = ?", ((key,) for key in keys))
        self.save()

    def save(self) -> None:
        """Make sure that what was put in stays, whatever happens."""
        self._database.commit()
        self._unsaved = 0

    def continued(self) -> frozenset[str]:
        """Return the keys of the records that others hold all of."""
        rows = self._database.execute("SELECT continues FROM records WHERE continues IS NOT NULL")
        return frozenset(str(key) for (key,) in rows)

    def count(self) -> int:
        """Return how many records can be read."""
        (count,) = self._database.execute("SELECT count(*) FROM records WHERE fault IS NULL").fetchone()
        return int(count)

    def records(self) -> Iterator[KeptRecord]:
        """Yield each record that can be read, in the order of their keys."""
        asked = "SELECT key, etag, continues, fault, body FROM records WHERE fault IS NULL ORDER BY key"
        for row in self._database.execute(asked):
            yield KeptRecord(*row)

    def faults(self) -> dict[str, str]:
        """Return why a record cannot be read, by its key."""
        return dict(self._database.execute("SELECT key, fault FROM records WHERE fault IS NOT NULL ORDER BY key"))


@contextmanager
def open_kept(path: Path, *, source: str, content: str) -> Iterator[Kept]:
    """Open the memory of an export's folder, or begin it.

    Args:
        path: of the SQLite file.
        source: what is exported; a folder is of one source for ever.
        content: what is kept of a record; when it changes, all of them are fetched anew.

    Raises:
        HippoError: the folder is of another source, or another export is at work in it.
    """
    try:
        database = _opened(path)
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise HippoError(
                f"Another export is writing to {path.parent} at this moment.",
                "Wait until it is done, or export to another folder with --output.",
            ) from error
        path.unlink()  # it is not whole: a full disk, say; everything in it can be fetched again
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
            f"{path.parent} holds the export of {known['source']}, and this is {about['source']}.",
            "Export to another folder with --output.",
        )
    if known and known != about:
        database.execute("UPDATE records SET etag = '', body = NULL")
        database.commit()
        database.execute("VACUUM")
    database.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", about.items())
    database.commit()
