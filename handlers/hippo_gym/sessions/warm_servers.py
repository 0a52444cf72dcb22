"""Warm servers that wait for a participant: finding one, and taking it.

A warm server is a session whose user id is a name of warm_names.py. `_sessions/warm/{name}` says that
no participant has taken it yet, so that one list call finds those that wait; its session record
decides. A participant's session takes one with a conditional write of that record, so that no two
sessions get the same one, and then has its task and its address; docs/lifecycle.md, "Warm servers".
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.errors import Conflict, HippoGymError
from hippo_gym.runtime.logs import logger
from hippo_gym.sessions import warm_names
from hippo_gym.sessions.messages import Start
from hippo_gym.sessions.model import DIRECT, RUNNING, Launch, Other, Session
from hippo_gym.sessions.store import SessionStore
from hippo_gym.sessions.warm_names import prefix_of
from hippo_gym.storage.bucket import Bucket, Listed
from hippo_gym.studies.projects import Project
from hippo_gym.studies.warm import LEAD, MAX_AGE, wanted

PREFIX: Final = "_sessions/warm/"

_MOST_READ: Final = 5
"""Records of waiting servers that a start reads at most: each costs the participant a round trip."""


@dataclass(frozen=True)
class WarmServers:
    """The warm servers of one bucket that wait for a participant.

    `last_part` returns the last part of a new one's name.
    """

    bucket: Bucket
    sessions: SessionStore
    clock: Clock
    last_part: Callable[[], str] = warm_names.unguessable

    def new_start(self, project_id: str) -> Start:
        """Return the start message of a new warm server."""
        return warm_names.start(project_id, self.clock.now(), self.last_part())

    def announce(self, name: str) -> None:
        """Say that a warm server waits for a participant, before it is claimed."""
        with suppress(Conflict):  # another function is writing the same
            self.bucket.write_json(f"{PREFIX}{name}", {})

    def waiting(self, project_id: str | None = None) -> Mapping[str, Listed]:
        """Return name → what says that it waits, of a project, or of all."""
        prefix = f"{PREFIX}{prefix_of(project_id) if project_id is not None else ''}"
        return {each.key.removeprefix(PREFIX): each for each in self.bucket.listed(prefix)}

    def waiting_before(self, name: str) -> list[str]:
        """Return the names of all projects' waiting servers that were announced before this one."""
        listed = self.waiting()
        order = {other: (each.modified, other) for other, each in listed.items()}
        return [other for other in listed if name not in order or order[other] < order[name]]

    def forget(self, listed: Listed) -> None:
        """Delete what says that a warm server waits; a failure is left to the sweeper."""
        try:
            self.bucket.delete(listed.key, listed.etag)
        except (Conflict, BotoCoreError, ClientError) as error:
            logger.warning("a warm server is still listed", key=listed.key, reason=str(error))

    def find(self, project_id: str, launch: Launch | None) -> Other | None:
        """Return a warm server that a participant's session can take now; None without one.

        Never raises: a session that finds none starts its own server.
        """
        if launch is None or not launch.warm or launch.route != DIRECT:
            return None
        try:
            names = list(self.waiting(project_id))
            random.shuffle(names)  # participants who come together do not try the same one
            for name in names[:_MOST_READ]:
                held = self.sessions.live(name)
                if held is not None and fits(held.session, project_id, launch, self.clock.now()):
                    return Other(name, held.session.id)
        except (HippoGymError, ValueError, BotoCoreError, ClientError) as error:
            logger.warning("no warm server was looked for", reason=str(error))
        return None

    def take(self, session: Session, cluster_of: Callable[[Session], str]) -> Session | None:
        """Take the warm server that a session names, and return the session with it; None if it cannot be had.

        Safe to repeat: it stays taken by the same session.

        Args:
            session: a participant's, whose record names the warm server.
            cluster_of: returns the cluster of a session's task.

        Raises:
            Conflict: another function has just changed the warm server's record.
        """
        other, launch = session.seen.warm, session.launch
        held = None if other is None else self.sessions.live(other.user_id)
        if other is None or launch is None or held is None or held.session.id != other.session_id:
            return None
        me, now = Other(session.user_id, session.id), self.clock.now()
        if held.session.wanted != RUNNING or held.session.taken_by not in (None, me):
            return None
        if held.session.taken_by is None:
            if not fits(held.session, session.project_id, launch, now):
                return None
            held = self.sessions.save(held, replace(held.session, taken_by=me, taken_at=now))
        return _with(session, launch, held.session, cluster_of(held.session), now)


def servers_wanted(project: Project, now: datetime) -> int:
    """Return how many servers of a project should wait for a participant now; none while it admits no participant."""
    opens, closes = project.enrolment.opens_at, project.enrolment.closes_at
    is_open = project.live and (opens is None or opens - LEAD <= now) and (closes is None or now < closes)
    return wanted(project.warm, now) if is_open else 0


def fits(warm: Session, project_id: str, launch: Launch, now: datetime) -> bool:
    """Return whether a warm server waits, is ready, and is what a participant's session would start."""
    own = warm.launch
    if own is None or not warm.ready or warm.taken_by is not None or warm.project_id != project_id:
        return False
    needed = (launch.version, launch.task_definition, launch.port, launch.access)
    is_young = now < warm.created_at + MAX_AGE and launch.minutes <= own.minutes
    return is_young and needed == (own.version, own.task_definition, own.port, own.access)


def _with(session: Session, launch: Launch, warm: Session, cluster: str, now: datetime) -> Session:
    """Return the session with the task and the address of a warm server that it has taken."""
    attempt = None if warm.seen.attempt is None else replace(warm.seen.attempt, number=1, not_before=now)
    seen = replace(session.seen, attempt=attempt, public_ip=warm.seen.public_ip, running_at=warm.seen.running_at)
    return replace(session, launch=replace(launch, cluster=cluster), seen=seen)
