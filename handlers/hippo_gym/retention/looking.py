"""Finds what of a study is due, a page of one list at a time.

The last activity of a participant is the last write of their record: S3's own time of the object,
so one call shows it for a thousand participants. What a container stored later counts, too. Not due
is a participant who has a server, whose record has the tag `hippo-gym:hold`, or whose record of the
old system has gone on in a newer one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from hippo_gym.retention.removing import Remover, record_key, trials_prefix
from hippo_gym.retention.schedule import Due, Part, Place, Retention
from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.runtime.logs import logger
from hippo_gym.sessions.store import SessionRecordInvalid
from hippo_gym.storage.past_versions import Version

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

HOLD: Final = "hippo-gym:hold"
"""Tag, with any value, of a record that stays: the same as of an ECS resource that the sweeper skips."""

_ON_A_PAGE: Final = 1000  # keys of a list call
_LOOKED_AT: Final = 40  # old records, folders of trials or records of servers in one turn: each costs calls
_BEHIND_A_FOLDER: Final = "\U0010ffff"  # behind every key in it


@dataclass
class Page:
    """What a turn found.

    Attributes:
        after: the last key that was looked at; None at the end of the list.
        participants: whose data is due.
        versions: versions to delete that belong to no record.
    """

    after: str | None = None
    participants: list[Due] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)


@dataclass(frozen=True)
class Look:
    """Looks at one page of a list."""

    s3: S3Client
    remover: Remover

    def at(self, study: Retention, place: Place, now: datetime, seconds_left: Callable[[], float], most: int) -> Page:
        """Return what is due on the page behind a place.

        Args:
            study: whose list it is.
            place: where in the list.
            now: the time.
            seconds_left: as long as there is time, the page is looked at.
            most: participants, at most.
        """
        page = Page()
        look = {Part.RECORDS: self._records, Part.TRIALS: self._trials, Part.SERVERS: self._servers}[place.part]
        looked_at, last = 0, place.after
        there, is_last_page = self._listed(study, place)
        for key, modified in there:
            if looked_at >= _LOOKED_AT or len(page.participants) >= most or (looked_at and seconds_left() <= 0):
                page.after = last
                return page
            last = key
            if modified is None or modified < study.cutoff(now):
                looked_at += 1
                look(study, key, now, page)
        page.after = None if is_last_page else last
        return page

    def _listed(self, study: Retention, place: Place) -> tuple[Iterable[tuple[str, datetime | None]], bool]:
        """Return keys with their times, a folder's without, and whether no key is behind them."""
        prefix = {
            Part.RECORDS: record_key(study.project_id, ""),
            Part.TRIALS: f"{study.project_id}/Trials/",
            Part.SERVERS: f"_sessions/ended/{study.project_id}/",
        }[place.part]
        more: dict[str, Any] = {"StartAfter": place.after} if place.after else {}
        if place.part is Part.TRIALS:
            more["Delimiter"] = "/"
        listed = self.s3.list_objects_v2(Bucket=self.remover.bucket.name, Prefix=prefix, MaxKeys=_ON_A_PAGE, **more)
        objects: list[tuple[str, datetime | None]] = [
            (each["Key"], each["LastModified"]) for each in listed.get("Contents", [])
        ]
        folders: list[tuple[str, datetime | None]] = [
            (each["Prefix"] + _BEHIND_A_FOLDER, None) for each in listed.get("CommonPrefixes", [])
        ]
        return sorted(objects + folders, key=lambda each: each[0].encode()), not listed.get("IsTruncated", False)

    def _records(self, study: Retention, key: str, now: datetime, page: Page) -> None:
        user_id, cutoff = key.removeprefix(record_key(study.project_id, "")), study.cutoff(now)
        if not user_id or "/" in user_id or self._stays(study, user_id, cutoff) or self._is_on_hold(key):
            return
        page.participants.append(Due(study.project_id, user_id, cutoff, now))

    def _stays(self, study: Retention, user_id: str, cutoff: datetime) -> bool:
        try:
            if self.remover.has_server(study.project_id, user_id):
                return True
        except SessionRecordInvalid as error:
            logger.error("a live record cannot be read; its participant's data stays", exc_info=error)
            return True
        if user_id != user_id.lower() and self._is_young(record_key(study.project_id, user_id.lower()), cutoff):
            return True
        trials = self.remover.versions.below(trials_prefix(study.project_id, user_id))
        return any(not version.is_marker and version.modified >= cutoff for version in trials)

    def _is_young(self, key: str, cutoff: datetime) -> bool:
        return any(each.key == key and each.modified >= cutoff for each in self.remover.bucket.listed(key))

    def _is_on_hold(self, key: str) -> bool:
        try:
            tags = self.s3.get_object_tagging(Bucket=self.remover.bucket.name, Key=key)["TagSet"]
        except ClientError as error:
            if code_of(error) in {"NoSuchKey", "404", "MethodNotAllowed"}:
                return False  # deleted meanwhile
            raise
        return any(tag["Key"] == HOLD for tag in tags)

    def _trials(self, study: Retention, key: str, now: datetime, page: Page) -> None:
        """Take the trials of a participant who has no record any more."""
        path = key.removesuffix(_BEHIND_A_FOLDER)
        name = path.removeprefix(f"{study.project_id}/Trials/").removesuffix("/")
        is_folder = path.endswith("/")
        stems = {name} if is_folder else {name, name.partition(".")[0], name.rpartition(".")[0]}
        if not name or any(self._has_record(study, stem) for stem in stems if stem):
            return
        there = list(self.remover.versions.below(path)) if is_folder else self.remover.versions.of(path)
        page.versions += _all_old(there, study.cutoff(now))

    def _servers(self, study: Retention, key: str, now: datetime, page: Page) -> None:
        """Take the record of a server whose participant has no record any more."""
        stored = self.remover.bucket.get(key)
        try:
            user_id = "" if stored is None else str(stored.json()["userId"])
        except (ValueError, KeyError, TypeError):
            logger.error("the record of a server cannot be read, and stays", key=key)
            return
        if user_id and not self._has_record(study, user_id):
            page.versions += _all_old(self.remover.versions.of(key), study.cutoff(now))

    def _has_record(self, study: Retention, user_id: str) -> bool:
        if self.remover.has_server(study.project_id, user_id):
            return True
        spellings = dict.fromkeys((user_id.lower(), user_id))
        return any(self.remover.bucket.exists(record_key(study.project_id, each)) for each in spellings)


def _all_old(versions: list[Version], cutoff: datetime) -> Iterator[Version]:
    """Yield the versions if the newest of them, without delete markers, is too old; else none."""
    if all(version.modified < cutoff for version in versions if not version.is_marker):
        yield from versions
