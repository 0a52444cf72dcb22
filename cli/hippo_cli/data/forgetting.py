"""`hippo forget`: finds all data of one participant in one study, and removes it permanently.

The bucket keeps past versions of its objects; a deleted object leaves a version, too (a "delete
marker"). This module removes all of them. It ignores the case of ids, so it also finds records of
the old system under other spellings, and those that a record `continues`.

It deletes the past versions of an object before the latest one. If a run is interrupted, no past
version becomes current again, and the next run removes the rest.

A study with a limit of participants has a roster, which must keep its count, and a balanced study
has cells, which must keep theirs. There this module
replaces the participant's mark, which shows their id to anyone who knows it, with an anonymous one,
and deletes the past versions with the mark.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from hippo_cli.data import fetching
from hippo_cli.data.exporting import Progress
from hippo_cli.data.studies import record_prefix
from hippo_common.parallel import in_parallel
from hippo_common.reading import json_value
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.sessions.store import live_key
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies.balance import BalanceStore, cells_key
from hippo_gym.studies.enrolment import RosterStore, count_key, mark_of, roster_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_IN_A_BATCH: Final = 1000
"""Keys that S3 deletes in one call (Amazon S3 API reference, DeleteObjects)."""

_OF_THE_DEPLOYMENT: Final = ("_versions", "_participants", "_sessions/ended")
"""Folders that have one for each study."""

_SPELLED: Final = 3
"""Characters of an id whose upper and lower case make separate prefixes to list.

The rest is compared.
"""


@dataclass(frozen=True)
class Version:
    """One version of an object.

    Attributes:
        is_marker: it is a delete marker, without content.
        is_latest: it is the current version.
    """

    key: str
    id: str
    is_marker: bool
    is_latest: bool


@dataclass(frozen=True)
class Found:
    """The data of a participant in the bucket.

    Attributes:
        records: their participant records, under every spelling of their id.
        trials: the data that the study's container has written.
        sessions: the records of their servers.
        roster: the versions of the study's roster and cells with their mark.
        is_live: they have a live session in this study.
        alike: other keys of the study with the id as a whole path segment or file stem. They may be
            pages, or another participant's data (`Trials/bob/1.jsonl` for the id `1`), so they are
            shown and never removed.
    """

    records: tuple[Version, ...]
    trials: tuple[Version, ...]
    sessions: tuple[Version, ...]
    roster: tuple[Version, ...] = ()
    is_live: bool = False
    alike: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[Version, ...]:
        """Return the versions that hold only this participant's data."""
        return (*self.records, *self.trials, *self.sessions)

    @property
    def versions(self) -> tuple[Version, ...]:
        """Return all versions."""
        return (*self.own, *self.roster)


@dataclass(frozen=True)
class Removed:
    """The result of a removal.

    Attributes:
        versions: the removed versions.
        failures: the versions that S3 did not remove, with its reason.
        put_off: latest versions that were skipped because a past version could not be removed.
    """

    versions: tuple[Version, ...]
    failures: tuple[tuple[Version, str], ...]
    put_off: tuple[Version, ...]


def find(s3: S3Client, bucket: str, project_id: str, user_id: str, progress: Progress) -> Found:
    """Find the data of a participant in one study.

    Args:
        s3: the client.
        bucket: the projects bucket.
        project_id: the study's id.
        user_id: the participant's id, in any spelling.
        progress: shows the progress of reading all of the study's server records and roster
            versions.
    """
    live, is_live = _live(s3, bucket, project_id, user_id)
    records, trials = _data(s3, bucket, project_id, user_id)
    sessions = (*_ended(s3, bucket, project_id, user_id, progress), *live)
    known = {version.key for version in (*records, *trials, *sessions)}
    return Found(
        records=records,
        trials=trials,
        sessions=sessions,
        roster=_on_roster(s3, bucket, project_id, user_id, progress),
        is_live=is_live,
        alike=_alike(s3, bucket, project_id, user_id, known),
    )


