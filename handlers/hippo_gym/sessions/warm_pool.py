"""Keeps as many warm servers waiting as the studies want: for the sweeper.

One review stops those that wait in vain (too many, too old, of another version, without a place, of a
study that is closed), and those whose participant's session is over; and asks start_server for those
that are missing. Whatever fails here, no warm server waits, and participants get their own servers.

A study whose warm server failed to start gets none for `_PAUSE`: a broken image would be started and
paid for again with every sweep.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_gym.runtime.clock import Clock, from_text, to_text
from hippo_gym.runtime.errors import Conflict, HippoGymError
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.settings import MAX_WARM
from hippo_gym.sessions.capacity import Places
from hippo_gym.sessions.messages import Start
from hippo_gym.sessions.model import RUNNING, Session
from hippo_gym.sessions.store import Held
from hippo_gym.sessions.warm_servers import WarmServers, servers_wanted
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies.master_list import parse_master_list
from hippo_gym.studies.projects import MASTER_LIST_KEY, Project, ProjectInvalid, from_entry
from hippo_gym.studies.warm import MAX_AGE

KEY: Final = "_sessions/warm.json"
"""Which warm servers the sweeper has asked for in the last `_PAUSE`."""

_PAUSE: Final = timedelta(minutes=30)
_UNDER_WAY: Final = timedelta(minutes=4)
"""A server that was asked for this long ago and has no record yet: its start message is on its way."""

_LISTED_FOR: Final = timedelta(minutes=2)
"""A name is listed as waiting before its record is written."""


@dataclass(frozen=True)
class Asked:
    """A warm server that the sweeper has asked for."""

    project_id: str
    name: str
    session_id: str
    at: datetime


@dataclass(frozen=True)
class WarmPool:
    """The warm servers of one deployment.

    Attributes:
        servers: those that wait.
        ask: publishes a start message; None: none is started.
        max_warm: how many warm servers of all projects may wait at the same time.
    """

    bucket: Bucket
    servers: WarmServers
    places: Places
    clock: Clock
    ask: Callable[[Start], None] | None = None
    max_warm: int = MAX_WARM

    def review(self, live: Sequence[Held], *, complete: bool) -> list[Held]:
        """Stop and start warm servers; return the live sessions, some of them wanted stopped now.

        Never raises.

        Args:
            live: the live sessions.
            complete: these are all; otherwise none is started.
        """
        try:
            projects = self._projects()
            after = self._stopped(live, projects)
            if complete:
                self._list_again(after)
                self._start_missing(after, projects)
            return after
        except (HippoGymError, ValueError, BotoCoreError, ClientError) as error:
            logger.error("the warm servers could not be reviewed", exc_info=error)
            return list(live)

    # --- stopping ---

    def _stopped(self, live: Sequence[Held], projects: Mapping[str, Project]) -> list[Held]:
        """Want those stopped that wait in vain, unless a session takes one at this moment."""
        reasons = self._reasons([held.session for held in live], projects)
        after = []
        for held in live:
            reason = reasons.get(held.session.id)
            if reason is None:
                after.append(held)
                continue
            try:
                after.append(self.servers.sessions.save(held, held.session.stopped(reason)))
                logger.info("a warm server is to be stopped", session_id=held.session.id, reason=reason)
            except Conflict:
                logger.info("the warm server was changed at this moment", session_id=held.session.id)
        return after

    def _reasons(self, live: Sequence[Session], projects: Mapping[str, Project]) -> dict[str, str]:
        """Return the ids of warm servers that have to be stopped, and why."""
        now, reasons = self.clock.now(), {}
        running = [each for each in live if each.is_warm and each.wanted == RUNNING]
        waiting: dict[str, list[Session]] = defaultdict(list)
        places = self.places.ledger().taken if any(each.counted for each in running) else {}
        for each in running:
            if each.taken_by is not None:
                reason = None if self._has(each) else "its participant's session is over"
            else:
                reason = _in_vain(each, projects.get(each.project_id), now)
                if reason is None and each.counted and each.admitted_at is not None and each.id not in places:
                    reason = "a participant needed its place"
                if reason is None:
                    waiting[each.project_id].append(each)
            if reason is not None:
                reasons[each.id] = reason
        for project_id, some in waiting.items():
            ordered = sorted(some, key=lambda each: (not each.ready, each.created_at, each.id))
            too_many = ordered[servers_wanted(projects[project_id], now) :]
            reasons |= dict.fromkeys((each.id for each in too_many), "more warm servers wait than the study wants")
        return reasons

    def _has(self, warm: Session) -> bool:
        """Return whether the session that took a warm server is live and has it; reads its record again.

        It names the warm server before it takes it, so a record that is read now does.
        """
        other = warm.taken_by
        held = None if other is None else self.servers.sessions.live(other.user_id)
        if other is None or held is None or held.session.id != other.session_id:
            return False
        named = held.session.seen.warm
        return named is not None and named.session_id == warm.id

    # --- starting ---

    def _list_again(self, live: Iterable[Held]) -> None:
        """Correct the list of those that wait by their records."""
        store, now = self.servers, self.clock.now()
        listed = store.waiting()
        there = {held.session.user_id for held in live if _waits(held.session)}
        for name, each in listed.items():
            if name not in there and now - each.modified >= _LISTED_FOR:
                store.forget(each)
        for name in there - listed.keys():
            store.announce(name)

    def _start_missing(self, live: Iterable[Held], projects: Mapping[str, Project]) -> None:
        now, there = self.clock.now(), [held.session for held in live if _waits(held.session)]
        missing = {project_id: servers_wanted(project, now) for project_id, project in projects.items()}
        if self.ask is None or not any(missing.values()):
            return
        asked, etag = self._asked()
        known = {each.id for each in there}
        recent = [each for each in asked if now - each.at < _PAUSE]
        paused = {each.project_id for each in recent if each.session_id not in known and self._failed(each)}
        coming = [each for each in recent if each.session_id not in known and now - each.at < _UNDER_WAY]
        coming = [each for each in coming if self.servers.sessions.ended(each.project_id, each.session_id) is None]
        room = self.max_warm - len(there) - len(coming)
        starts: list[Start] = []
        for project_id, wanted in missing.items():
            have = [*(each.project_id for each in there), *(each.project_id for each in coming)].count(project_id)
            number = 0 if project_id in paused else max(0, min(wanted - have, room - len(starts)))
            starts += [self.servers.new_start(project_id) for _ in range(number)]
        if starts or len(recent) < len(asked):
            new = [Asked(each.project_id, each.user_id, each.session_id, now) for each in starts]
            self._note([*recent, *new], etag)
        for start in starts:
            logger.info("asking for a warm server", project_id=start.project_id, session_id=start.session_id)
            self.ask(start)

    def _failed(self, asked: Asked) -> bool:
        ended = self.servers.sessions.ended(asked.project_id, asked.session_id)
        return ended is not None and ended.failed

    def _asked(self) -> tuple[list[Asked], str | None]:
        stored = self.bucket.get(KEY)
        if stored is None:
            return [], None
        try:
            return [_from_record(each) for each in stored.json()["asked"]], stored.etag
        except (ValueError, KeyError, TypeError) as error:
            logger.error("which warm servers were asked for cannot be read; written again", exc_info=error)
            return [], stored.etag

    def _note(self, asked: Iterable[Asked], etag: str | None) -> None:
        """Write what is asked for, before it is: of two sweeps at the same time only one asks.

        Raises:
            Conflict: another sweep was faster.
        """
        value = {"asked": [_to_record(each) for each in asked]}
        if etag is None:
            self.bucket.create_json(KEY, value)
        else:
            self.bucket.replace_json(KEY, value, etag)

    def _projects(self) -> dict[str, Project]:
        """Return every project with warm servers and a valid entry, by id; the last entry of an id counts."""
        stored = self.bucket.get(MASTER_LIST_KEY)
        found = {}
        for entry in [] if stored is None else parse_master_list(stored):
            found.pop(entry["id"], None)
            if entry.get("warm"):  # an entry takes long to check
                with suppress(ProjectInvalid):
                    found[entry["id"]] = from_entry(entry)
        return found


def _waits(session: Session) -> bool:
    return session.is_warm and session.wanted == RUNNING and session.taken_by is None


def _in_vain(warm: Session, project: Project | None, now: datetime) -> str | None:
    """Return why no participant can take a warm server any more; None if one can."""
    if project is None or not project.warm:
        return "the study has no warm servers any more"
    if now >= warm.created_at + MAX_AGE:
        return "it is too old"
    if warm.launch is None or (warm.launch.version, warm.launch.updated_at) != (project.version, project.updated_at):
        return "the study was changed"
    return None


def _to_record(asked: Asked) -> dict[str, Any]:
    return {
        "projectId": asked.project_id,
        "name": asked.name,
        "sessionId": asked.session_id,
        "at": to_text(asked.at),
    }


def _from_record(record: Mapping[str, Any]) -> Asked:
    return Asked(record["projectId"], record["name"], record["sessionId"], from_text(record["at"]))
