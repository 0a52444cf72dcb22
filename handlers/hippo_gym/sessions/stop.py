"""Handles stop messages and stopped tasks.

Ends a session now or later, and finishes a lingering one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from hippo_gym.runtime.errors import Conflict
from hippo_gym.runtime.logs import logger
from hippo_gym.sessions.converge import Lifecycle, Outcome
from hippo_gym.sessions.messages import Start, Stop, TaskStopped
from hippo_gym.sessions.model import EndedBy, Session
from hippo_gym.sessions.store import Held, SessionStore
from hippo_gym.studies.master_list import Projects
from hippo_gym.studies.projects import MasterListInvalid, ProjectInvalid, UnknownProject


@dataclass(frozen=True)
class SessionStopper:
    """Serves the stop topic."""

    projects: Projects
    sessions: SessionStore
    lifecycle: Lifecycle

    def stop(self, message: Stop, seconds_left: Callable[[], float]) -> Outcome:
        """End the session that a message names, now or in `delay` minutes.

        A message for a session that is over, or that a newer session replaced, changes nothing. A
        message that comes before its session is claimed writes an ended record, which prevents the
        start.

        Raises:
            MasterListInvalid, ProjectInvalid, UnknownProject: no such session is live, and the
                project cannot be read. For a live session this fault is only logged: it must not
                keep a server running
                (docs/decisions/2026-11-22-a-broken-list-does-not-keep-servers.md).
            Transient: a retry of the message continues.
        """
        logger.append_keys(project_id=message.project_id, user_id=message.user_id, session_id=message.session_id)
        fault = self._fault_of_list(message.project_id)
        while True:
            held = self._named(message)
            if held is None and message.session_id is not None:
                unstarted = Start(message.project_id, message.user_id, message.session_id, self.lifecycle.clock.now())
                self.sessions.end_unstarted(unstarted, "stopped before it was started", failed=False)
                held = self._named(message)
            if held is None:
                if fault is not None:
                    raise fault
                logger.info("no such session is live")
                return Outcome.OVER
            try:
                return self._stop(held, message, seconds_left)
            except Conflict:
                continue

    def task_stopped(self, event: TaskStopped, seconds_left: Callable[[], float]) -> Outcome:
        """Handle a stopped task.

        Converge its live session, or delete what a session that is over left.
        """
        logger.append_keys(user_id=event.user_id, session_id=event.session_id)
        held = self.sessions.live(event.user_id)
        if held is not None and held.session.id == event.session_id:
            self._task_of_warm_stopped(held.session, seconds_left)
            return self.lifecycle.converge(held, seconds_left)
        gone = self.lifecycle.resources.clear(event.session_id, event.user_id, "the session is over")
        return Outcome.OVER if gone else Outcome.LINGERING

    def _task_of_warm_stopped(self, warm: Session, seconds_left: Callable[[], float]) -> None:
        """Converge the session of the participant who has a warm server whose task has stopped."""
        other = warm.taken_by
        held = None if other is None else self.sessions.live(other.user_id)
        if other is not None and held is not None and held.session.id == other.session_id:
            self.lifecycle.converge(held, seconds_left)

    def _stop(self, held: Held, message: Stop, seconds_left: Callable[[], float]) -> Outcome:
        session = held.session
        now = self.lifecycle.clock.now()
        if not message.delay or session.stop_at <= now or session.in_line:
            # A stop at the deadline is the schedule's, or as late as that.
            by = EndedBy.TIME if session.stop_at <= now and session.ready else None
            stopped = self.sessions.save(held, session.stopped(message.reason or "a stop was requested", by=by))
            return self.lifecycle.converge(stopped, seconds_left)
        stop_at = min(session.stop_at, now + timedelta(minutes=message.delay))
        saved = self.sessions.save(held, replace(session, stop_at=stop_at))
        self.lifecycle.schedules.move(self.lifecycle.resources.name(session.id), saved.session.stop_at)
        logger.info("will stop later", stop_at=str(stop_at))
        return Outcome.READY if session.ready else Outcome.STARTING

    def _named(self, message: Stop) -> Held | None:
        """Return the live session that a message names, by session id or else by project."""
        held = self.sessions.live(message.user_id)
        if held is None or held.session.project_id != message.project_id:
            return None
        return held if message.session_id in (None, held.session.id) else None

    def _fault_of_list(self, project_id: str) -> MasterListInvalid | ProjectInvalid | UnknownProject | None:
        try:
            self.projects.find(project_id)
        except (MasterListInvalid, ProjectInvalid, UnknownProject) as error:
            logger.error("the project cannot be read from the master list", exc_info=error)
            return error
        return None
