"""Pages in the bucket, at `{projectId}/` and at `_versions/{projectId}/{version}/`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from hippo_cli.deployment import Deployment
from hippo_common.parallel import in_parallel
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies import versions
from hippo_gym.studies.projects import GAME

ENTRY_FILE: Final = "project.json"
_NOT_PAGES: Final = ("Users/", "Trials/")  # participants' data, which may be large: never listed here


@dataclass(frozen=True)
class StoredPage:
    """A page in a listing, without its ETag, which says nothing of the content with a KMS key.

    Attributes:
        size: in bytes.
        at: when it was stored.
    """

    size: int
    at: datetime | None = field(default=None, compare=False)


def own_pages(deployment: Deployment, project_id: str) -> dict[str, StoredPage]:
    """Return the files of a project's own folder, without the data of participants and servers."""
    folder = f"{project_id}/"
    found: dict[str, StoredPage] = {}
    for page in _listed(deployment, folder, Delimiter="/"):
        found |= _files(page, folder)
    for prefix in page_prefixes(deployment, project_id):
        for page in _listed(deployment, prefix):
            found |= _files(page, folder)
    return found


def page_prefixes(deployment: Deployment, project_id: str) -> list[str]:
    """Return the prefixes below a project's own folder that may hold pages."""
    folder = f"{project_id}/"
    below = [
        found["Prefix"]
        for page in _listed(deployment, folder, Delimiter="/")
        for found in page.get("CommonPrefixes", [])
    ]
    return [prefix for prefix in below if prefix.removeprefix(folder) not in _NOT_PAGES]


def kept_versions(deployment: Deployment, project_id: str) -> dict[str, dict[str, StoredPage]]:
    """Return version → file → page of a project's kept versions.

    `ENTRY_FILE` is among the files.
    """
    folder = f"{versions.PREFIX}{project_id}/"
    found: dict[str, dict[str, StoredPage]] = {}
    for page in _listed(deployment, folder):
        for name, stored in _files(page, folder).items():
            version, _, file = name.partition("/")
            found.setdefault(version, {})[file] = stored
    return found


def _listed(deployment: Deployment, prefix: str, **more: str) -> Iterator[Mapping[str, Any]]:
    paginator = deployment.client("s3").get_paginator("list_objects_v2")
    yield from paginator.paginate(Bucket=deployment.bucket, Prefix=prefix, **more)


def _files(page: Mapping[str, Any], folder: str) -> dict[str, StoredPage]:
    return {
        entry["Key"].removeprefix(folder): StoredPage(int(entry["Size"]), entry.get("LastModified"))
        for entry in page.get("Contents", [])
        if not entry["Key"].endswith("/")
    }


def files_of(entry: Mapping[str, Any] | None) -> list[str]:
    """Return the page files that an entry names for its steps and exits; skip invalid values."""
    steps, exits = ((entry or {}).get(key) for key in ("steps", "exits"))
    files = list(steps.values()) if isinstance(steps, Mapping) else []
    if isinstance(exits, Mapping):
        files += [leaving.get("page") for leaving in exits.values() if isinstance(leaving, Mapping)]
    return [file for file in files if isinstance(file, str) and file != GAME]


def shown_by(entry: Mapping[str, Any] | None, names: Iterable[str]) -> list[str]:
    """Return the names that are pages of the entry: `{stem}.html`, variants, pages of conditions."""
    return pages_of(files_of(entry), names)


def pages_of(files: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return those names that are pages of the files, including variants and pages of conditions."""
    stems = {file.removesuffix(".html") for file in files}
    return sorted(name for name in names if _stems_of(name) & stems)


def _stems_of(name: str) -> set[str]:
    stem = name.removesuffix(".html")
    if stem == name:
        return set()
    of_conditions = re.sub(r"(\.[A-Za-z][A-Za-z0-9_]*=[A-Za-z0-9_.-]+)+$", "", stem)
    return {stem, of_conditions, re.sub(r"-(0|[1-9][0-9]*)$", "", stem)}


def read(deployment: Deployment, folder: str, files: Iterable[str]) -> dict[str, bytes]:
    """Read pages of one folder, in parallel."""
    s3 = deployment.client("s3")

    def content(file: str) -> bytes:
        body: bytes = s3.get_object(Bucket=deployment.bucket, Key=f"{folder}/{file}")["Body"].read()
        return body

    names = list(files)
    return dict(zip(names, in_parallel(content, names), strict=True))


def digests_of_versions(
    deployment: Deployment, project_id: str, kept: Mapping[str, Iterable[str]]
) -> dict[str, dict[str, str]]:
    """Return version → file → SHA-256 of the pages of kept versions.

    A version's `project.json` holds the digests. If it does not, because of an earlier release or
    an interrupted submit, the pages themselves are read.

    Args:
        deployment: the deployment.
        project_id: the study's id.
        kept: version → its files, including `ENTRY_FILE`.
    """
    bucket = Bucket(deployment.client("s3"), deployment.bucket)

    def kept_digests(version: str) -> dict[str, str] | None:
        stored = bucket.get(versions.entry_key(project_id, version))
        try:
            return None if stored is None else versions.digests_in(stored.json())
        except ValueError:
            return None

    found: dict[str, dict[str, str]] = {}
    for version, digests in zip(kept, in_parallel(kept_digests, kept), strict=True):
        if digests is None:
            files = [file for file in kept[version] if file != ENTRY_FILE]
            pages = read(deployment, versions.folder(project_id, version), files)
            digests = {file: versions.digest_of(content) for file, content in pages.items()}
        found[version] = digests
    return found


def put(
    deployment: Deployment, folder: str, pages: Mapping[str, bytes], advance: Callable[[int], None] = lambda _: None
) -> None:
    """Write pages into a folder, in parallel."""
    s3 = deployment.client("s3")

    def write(file: str) -> None:
        s3.put_object(
            Bucket=deployment.bucket,
            Key=f"{folder}/{file}",
            Body=pages[file],
            ContentType="text/html; charset=utf-8",
        )

    for _ in in_parallel(write, pages):
        advance(1)


def delete(deployment: Deployment, project_id: str, files: Iterable[str]) -> None:
    """Delete pages of a project's own folder.

    The bucket keeps their past versions until its lifecycle rule deletes them.
    """
    s3 = deployment.client("s3")
    for file in files:
        s3.delete_object(Bucket=deployment.bucket, Key=f"{project_id}/{file}")