def find_data(s3: S3Client, bucket: str, project_id: str, user_id: str) -> tuple[Version, ...]:
    """Find only a participant's record and trials."""
    records, trials = _data(s3, bucket, project_id, user_id)
    return (*records, *trials)


def _data(s3: S3Client, bucket: str, project_id: str, user_id: str) -> tuple[tuple[Version, ...], tuple[Version, ...]]:
    trials = _below(s3, bucket, f"{project_id}/Trials/", user_id, is_trial=True)
    return _below(s3, bucket, record_prefix(project_id), user_id), trials


def _alike(s3: S3Client, bucket: str, project_id: str, user_id: str, known: set[str]) -> tuple[str, ...]:
    """Find other keys of the study with the id as a segment or stem (docs/decisions/, "names that are alike")."""
    wanted = user_id.lower()
    prefixes = (f"{project_id}/", *(f"{folder}/{project_id}/" for folder in _OF_THE_DEPLOYMENT))
    found = {
        version.key
        for prefix in prefixes
        for version in _versions(s3, bucket, prefix)
        if version.key not in known and _names(version.key.removeprefix(prefix).lower(), wanted)
    }
    return tuple(sorted(found))


def _names(path: str, wanted: str) -> bool:
    """Return whether an id is a whole segment of a path, or the stem of its file."""
    *folders, file = path.split("/")
    stems = {file, file.partition(".")[0], file.rpartition(".")[0]}
    # A record's key ends with an id, which is no file name: `Users/ada.b` is another participant.
    return wanted in folders or wanted in ({file} if folders == ["users"] else stems)


def forget(
    s3: S3Client,
    bucket: str,
    project_id: str,
    user_id: str,
    found: Found,
    progress: Progress,
) -> Removed:
    """Remove all found data of a participant permanently.

    The roster changes last: while a record exists, the roster would count the participant again.

    Raises:
        RosterInvalid, CellsInvalid, Transient: the participant's own data is removed; the roster or
            the cells could not be changed.
    """
    with progress("Removing", len(found.own)) as advance:
        removed = remove(s3, bucket, found.own, advance)
    if removed.failures or not found.roster:
        return removed
    RosterStore(Bucket(s3, bucket), SystemClock()).forget(project_id, user_id)
    BalanceStore(Bucket(s3, bucket), SystemClock()).forget(project_id, user_id)
    past = [version for version in _on_roster(s3, bucket, project_id, user_id, progress) if not version.is_latest]
    with progress("Removing past versions of the roster", len(past)) as advance:
        left = remove(s3, bucket, past, advance)
    return Removed((*removed.versions, *left.versions), left.failures, ())


def remove(s3: S3Client, bucket: str, versions: Sequence[Version], advance: Callable[[int], None]) -> Removed:
    """Remove versions permanently, the latest ones last.

    Args:
        s3: the client.
        bucket: the projects bucket.
        versions: the versions to remove.
        advance: called with the number of versions just processed.
    """
    past = [version for version in versions if not version.is_latest]
    standing = [version for version in versions if version.is_latest]
    failures = list(_delete(s3, bucket, past, advance))
    blocked = {version.key for version, _ in failures}
    put_off = [version for version in standing if version.key in blocked]
    failures += _delete(s3, bucket, [version for version in standing if version.key not in blocked], advance)
    left = {version for version, _ in failures} | set(put_off)
    return Removed(tuple(version for version in versions if version not in left), tuple(failures), tuple(put_off))


def _delete(
    s3: S3Client, bucket: str, versions: Iterable[Version], advance: Callable[[int], None]
) -> Iterator[tuple[Version, str]]:
    """Delete versions in batches; yield those that S3 did not delete, with the reason."""
    rest = iter(versions)
    while batch := list(islice(rest, _IN_A_BATCH)):
        named: list[Any] = [{"Key": version.key, "VersionId": version.id} for version in batch]
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})
        refused = {(error.get("Key"), error.get("VersionId")): error for error in answer.get("Errors", [])}
        for version in batch:
            error = refused.get((version.key, version.id))
            if error is not None:
                yield version, f"{error.get('Code', 'refused')}: {error.get('Message', '')}".removesuffix(": ")
        advance(len(batch))


