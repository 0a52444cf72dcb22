"""Handles a start message: claim the participant's one session, then converge until it is ready.

Messages arrive late, twice and out of order. A session that is over stays over. A message older
than the participant's live session changes nothing. A newer one for another project first ends the
live session, if it may; otherwise it starts nothing, and the participant waits.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from hippo_gym.runtime import tracing
from hippo_gym.runtime.backoff import Backoff
from hippo_gym.runtime.errors import Conflict, SessionFailed, Transient
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.metrics import Metric
from hippo_gym.runtime.settings import MAX_WARM
from hippo_gym.sessions.converge import Lifecycle, Outcome, place_of
from hippo_gym.sessions.messages import Start
from hippo_gym.sessions.model import DIRECT, LINE_FULL, RUNNING, Failure, Session, new_session
from hippo_gym.sessions.store import Held, SessionStore
from hippo_gym.sessions.tokens import new_token
from hippo_gym.sessions.warm_names import is_warm, prefix_of
from hippo_gym.sessions.warm_servers import servers_wanted
from hippo_gym.studies.master_list import Projects
from hippo_gym.studies.projects import MasterListInvalid, Project, ProjectInvalid, UnknownProject
from hippo_gym.studies.task_families import foreign_family

_SECONDS_IN_RESERVE: Final = 10.0
"""A function stops waiting when its invocation has less than this left after the pause."""

_BACKOFF: Final = Backoff(first=1, longest=15)
"""Pauses while the participant's earlier session ends; drain.py relies on the longest."""


