"""Versions of a study: what a participant began with stays as it was, whatever is submitted later.

`hippo submit` keeps each version under `_versions/{projectId}/{version}/`: the entry as `project.json`, and every page.
The version is a digest of all of it, so that the same study has the same version wherever it is computed, and what is
kept under a version never changes. A project that was registered without one is served from `{projectId}/`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

PREFIX: Final = "_versions/"
NOT_PART_OF_IT: Final = frozenset(
    {"version", "live", "maxSessions", "opensAt", "closesAt", "mostParticipants", "updatedAt", "updatedBy"}
)
"""Keys of an entry that may change without it being another study: who is let in, and how many."""


def version_of(entry: Mapping[str, Any], pages: Mapping[str, bytes]) -> str:
    """Return the version of a study, 16 hexadecimal digits.

    Args:
        entry: of the master list.
        pages: file name below the project's folder → content; every page, variants included.
    """
    kept = {key: value for key, value in entry.items() if key not in NOT_PART_OF_IT}
    digests = {file: hashlib.sha256(content).hexdigest() for file, content in pages.items()}
    text = json.dumps([kept, digests], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def folder(project_id: str, version: str | None) -> str:
    """Return the folder of a version's pages, without a slash at its end; the project's own without a version."""
    return project_id if version is None else f"{PREFIX}{project_id}/{version}"


def entry_key(project_id: str, version: str) -> str:
    """Return the key of the entry as it was in a version."""
    return f"{folder(project_id, version)}/project.json"