def _below(s3: S3Client, bucket: str, prefix: str, user_id: str, *, is_trial: bool = False) -> tuple[Version, ...]:
    """Find the versions of the participant's record or trials below a prefix, in any spelling."""
    found: list[Version] = []
    for start in _spellings(user_id[:_SPELLED]):
        for version in _versions(s3, bucket, prefix + start):
            name, wanted = version.key.removeprefix(prefix).lower(), user_id.lower()
            folder, below, _ = name.partition("/")
            is_file = is_trial and not below and _names(name, wanted)
            if name == wanted or (is_trial and below and folder == wanted) or is_file:
                found.append(version)
    return tuple(found)


def _spellings(text: str) -> list[str]:
    both = [sorted({character.lower(), character.upper()}) for character in text]
    return ["".join(characters) for characters in itertools.product(*both)]


def _versions(s3: S3Client, bucket: str, prefix: str) -> Iterator[Version]:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Versions", []):
            yield Version(found["Key"], found["VersionId"], False, found["IsLatest"])
        for marker in page.get("DeleteMarkers", []):
            yield Version(marker["Key"], marker["VersionId"], True, marker["IsLatest"])


def _ended(s3: S3Client, bucket: str, project_id: str, user_id: str, progress: Progress) -> Iterator[Version]:
    """Yield the versions of the participant's ended server records.

    Only their contents name the participant.
    """
    there = list(_versions(s3, bucket, f"_sessions/ended/{project_id}/"))
    with progress("Reading the records of all servers", len(there)) as advance:
        theirs: set[str] = set()
        for version, record in _read(s3, bucket, there):
            if str(record.get("userId", "")).lower() == user_id.lower():
                theirs.add(version.key)
            advance(1)
    return (version for version in there if version.key in theirs)


def _live(s3: S3Client, bucket: str, project_id: str, user_id: str) -> tuple[list[Version], bool]:
    """Find past versions of the participant's lock, and return whether this study holds it now.

    All studies share the lock. Versions of other studies stay, and with them the delete markers:
    without a marker an old record would become current again.
    """
    key = live_key(user_id.lower())
    there = [version for version in _versions(s3, bucket, key) if version.key == key]
    ours, others = [], 0
    is_live = False
    for version, record in _read(s3, bucket, there):
        if version.is_marker:
            continue
        if record.get("projectId") not in (project_id, None):
            others += 1
            continue
        ours.append(version)
        is_live |= version.is_latest
    markers = [version for version in there if version.is_marker]
    return ours if others else [*ours, *markers], is_live


def _on_roster(s3: S3Client, bucket: str, project_id: str, user_id: str, progress: Progress) -> tuple[Version, ...]:
    """Find the versions of the study's roster, count and cells with the participant's mark."""
    mark = mark_of(user_id).encode()
    keys = (roster_key(project_id), count_key(project_id), cells_key(project_id))
    there = [version for key in keys for version in _versions(s3, bucket, key) if version.key == key]
    with progress("Reading the study's roster", len(there)) as advance:
        found = []
        for version, body in _bodies(s3, bucket, there):
            found += [version] if mark in body else []
            advance(1)
    return tuple(found)


def _read(s3: S3Client, bucket: str, versions: Sequence[Version]) -> Iterator[tuple[Version, dict[str, Any]]]:
    """Read versions as JSON objects.

    Return an empty one for a marker, a missing version, or other content.
    """
    for version, body in _bodies(s3, bucket, versions):
        try:
            record = json_value(body)
        except ValueError:
            record = None
        yield version, record if isinstance(record, dict) else {}


def _bodies(s3: S3Client, bucket: str, versions: Sequence[Version]) -> Iterator[tuple[Version, bytes]]:
    """Read versions in parallel; empty bytes for a marker or a missing version."""

    def read(version: Version) -> tuple[Version, bytes]:
        found = None if version.is_marker else fetching.fetched(s3, bucket, version.key, version.id)
        return version, b"" if found is None else found.body

    return in_parallel(read, versions)