@dataclass(frozen=True)
class SessionStarter:
    """Serves start messages.

    Attributes:
        max_runtime: the longest runtime of a server, in minutes.
        trace: returns the invocation's X-Ray trace, which the task gets.
        token: returns a new session's token.
        admitted_families: families of task definitions that any project may name.
        max_warm: how many warm servers of all projects may wait at the same time.
    """

    projects: Projects
    sessions: SessionStore
    lifecycle: Lifecycle
    max_runtime: int
    trace: Callable[[], str | None] = tracing.none
    token: Callable[[], str] = new_token
    admitted_families: tuple[str, ...] = ()
    max_warm: int = MAX_WARM

    def start(self, message: Start, seconds_left: Callable[[], float]) -> Outcome:
        """Bring the session of a start message up.

        A failed session raises once, in the invocation that finds it failed: SNS and the error
        metric count a normal return as success. A message for a session that has ended returns
        normally.

        Raises:
            UnknownProject, ProjectInvalid, MasterListInvalid: nothing started; the ended record
                says why.
            SessionFailed: the server could not start; its resources were deleted, and its record
                says why.
            Transient: a retry of the message continues.
        """
        logger.append_keys(project_id=message.project_id, user_id=message.user_id, session_id=message.session_id)
        held = self._hold(message, seconds_left)
        if held is None:
            return Outcome.OVER
        outcome = self.lifecycle.converge(held, seconds_left)
        if outcome in (Outcome.OVER, Outcome.LINGERING) and held.session.wanted == RUNNING:
            after = self._after(held.session)
            if after.failed and not after.is_warm:
                raise SessionFailed(f"session {after.id} failed: {after.reason}")
        return outcome

    def _hold(self, message: Start, seconds_left: Callable[[], float]) -> Held | None:
        """Return the live session that this message starts.

        Return None if the session is over, or a newer one replaced it. A live session needs no
        project: its record holds the launch settings, so a fault in the master list does not stop
        it.
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
                    logger.info("a newer session is live", other_session_id=existing.session.id)
                    self.sessions.end_unstarted(message, "a newer session was live", failed=False)
                    return None
                if existing is not None and self._must_wait(existing.session, message):
                    logger.info(
                        "the participant's session in another study goes on", other_session_id=existing.session.id
                    )
                    return None
                project = self._project(message)
                if project is None:
                    return None
                if existing is None:
                    return self._claim(message, project)
                if self._supersede(existing, message, seconds_left) is Outcome.OVER:
                    continue
            self._wait(_BACKOFF.limit(tries), seconds_left)

    def _marked(self, existing: Held | None, ended: Session) -> Held | None:
        """Set a live session that has an ended record to stopped; None if it is not live.

        The function that claimed it may have crashed before it could read the ended record.
        """
        if existing is None or existing.session.id != ended.id:
            return None
        stopped = existing.session.stopped(ended.reason or "marked as over", failed=ended.failed)
        return self.sessions.save(existing, stopped)

    def _joined(self, existing: Held, message: Start) -> Held:
        """Use the live session; a message with another session id gets an ended record."""
        if existing.session.id != message.session_id:
            self.sessions.end_unstarted(message, f"session {existing.session.id} served", failed=False)
        return existing

    def _project(self, message: Start) -> Project | None:
        """Find the project of a session that is not live.

        If it cannot be read, or names a task definition that it may not run, the session ends
        unstarted; None for a warm server, which no participant waits for.
        """
        try:
            project = self.projects.began_with(self.projects.find(message.project_id), message.version)
            self._check_family(project)
            return project
        except (UnknownProject, ProjectInvalid, MasterListInvalid) as error:
            if is_warm(message.user_id):
                self.sessions.end_unstarted(message, str(error), failed=False)
                return None
            self.sessions.end_unstarted(message, str(error), failed=True)
            self.lifecycle.meter.add(Metric.SESSIONS_FAILED, reason=Failure.PROJECT_INVALID.value)
            raise

    def _check_family(self, project: Project) -> None:
        family = foreign_family(project.id, project.task_definition, self.admitted_families)
        if family is not None:
            raise ProjectInvalid(
                f"the entry of project {project.id!r} names the task definition {family!r}, which is not its own; "
                f"submit the study again without ecsTask, or add the family to admitted_task_families of the deployment"
            )

    def _claim(self, message: Start, project: Project) -> Held | None:
        """Claim the session; None if it is over, or the line is full.

        Raises:
            Conflict: the participant has a live session now.
        """
        session = self._new_session(message, project)
        if session.is_warm:
            return self._claim_warm(session, message, project)
        if session.counted and self.lifecycle.places.refuses(place_of(session)):
            # Cheaper than a claim and its end. `converge` asks again: the line may be full by then.
            logger.info(LINE_FULL)
            self.sessions.end_unstarted(message, LINE_FULL, failed=False, line_full=True)
            return None
        held = self.sessions.claim(session)
        # A stop before the claim writes the ended record and then reads the live one (stop.py);
        # this claim writes the live record and then reads the ended one. So the later of the two
        # sees the other.
        ended = self.sessions.ended(message.project_id, message.session_id)
        if ended is not None:
            return self._marked(held, ended)
        self.lifecycle.meter.add(Metric.SESSIONS_STARTED)
        return held

    def _claim_warm(self, session: Session, message: Start, project: Project) -> Held | None:
        """Claim a warm server, and stop it if enough of them wait already.

        Each one is listed as waiting before it is counted, so of two that are started at the same
        moment for one gap, the later one stops.
        """
        warm, now = self.lifecycle.warm, self.lifecycle.clock.now()
        wanted = servers_wanted(project, now) if warm is not None else 0
        if warm is None or not wanted:
            self.sessions.end_unstarted(message, "no warm server is wanted now", failed=False)
            return None
        warm.announce(session.user_id)
        held = self.sessions.claim(session)
        ended = self.sessions.ended(message.project_id, message.session_id)
        if ended is not None:
            return self._marked(held, ended)
        before = warm.waiting_before(session.user_id)
        own = sum(name.startswith(prefix_of(project.id)) for name in before)
        if own >= wanted or len(before) >= self.max_warm:
            return self.sessions.save(held, session.stopped("enough warm servers wait"))
        return held

    def _wait(self, pause: float, seconds_left: Callable[[], float]) -> None:
        """Wait for an earlier session's task to stop, or for another writer."""
        if seconds_left() < pause + _SECONDS_IN_RESERVE:
            raise Transient("the participant's earlier session has not ended yet; a retry continues")
        self.lifecycle.clock.sleep(pause)

    def _new_session(self, message: Start, project: Project) -> Session:
        lifecycle = self.lifecycle
        counted = lifecycle.places.counts(project.max_sessions)
        now, cluster, minutes = lifecycle.clock.now(), lifecycle.shared_cluster, self.max_runtime
        session = new_session(
            message,
            project,
            now,
            minutes,
            cluster,
            counted=counted,
            trace=self.trace(),
            token=self.token(),
            upload_token=self.token(),
            route=DIRECT if lifecycle.launch is None else lifecycle.launch.route,
        )
        found = None if lifecycle.warm is None else lifecycle.warm.find(project.id, session.launch)
        return session if found is None else replace(session, seen=replace(session.seen, warm=found))

    @staticmethod
    def _must_wait(existing: Session, message: Start) -> bool:
        """Return whether a running session of another study may not be ended by this message.

        Nothing is recorded then: a later message, which an answer asked for, starts the session.
        """
        if existing.project_id == message.project_id or existing.wanted != RUNNING:
            return False
        return not existing.yields_to(message.holder, takes_over=message.takes_over)

    @staticmethod
    def _serves(existing: Session, message: Start) -> bool:
        """Return whether the live session is the message's, or one of its project that runs."""
        same_project = existing.project_id == message.project_id
        return existing.id == message.session_id or (same_project and existing.wanted == RUNNING)

    def _supersede(self, existing: Held, message: Start, seconds_left: Callable[[], float]) -> Outcome:
        """End the participant's earlier session.

        Its tasks may still be stopping when this returns.
        """
        logger.info("ending an earlier session first", other_session_id=existing.session.id)
        reason = f"the participant went on to a session of project {message.project_id}"
        try:
            stopped = self.sessions.save(existing, existing.session.stopped(reason))
        except Conflict:
            return Outcome.STARTING
        return self.lifecycle.converge(stopped, seconds_left)

    def _after(self, session: Session) -> Session:
        """Read the record of a session again after its takedown."""
        live = self.sessions.live(session.user_id)
        if live is not None and live.session.id == session.id:
            return live.session
        return self.sessions.ended(session.project_id, session.id) or session
