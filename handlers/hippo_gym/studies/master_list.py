"""Reads the master list: finds the projects of requests in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hippo_gym.runtime import schemas
from hippo_gym.runtime.json_reading import NotJson
from hippo_gym.runtime.logs import logger
from hippo_gym.storage.bucket import StoredObject
from hippo_gym.studies import versions
from hippo_gym.studies.object_cache import ObjectCache
from hippo_gym.studies.projects import (
    MASTER_LIST_KEY,
    MasterListInvalid,
    Project,
    ProjectInvalid,
    UnknownProject,
    from_entry,
)


def parse_master_list(stored: StoredObject) -> list[dict[str, Any]]:
    """Return the entries of the master list; checks only the list's envelope, not the entries.

    Raises:
        MasterListInvalid: the list is not JSON, or not of the form `{"projects": [{"id": …}, …]}`.
    """
    try:
        value = stored.json()
    except NotJson as error:
        raise MasterListInvalid(f"{MASTER_LIST_KEY} {error}; fix it by hand") from error
    found = schemas.faults(schemas.MASTER_LIST_ENVELOPE, value)
    if found:
        raise MasterListInvalid(f"{MASTER_LIST_KEY}: " + "; ".join(str(fault) for fault in found))
    entries: list[dict[str, Any]] = value["projects"]
    return entries


class Projects:
    """Finds projects in the cached master list; parses the list once per ETag."""

    def __init__(self, cache: ObjectCache) -> None:
        self._cache = cache
        self._parsed: StoredObject | None = None
        self._entries: dict[str, dict[str, Any]] = {}

    def find(self, project_id: str) -> Project:
        """Return a project; of several entries with the same id the last one, which is the newest.

        Raises:
            UnknownProject: no entry has this id, or the master list does not exist.
            ProjectInvalid: the entry breaks the schema.
            MasterListInvalid: the list cannot be read.
        """
        entry = self._entry(project_id, trust=True) or self._entry(project_id, trust=False)
        if entry is None:
            raise UnknownProject(f"no project {project_id!r} is registered")
        return from_entry(entry)

    def began_with(self, project: Project, version: str | None) -> Project:
        """Return a project in the version that a participant began with.

        The current entry still decides what is the same for all versions
        (`versions.NOT_PART_OF_IT`), and how many servers a participant gets and when they are idle. A
        participant without a version, or whose version is not stored, gets the current study.

        Args:
            project: the current project.
            version: the version in the participant record, or None.
        """
        if version is None or version == project.version:
            return project
        key = versions.entry_key(project.id, version)
        stored = self._cache.get(key)
        try:
            then = from_entry(versions.entry_in(stored.json())) if stored is not None else None
        except (ValueError, ProjectInvalid, AttributeError) as error:
            logger.error("a version of the study cannot be read", key=key, exc_info=error)
            then = None
        if then is None or (then.id, then.version) != (project.id, version):
            logger.error("a participant's version of the study is missing; serving the current one", key=key)
            return project
        return replace(
            then,
            live=project.live,
            max_sessions=project.max_sessions,
            enrolment=project.enrolment,
            groups_by_study=project.groups_by_study,
            access=project.access,
            enrolment_timeout=project.enrolment_timeout,
            max_servers=project.max_servers,
            idle_timeout=project.idle_timeout,
            keep=project.keep,
            warm=project.warm,
            updated_at=project.updated_at,
        )

    def _entry(self, project_id: str, *, trust: bool) -> dict[str, Any] | None:
        """Return an entry from the cached list, or from S3.

        A project may have been registered a moment ago.
        """
        stored = self._cache.get(MASTER_LIST_KEY, trust=trust)
        if stored is None:
            return None
        if stored is not self._parsed:
            self._entries = {entry["id"]: entry for entry in parse_master_list(stored)}
            self._parsed = stored
        return self._entries.get(project_id)
