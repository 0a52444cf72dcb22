"""A start message: claim the participant's one session, then converge until it is ready.

Messages come late, twice and out of order. A session that is over stays over. A message that is older than the session
it meets changes nothing. A newer one for another project ends that session first.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from hippo_gym.runtime import tracing
from hippo_gym.runtime.backoff import Backoff
from hippo_gym.runtime.errors import Conflict, SessionFailed, Transient
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.metrics import Metric
from hippo_gym.sessions.converge import Lifecycle, Outcome
from hippo_gym.sessions.messages import Start
from hippo_gym.sessions.model import RUNNING, Failure, Session, new_session
from hippo_gym.sessions.store import Held, SessionStore
from hippo_gym.studies.projects import MasterListInvalid, Project, ProjectInvalid, Projects, UnknownProject

_SECONDS_IN_RESERVE: Final = 10.0
_BACKOFF: Final = Backoff(first=1, longest=15)


@dataclass(frozen=True)
class Starting:
    """What it takes to serve start messages.

    Attributes:
        max_runtime: minutes that no server may outlive.
        trace: tells the trace of the invocation, for the task to go on with.
    """

    projects: Projects
    sessions: SessionStore
    lifecycle: Lifecycle
    max_runtime: int
    trace: Callable[[], str | None] = tracing.none

    def start(self, message: Start, seconds_left: Callable[[], float]) -> Outcome:
        """Bring the session of a start message up.

        A failure is raised once, by whoever meets it, so that it is seen: a normal return counts as success with SNS
        and in the error metric. A message for a session that has ended, failed or not, is dealt with.

        Raises:
            UnknownProject, ProjectInvalid, MasterListInvalid: nothing was started; the session's ended record says why.
            SessionFailed: it could not be started; everything was taken down, and its record says why.
            Transient: a retry of the message goes on where this left off.
        """
        logger.append_keys(project_id=message.project_id, user_id=message.user_id, session_id=message.session_id)
        held = self._hold(message, seconds_left)
        if held is None:
            return Outcome.OVER
        outcome = self.lifecycle.converge(held, seconds_left)
        if outcome in (Outcome.OVER, Outcome.LINGERING) and held.session.wanted == RUNNING:
            after = self._after(held.session)
            if after.failed:
                raise SessionFailed(f"session {after.id} failed: {after.reason}")
        return outcome

    def _hold(self, message: Start, seconds_left: Callable[[], float]) -> Held | None:
        """Get hold of the live session that this message is to bring up; None if it is over or out of date.

        What is live needs no project: it has on its record what it is launched with, and a fault in the master list
        must not keep it from coming up.
        """
        tries = 0
        while True:
            tries += 1
            existing = self.sessions.live(message.user_id)
            ended = self.sessions.ended(message.project_id, message.session_id)
            with suppress(Conflict):
                if ended is not None:
                    return self._marked(existing, ended)
                if existing is not None and self._serves(existing.session, message):
                    return self._joined(existing, message)
                if existing is not None and existing.session.requested_at > message.requested_at:
                    logger.info("a newer session is there", other_session_id=existing.session.id)
                    self.sessions.end_unstarted(message, "a newer session was there", failed=False)
                    return None
                project = self._project(message)
                if existing is None:
                    return self._claim(message, project)
                if self._supersede(existing, message, seconds_left) is Outcome.OVER:
                    continue
            self._wait(_BACKOFF.limit(tries), seconds_left)

    def _marked(self, existing: Held | None, ended: Session) -> Held | None:
        """Take a session down that is marked as over and live all the same; None if it is not live.

        Whoever claimed it may have died, or met an error, before it could look for the mark.
        """
        if existing is None or existing.session.id != ended.id:
            return None
        stopped = existing.session.stopped(ended.reason or "marked as over", failed=ended.failed)
        return self.sessions.save(existing, stopped)

    def _joined(self, existing: Held, message: Start) -> Held:
        """Go on with the live session; a message that asked for another one like it needs none any more."""
        if existing.session.id != message.session_id:
            self.sessions.end_unstarted(message, f"session {existing.session.id} served", failed=False)
        return existing

    def _project(self, message: Start) -> Project:
        """Find the project of a session that is not live; without it, the session is over before it began."""
        try:
            return self.projects.began_with(self.projects.find(message.project_id), message.version)
        except (UnknownProject, ProjectInvalid, MasterListInvalid) as error:
            self.sessions.end_unstarted(message, str(error), failed=True)
            self.lifecycle.meter.add(Metric.SESSIONS_FAILED, reason=Failure.PROJECT_INVALID.value)
            raise

    def _claim(self, message: Start, project: Project) -> Held | None:
        """Claim the session.

        Raises:
            Conflict: the participant has a live session by now.
        """
        held = self.sessions.claim(self._new_session(message, project))
        # A stop that came before the claim has left its mark, and looks for the claim after leaving it (stopping.py):
        # whichever comes second sees the other.
        ended = self.sessions.ended(message.project_id, message.session_id)
        if ended is not None:
            return self._marked(held, ended)
        self.lifecycle.meter.add(Metric.SESSIONS_STARTED)
        return held

    def _wait(self, pause: float, seconds_left: Callable[[], float]) -> None:
        """Give an earlier session's task, or another writer, time."""
        if seconds_left() < pause + _SECONDS_IN_RESERVE:
            raise Transient("what the participant had before is not out of the way yet; a retry goes on")
        self.lifecycle.clock.sleep(pause)

    def _new_session(self, message: Start, project: Project) -> Session:
        lifecycle = self.lifecycle
        counted = lifecycle.places.counts(project.most_sessions)
        now, cluster = lifecycle.clock.now(), lifecycle.shared_cluster
        return new_session(message, project, now, self.max_runtime, cluster, counted=counted, trace=self.trace())

    @staticmethod
    def _serves(existing: Session, message: Start) -> bool:
        """Tell whether a live session is the one asked for, or does as well: same project, and meant to run."""
        same_project = existing.project_id == message.project_id
        return existing.id == message.session_id or (same_project and existing.wanted == RUNNING)

    def _supersede(self, existing: Held, message: Start, seconds_left: Callable[[], float]) -> Outcome:
        """End the participant's earlier session; comes back once, whether or not anything of it is left."""
        logger.info("ending an earlier session first", other_session_id=existing.session.id)
        reason = f"the participant went on to a session of project {message.project_id}"
        try:
            stopped = self.sessions.save(existing, existing.session.stopped(reason))
        except Conflict:
            return Outcome.STARTING
        return self.lifecycle.converge(stopped, seconds_left)

    def _after(self, session: Session) -> Session:
        """Read a session once more, after it was taken down."""
        live = self.sessions.live(session.user_id)
        if live is not None and live.session.id == session.id:
            return live.session
        return self.sessions.ended(session.project_id, session.id) or session
