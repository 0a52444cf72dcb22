"""Earlier versions of the master list and of a project's own pages, from S3's object versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from hippo_cli.deployment import Deployment
from hippo_cli.publish import master_list, stored_pages
from hippo_cli.publish.stored_pages import StoredPage
from hippo_common.parallel import in_parallel
from hippo_common.reading import json_value
from hippo_gym.studies.projects import MASTER_LIST_KEY
from hippo_gym.studies.versions import digest_of

_READ_AHEAD: Final = 32  # versions of the list that are read in parallel


@dataclass(frozen=True)
class ObjectVersion:
    """One version of an object; without a page if it is a delete marker."""

    key: str
    id: str
    at: datetime
    page: StoredPage | None
    latest: bool = False


@dataclass(frozen=True)
class ListState:
    """A project's entry in one version of the master list.

    The entry is None if the list did not have it.
    """

    at: datetime
    entry: Mapping[str, Any] | None


def list_states(deployment: Deployment, project_id: str) -> Iterator[ListState]:
    """Yield the project's entry in each version of the list, newest first.

    Skip unreadable versions.
    """
    versions = (found for found in _versions(deployment, MASTER_LIST_KEY) if found.key == MASTER_LIST_KEY)
    while batch := list(islice(versions, _READ_AHEAD)):
        for state in in_parallel(lambda version: _state(deployment, project_id, version), batch):
            if state is not None:
                yield state


def _state(deployment: Deployment, project_id: str, version: ObjectVersion) -> ListState | None:
    if version.page is None:
        return ListState(version.at, None)
    try:
        entries = json_value(_content(deployment, version))["projects"]
        return ListState(version.at, master_list.find(entries, project_id))
    except (ValueError, TypeError, KeyError):
        return None


class OwnPages:
    """The pages of a project's own folder at any time that the bucket's versions cover."""

    def __init__(self, deployment: Deployment, project_id: str) -> None:
        self._deployment = deployment
        self._folder = f"{project_id}/"
        prefixes = stored_pages.page_prefixes(deployment, project_id)
        found = [
            *_versions(deployment, self._folder, Delimiter="/"),
            *(version for prefix in prefixes for version in _versions(deployment, prefix)),
        ]
        self._versions = sorted(found, key=_age, reverse=True)
        self._digests: dict[tuple[str, str], str] = {}

    def at(self, moment: datetime, entry: Mapping[str, Any] | None) -> dict[str, ObjectVersion]:
        """Return file → version of the pages that an entry used at a moment."""
        newest: dict[str, ObjectVersion] = {}
        for version in self._versions:
            if version.at <= moment:
                newest.setdefault(version.key.removeprefix(self._folder), version)
        there = {file: version for file, version in newest.items() if version.page is not None}
        return {file: there[file] for file in stored_pages.shown_by(entry, there)}

    def read(self, pages: Mapping[str, ObjectVersion]) -> dict[str, bytes]:
        """Read these versions of pages."""
        contents = in_parallel(lambda version: _content(self._deployment, version), pages.values())
        return dict(zip(pages, contents, strict=True))

    def digests(self, pages: Mapping[str, ObjectVersion]) -> dict[str, str]:
        """Return file → SHA-256 of these versions of pages; each version is read only once."""
        unread = {file: version for file, version in pages.items() if _name(version) not in self._digests}
        for file, content in self.read(unread).items():
            self._digests[_name(unread[file])] = digest_of(content)
        return {file: self._digests[_name(version)] for file, version in pages.items()}


def _name(version: ObjectVersion) -> tuple[str, str]:
    return version.key, version.id


def _content(deployment: Deployment, version: ObjectVersion) -> bytes:
    answer = deployment.client("s3").get_object(Bucket=deployment.bucket, Key=version.key, VersionId=version.id)
    body: bytes = answer["Body"].read()
    return body


def _versions(deployment: Deployment, prefix: str, **more: str) -> Iterator[ObjectVersion]:
    """Yield every version of the objects below a prefix.

    Within each page of the listing, the newest version is first.
    """
    paginator = deployment.client("s3").get_paginator("list_object_versions")
    for page in paginator.paginate(Bucket=deployment.bucket, Prefix=prefix, **more):
        found: Iterable[Mapping[str, Any]] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        yield from sorted((_version(entry) for entry in found), key=_age, reverse=True)


def _version(entry: Mapping[str, Any]) -> ObjectVersion:
    page = StoredPage(int(entry["Size"])) if "Size" in entry else None
    return ObjectVersion(entry["Key"], entry["VersionId"], entry["LastModified"], page, entry.get("IsLatest", False))


def _age(version: ObjectVersion) -> tuple[datetime, bool]:
    """Return a sort key for versions: S3 gives times in seconds, and marks the latest version."""
    return version.at, version.latest
