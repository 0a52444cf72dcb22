"""Finds the study and the record that `hippo replay` plays again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hippo_cli.data import fetching
from hippo_cli.data.games import trials
from hippo_cli.study import Study, read
from hippo_common.errors import WRONG_USE, HippoError
from hippo_common.parallel import in_parallel

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONFIG: Final = "config.yml"
OF_PREVIEW: Final = Path(".hippo") / "trials"
"""Where the preview's games keep their records, in the study's folder."""

COULD_NOT: Final = WRONG_USE
"""Exit status of a replay that could not be made: 1 says that it differs."""


@dataclass(frozen=True)
class Named:
    """What `STUDY` on the command line names.

    Attributes:
        study: on this machine.
        project_id: the id under which the records are stored.
    """

    study: Study
    project_id: str


def study_of(name: str, config: Path | None) -> Named:
    """Return the study of a folder, of a config.yml, or of an id.

    Args:
        name: a folder, a config.yml, or an id.
        config: where the study is, if `name` is an id.

    Raises:
        HippoError: there is none, or it has no `game`.
    """
    named = Path(name)
    candidates = [config] if config is not None else [named, Path(CONFIG), *sorted(Path().glob(f"*/{CONFIG}"))]
    for candidate in candidates:
        path = candidate / CONFIG if candidate.is_dir() else candidate
        if not path.is_file():
            continue
        is_the_named = candidate in (named, config)
        try:
            study = read(path)
        except HippoError:
            if is_the_named:
                raise
            continue  # another study, which cannot be read
        if not is_the_named and study.id != name:
            continue
        if study.game is None:
            raise HippoError(f"{path} has no `game`, so there is nothing to play again.", None, COULD_NOT)
        is_id = not (named.is_dir() or named.is_file()) or config is not None
        return Named(study, name if is_id else study.id or name)
    where = f"{config} is no config.yml." if config is not None else f"The study {name} is not in this folder."
    raise HippoError(
        where,
        "Run `hippo replay` in the study's folder or above it, or name the folder: --config studies/pilot. The game "
        "is played again with the study's own files.",
        COULD_NOT,
    )


def from_deployment(
    s3: S3Client, bucket: str, project_id: str, user: str, folder: Path, progress: trials.Progress
) -> None:
    """Fetch a participant's record into a folder.

    Raises:
        HippoError: the participant has none.
    """
    parts: list[str] = []
    for spelled in dict.fromkeys((user, user.lower())):  # ids are in lower case, except those of old systems
        prefix = f"{project_id}/{trials.FOLDER}/{spelled}/"
        keys = [found.key for found in fetching.listed(s3, bucket, prefix)]
        parts += [key for key in keys if key.endswith(".jsonl") and key.removeprefix(prefix).count("/") == 1]
    if not parts:
        raise HippoError(
            f"{user} has no record of a game in the study {project_id}.",
            "`hippo export` lists the participants, in participants.csv.",
            COULD_NOT,
        )
    with progress("Fetching the record", len(parts)) as advance:

        def fetch(key: str) -> None:
            found = fetching.fetched(s3, bucket, key)
            if found is not None:
                session, name = key.split("/")[-2:]
                path = folder / trials.file_name(session) / trials.file_name(name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(found.body)

        for _ in in_parallel(fetch, parts):
            advance(1)


def from_folder(records: Path, user: str, folder: Path) -> None:
    """Copy a participant's record from an export, or from the folder of hippo_play's own records.

    Raises:
        HippoError: the folder has none of this participant.
    """
    names = {trials.file_name(user), trials.file_name(user.lower())}
    found = sorted({path.parents[1] for path in _parts(records) if path.parents[1].name in names})
    if not found and list(records.glob("*.jsonl")):
        found = [records.parent]  # the folder of one session
        shutil.copytree(records, folder, dirs_exist_ok=True, ignore=_only_parts)
        return
    if not found:
        known = sorted({path.parents[1].name for path in _parts(records)})
        has = f"It has those of {', '.join(known[:10])}." if known else "It has none at all."
        raise HippoError(f"{records} has no record of {user}.", has, COULD_NOT)
    for place in found:
        shutil.copytree(place, folder, dirs_exist_ok=True, ignore=_only_parts)


def _parts(records: Path) -> Iterator[Path]:
    yield from records.glob(f"{trials.FOLDER}/*/*/*.jsonl")
    yield from records.glob(f"*/{trials.FOLDER}/*/*/*.jsonl")
    yield from records.glob("*/*/*.jsonl")


def _only_parts(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".jsonl") and not (Path(folder) / name).is_dir()]
