"""Finds a participant's session: the live one, or else the last one that ended."""

from __future__ import annotations

from itertools import groupby

from hippo_cli.deployment import Deployment
from hippo_cli.publish import master_list
from hippo_cli.servers.sessions import valid_user
from hippo_common.errors import HippoError
from hippo_common.parallel import in_parallel
from hippo_gym.participants.records import record_key
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.sessions.model import Session
from hippo_gym.sessions.store import SessionRecordInvalid, SessionStore
from hippo_gym.storage.bucket import Bucket


class SessionFinder:
    """Finds participants' sessions."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._bucket = Bucket(deployment.client("s3"), deployment.bucket)
        self._sessions = SessionStore(self._bucket, SystemClock())

    def find(self, user_id: str, project_id: str | None) -> Session:
        """Find a participant's live session, or else their last one that ended.

        Args:
            user_id: the participant's id.
            project_id: the study's id; None for the newest session in any study.

        Raises:
            HippoError: the participant never had a server.
        """
        user_id = valid_user(user_id)
        held = self._sessions.live(user_id)
        if held is not None and project_id in (None, held.session.project_id):
            return held.session
        projects = [project_id] if project_id else self._projects_of(user_id)
        last = [found for project in projects if (found := self._last_in(project, user_id)) is not None]
        if last:
            return max(last, key=lambda session: session.created_at)
        spelling = "Check the spelling of the id."
        if project_id:
            raise HippoError(
                f"{user_id} never had a server in the study {project_id}.",
                f"{spelling} `hippo sessions` shows who has a server now.",
            )
        raise HippoError(
            f"{user_id} never had a server in any listed study.",
            f"{spelling} If the study was removed from the list, name it with --project.",
        )

    def reload(self, session: Session) -> Session:
        """Read a session again: its live record, or its record after it ended."""
        if session.ended_at is not None:
            return session
        held = self._sessions.live(session.user_id)
        if held is not None and held.session.id == session.id:
            return held.session
        return self._sessions.ended(session.project_id, session.id) or session

    def _projects_of(self, user_id: str) -> list[str]:
        """Return the listed studies that have a record of this participant."""
        ids = sorted({str(entry["id"]) for entry in master_list.read(self._deployment)})
        there = in_parallel(lambda project_id: self._bucket.exists(record_key(project_id, user_id)), ids)
        return [project_id for project_id, is_there in zip(ids, there, strict=True) if is_there]

    def _last_in(self, project_id: str, user_id: str) -> Session | None:
        """Return a participant's last session in a study: their record's, or the newest."""
        stored = self._bucket.get(record_key(project_id, user_id))
        try:
            recorded = stored.json()["session"]["id"] if stored is not None else None
        except (ValueError, KeyError, TypeError):
            recorded = None
        found = self._ended(project_id, recorded) if isinstance(recorded, str) else None
        if found is not None and found.launch is not None:
            return found
        return self._newest(project_id, user_id) or found

    def _newest(self, project_id: str, user_id: str) -> Session | None:
        """Return the participant's newest ended session; search the latest day first."""
        keys = sorted(self._bucket.keys(f"_sessions/ended/{project_id}/"), reverse=True)
        for _, of_one_day in groupby(keys, key=lambda key: key.split("/")[3]):
            ids = [key.rsplit("/", 1)[-1].removesuffix(".json") for key in of_one_day]
            read = in_parallel(lambda session_id: self._ended(project_id, session_id), ids)
            theirs = [found for found in read if found and found.user_id == user_id and found.launch is not None]
            if theirs:
                return max(theirs, key=lambda session: session.created_at)
        return None

    def _ended(self, project_id: str, session_id: str) -> Session | None:
        try:
            return self._sessions.ended(project_id, session_id)
        except (SessionRecordInvalid, ValueError):
            return None
