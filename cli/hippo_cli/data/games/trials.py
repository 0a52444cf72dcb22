"""The records of a study's games, copied from the bucket into the export's folder.

A record's part never changes once it is stored (hippo_play), so a later run fetches only parts that
it does not have. Parts that are no longer in the bucket, because a participant was forgotten, are
deleted here, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from hippo_cli.data import fetching, files
from hippo_common.parallel import in_parallel

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FOLDER: Final = "Trials"
_SAFE: Final = " @+,=~"

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


@dataclass(frozen=True)
class Copied:
    """The result: how many parts were fetched and deleted, and how many other objects were left in the bucket."""

    fetched: int
    deleted: int
    others: int


@dataclass(frozen=True)
class Session:
    """The parts of one session, in order."""

    participant: str
    session: str
    parts: tuple[Path, ...]


def copy(s3: S3Client, bucket: str, project_id: str, folder: Path, progress: Progress) -> Copied:
    """Bring the parts in `folder`/Trials up to date with the bucket."""
    prefix = f"{project_id}/{FOLDER}/"
    wanted: dict[Path, str] = {}
    others = 0
    for found in fetching.listed(s3, bucket, prefix):
        names = found.key.removeprefix(prefix).split("/")
        if len(names) == 3 and names[2].endswith(".jsonl"):
            wanted[folder / FOLDER / Path(*(file_name(name) for name in names))] = found.key
        else:
            others += not found.key.endswith("/")
    held = set((folder / FOLDER).glob("*/*/*.jsonl"))
    surplus = held - wanted.keys()
    for path in surplus:
        path.unlink()
    missing = {path: key for path, key in wanted.items() if path not in held}
    with progress("Fetching games", len(missing)) as advance:

        def fetch(path: Path) -> None:
            part = fetching.fetched(s3, bucket, missing[path])
            if part is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                with files.whole(path) as file:
                    file.write(part.body)

        for _ in in_parallel(fetch, list(missing)):
            advance(1)
    return Copied(len(missing), len(surplus), others)


def sessions(folder: Path) -> Iterator[Session]:
    """Yield the sessions in `folder`/Trials by participant, each with its parts in the order of their names."""
    parts = sorted((folder / FOLDER).glob("*/*/*.jsonl"), key=lambda path: path.parts[-3:])
    for (participant, session), group in groupby(parts, key=lambda path: path.parts[-3:-1]):
        yield Session(unquote(participant), unquote(session), tuple(group))


def file_name(name: str) -> str:
    """Return a part of a key as a file name that every system takes and that leads nowhere else."""
    quoted = quote(name, safe=_SAFE)
    return quoted if quoted.strip(".") else quoted.replace(".", "%2E")
