"""Versions of a study: a participant keeps the version that they began with.

`hippo submit` stores each version under `_versions/{projectId}/{version}/`: the entry as
`project.json`, and every page. The version is a digest of these objects, so the same study always
has the same version, and the objects of a version never change. A project that was registered
without a version is served from `{projectId}/`.

`project.json` holds the entry and, under `pages`, the SHA-256 of each page
(kept_version.schema.json). Pages are compared by these digests, because an ETag is an MD5 of the
content only without a KMS key (Amazon S3 API reference, "Object"). Versions of earlier releases
have no digests. This release ignores keys that a newer one added.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from hippo_gym.runtime import schemas

PREFIX: Final = "_versions/"
NOT_PART_OF_IT: Final = frozenset(
    {
        "version",
        "live",
        "maxSessions",
        "opensAt",
        "closesAt",
        "mostParticipants",
        "owners",
        "updatedAt",
        "updatedBy",
        "groupsBy",
        "access",
        "keepAddresses",
        "keepBrowser",
        "retainDays",
    }
)
"""Keys of an entry that are the same for all versions: they decide whom the study admits, how many,
by which rule groups are computed, what proves who a participant is, who may change the study, what
is kept of participants' addresses and browsers, and how long data stays.
"""


DIGESTS: Final = "pages"
"""Key of `project.json` beside the entry's keys: file → SHA-256 of the page, in hexadecimal digits.
"""


ASSETS: Final = "assetFiles"
"""Key of `project.json` beside the entry's keys: file of the study's folder `assets` → SHA-256, in
hexadecimal digits.
"""


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a page's content, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def version_of(entry: Mapping[str, Any], pages: Mapping[str, bytes]) -> str:
    """Return the version of a study, 16 hexadecimal digits.

    Args:
        entry: its entry in the master list.
        pages: file name below the project's folder → content; every page, variants included.
    """
    kept = {key: value for key, value in entry.items() if key not in NOT_PART_OF_IT}
    digests = {file: digest_of(content) for file, content in pages.items()}
    text = json.dumps([kept, digests], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def folder(project_id: str, version: str | None) -> str:
    """Return the folder of a version's pages, or the project's folder without a version.

    No final slash.
    """
    return project_id if version is None else f"{PREFIX}{project_id}/{version}"


def entry_key(project_id: str, version: str) -> str:
    """Return the key of a version's `project.json`."""
    return f"{folder(project_id, version)}/project.json"


def to_keep(
    entry: Mapping[str, Any], pages: Mapping[str, bytes], assets: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the content of a version's `project.json`.

    Args:
        entry: its entry in the master list, with its version.
        pages: file name below the project's folder → content; every page, variants included.
        assets: file of its folder `assets` → SHA-256, in hexadecimal digits.
    """
    digests = {DIGESTS: {file: digest_of(content) for file, content in pages.items()}}
    return {**entry, **digests, **({ASSETS: dict(assets)} if assets else {})}


def entry_in(kept: Any) -> Any:
    """Return the entry in a parsed `project.json`, without keys that this release does not know.

    A value that is not a JSON object is returned unchanged: `from_entry` reports it.
    """
    if not isinstance(kept, Mapping):
        return kept
    return {key: value for key, value in kept.items() if key in _known()}


def keys_of_a_newer_release(kept: Mapping[str, Any]) -> list[str]:
    """Name the keys of a `project.json` that this release does not know."""
    return [key for key in kept if key not in _known() and key not in (DIGESTS, ASSETS)]


def digests_in(kept: Any) -> dict[str, str] | None:
    """Return file → SHA-256 of a version's pages.

    Return None for a `project.json` that an earlier release wrote, without digests.
    """
    if not schemas.is_valid(schemas.KEPT_VERSION, kept) or DIGESTS not in kept:
        return None
    return dict(kept[DIGESTS])


def asset_digests_in(kept: Any) -> dict[str, str]:
    """Return file of the study's folder `assets` → SHA-256 of a version; empty for a version without any."""
    return dict(kept.get(ASSETS, {})) if schemas.is_valid(schemas.KEPT_VERSION, kept) else {}


def _known() -> Mapping[str, Any]:
    known: Mapping[str, Any] = schemas.contents(schemas.PROJECT)["properties"]
    return known
