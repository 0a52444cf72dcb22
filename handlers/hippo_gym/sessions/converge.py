"""Makes a session what its record wants: observe it, plan a step, take it, record it, repeat.

    look       reads the session's task, address, DNS change and port from AWS (observe.py)
    plan       returns the next step (plan.py: a pure function; docs/lifecycle.md draws it)
    take       makes the AWS calls of a step that brings the session up (provision.py)
    take_down  deletes the session's resources and gives the lock back (teardown.py)
    converge   repeats these until the session is as wanted

Several functions may call `converge` for one session at the same time, and each may crash after any
call. Three rules make that safe. Every AWS call can be repeated: names and tokens derive from the
session's id. Every step is recorded with `If-Match`; a function that loses this race reads and
plans again. And a takedown lists the resources from AWS; it does not rely on the record.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_gym.runtime.aws_clients import Cause, cause_of
from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.errors import Conflict, HippoGymError, Transient
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.metrics import UNMEASURED, Meter, Metric
from hippo_gym.sessions.capacity import Place, Places, Turn
from hippo_gym.sessions.launch import LaunchSettings, jittered
from hippo_gym.sessions.messages import Start
from hippo_gym.sessions.model import EDGE, LINE_FULL, STOPPED, EndedBy, Failure, Session
from hippo_gym.sessions.observe import Watch, task_of
from hippo_gym.sessions.plan import NEEDS_LAUNCH, Plan, Step, World, plan
from hippo_gym.sessions.presence import quiet_since
from hippo_gym.sessions.provision import Provisioner
from hippo_gym.sessions.resources.all import Resources
from hippo_gym.sessions.resources.dns import Dns, NameTaken
from hippo_gym.sessions.resources.fargate import Fargate, TaskDefinitionMissing, TaskTooLarge
from hippo_gym.sessions.resources.schedules import Schedules
from hippo_gym.sessions.store import Held, SessionStore
from hippo_gym.sessions.teardown import Teardown
from hippo_gym.sessions.warm_servers import WarmServers
from hippo_gym.storage.bucket import Listed

ABANDONED: Final = timedelta(seconds=90)
"""A starting session is abandoned if its record is this old: a function that works on one writes
every 30 seconds.
"""

_HEARTBEAT: Final = timedelta(seconds=30)
"""A function that waits for a session writes its record this often."""

_REFUSED: Final = Plan(Step.STOP, LINE_FULL)

_POLL_SECONDS: Final = 0.5
"""Pause between two observations of a session that is as expected but not ready."""

_SECONDS_IN_RESERVE: Final = 8.0
"""A function stops waiting when its invocation has less than this left after the pause."""


class Outcome(Enum):
    """How `converge` left a session."""

    READY = "ready"
    STARTING = "starting"
    IN_LINE = "in line"
    LINGERING = "lingering"
    OVER = "over"


def accepts_connections(ip: str, port: int) -> bool:
    """Return whether the address accepts a TCP connection within a second."""
    try:
        with socket.create_connection((ip, port), timeout=1):
            return True
    except OSError:
        return False


@dataclass(frozen=True)
class Lifecycle:
    """Brings sessions up and takes them down.

    Attributes:
        deployment: names of clusters and schedules are `{deployment}-{session id}`.
        launch: settings to bring a session up; None: only start_server brings sessions up.
        ask_for_start: publishes a start message, so that start_server works on a session again.
        accepts: returns whether the container accepts connections; by default over the network.
        shared_cluster: the cluster of new sessions; None: each session makes its own.
        places: gives places to sessions that a limit counts.
        meter: counts each event once: after the conditional write, which only one function can
            make.
        warm: the servers that were started ahead; None: no session takes one.
    """

    sessions: SessionStore
    fargate: Fargate
    dns: Dns
    schedules: Schedules
    clock: Clock
    deployment: str
    places: Places
    launch: LaunchSettings | None = None
    ask_for_start: Callable[[Start], None] | None = None
    accepts: Callable[[str, int], bool] = accepts_connections
    shared_cluster: str | None = None
    meter: Meter = UNMEASURED
    warm: WarmServers | None = None

    @property
    def resources(self) -> Resources:
        """The AWS resources of this deployment's sessions."""
        return Resources(self.fargate, self.dns, self.schedules, self.deployment, self.shared_cluster)

    @property
    def _up(self) -> Provisioner:
        return Provisioner(self.resources, self.clock, self.launch)

    @property
    def _down(self) -> Teardown:
        return Teardown(self.sessions, self.resources, self.places, self.clock, self.meter)

    def converge(
        self, held: Held, seconds_left: Callable[[], float], heard: Mapping[str, Listed] | None = None
    ) -> Outcome:
        """Take steps until the session is as wanted, or until only another event can help it.

        Args:
            held: the live record.
            seconds_left: how long the caller may still work.
            heard: session id → its last heartbeat; None if the caller has not read them.

        Returns:
            READY: the participant can connect. IN_LINE: no place is free; the function that ends
            another session starts this one. STARTING: only start_server can take the next step.
            LINGERING: everything is deleted except tasks that are still stopping; their STOPPED
            event finishes the job. OVER: no resource is left.

        Raises:
            Transient: time is up, or calls to AWS failed until then; a retry continues.
            ClientError: AWS refuses the takedown, for example for a missing permission; an operator
                has to act.
        """
        watch = self._watch()
        failures_in_a_row = 0
        while True:
            try:
                outcome_or_held = self._advance(held, watch, heard or {})
                failures_in_a_row = 0
            except Conflict:
                reread = self.sessions.live(held.session.user_id)
                if reread is None or reread.session.id != held.session.id:
                    # Another function ended it while this one worked on it.
                    return _taken_down(self._down.clear_resources(held.session))
                outcome_or_held = reread
            except (BotoCoreError, ClientError) as error:
                if cause_of(error) is Cause.PERMANENT:
                    raise
                logger.warning("retrying a failed call", reason=str(error))
                failures_in_a_row += 1
                held = outcome_or_held = self._note_failure(held, error)
            if isinstance(outcome_or_held, Outcome):
                return outcome_or_held
            if outcome_or_held is held:
                self._wait(held, failures_in_a_row, seconds_left)
            held = outcome_or_held

    def plans_for(
        self, cluster: str, sessions: Sequence[Session], heard: Mapping[str, Listed] | None = None
    ) -> list[Plan]:
        """Return the next step of each of a cluster's sessions, without taking it.

        One DescribeTasks call per hundred tasks. Nothing changes. `heard` is as for `converge`.
        """
        shown = self.fargate.describe(cluster, filter(None, map(task_of, sessions)))
        now = self.clock.now()
        return [
            plan(session, World(shown.get(task_of(session) or ""), quiet_since=quiet_since(session, heard or {})), now)
            for session in sessions
        ]

    def _watch(self) -> Watch:
        return Watch(self.fargate, self.dns, self.clock, self._answers, self.resources.cluster_of)

    def _answers(self, session: Session, ip: str) -> bool:
        """Return whether a session's server answers on the way on which its participant's page comes."""
        launch = session.launch
        if launch is None:
            return False
        if launch.route != EDGE:
            return self.accepts(ip, launch.port)
        edge = self.launch.edge if self.launch is not None else None
        return edge is not None and edge.answers(session)

    def _advance(self, held: Held, watch: Watch, heard: Mapping[str, Listed]) -> Held | Outcome:
        """Observe, plan, and take one step; returns the same `held` if the caller has to wait."""
        try:
            world = watch.task_alone(held.session) if self.launch is None else watch.look(held.session)
            world = replace(world, quiet_since=quiet_since(held.session, heard))
            planned = plan(held.session, world, self.clock.now())
            if planned.step is Step.TAKE_DOWN:
                return _taken_down(self._down.take_down(held))
            if planned.step is Step.NOTHING:
                return Outcome.READY
            if self.launch is None and planned.step in NEEDS_LAUNCH:
                return self._leave_to_start_server(held.session, planned)
            turn = self._turn(held.session) if planned.step is Step.TAKE_PLACE else Turn.PLACE
            if turn is Turn.LINE:
                return Outcome.IN_LINE
            return self._carry_out(planned if turn is Turn.PLACE else _REFUSED, world, held)
        except NameTaken as error:
            return self._fail(held, str(error), Failure.NAME_TAKEN)
        except TaskDefinitionMissing as error:
            return self._fail(held, str(error), Failure.TASK_DEFINITION_MISSING)
        except TaskTooLarge as error:
            return self._fail(held, str(error), Failure.TASK_TOO_LARGE)
        except ClientError as error:
            if cause_of(error) is not Cause.PERMANENT or held.session.wanted == STOPPED:
                raise
            return self._fail(held, str(error), Failure.CALL_REFUSED)

    def _turn(self, session: Session) -> Turn:
        """Ask for the session's place; it has one if no limit counts it now."""
        launch = session.launch
        if launch is None or not self.places.counts(launch.max_in_project):
            return Turn.PLACE
        warm = session.seen.warm
        turn, leaving = self.places.ask(place_of(session), warm.session_id if warm is not None else None)
        for place in leaving:
            self._stop_warm(place)
        return turn

    def _stop_warm(self, place: Place) -> None:
        """Stop a warm server that lost its place, unless a participant has just taken it.

        A failure is left to the next session that asks for a place, and to the sweeper.
        """
        try:
            held = self.sessions.live(place.user_id)
            if held is not None and held.session.id == place.session_id and held.session.taken_by is None:
                stopped = self.sessions.save(held, held.session.stopped("a participant needed its place"))
                self._down.take_down(stopped)
            self.places.give_back(place.session_id)
        except (HippoGymError, ValueError, BotoCoreError, ClientError) as error:
            logger.warning("a warm server was not stopped yet", session_id=place.session_id, reason=str(error))

    def _take_warm(self, held: Held) -> Held:
        """Take the warm server that the session names, or name another one, or none: then it starts its own."""
        session, taken, other = held.session, None, None
        try:
            if self.warm is not None:
                taken = self.warm.take(session, self.resources.cluster_of)
                other = None if taken is not None else self.warm.find(session.project_id, session.launch)
        except Conflict:
            return held  # look at its record again
        except (HippoGymError, ValueError, BotoCoreError, ClientError) as error:
            logger.warning("the warm server could not be taken", session_id=session.id, reason=str(error))
        if taken is None:
            return self.sessions.save(held, replace(session, seen=replace(session.seen, warm=other)))
        logger.info(Step.TAKE_WARM.value, session_id=session.id)
        saved = self.sessions.save(held, taken)
        if session.counted and session.seen.warm is not None:
            with suppress(HippoGymError, BotoCoreError, ClientError):  # the sweeper corrects the ledger
                self.places.give_back(session.seen.warm.session_id)
        return saved

    def _refill(self, session: Session) -> None:
        """Start another warm server instead of the one that the session has; if this fails, the sweeper does."""
        other = session.seen.warm
        if self.warm is None or other is None:
            return
        try:
            listed = self.warm.waiting(session.project_id).get(other.user_id)
            if listed is not None:
                self.warm.forget(listed)
            if self.ask_for_start is not None:
                self.ask_for_start(self.warm.new_start(session.project_id))
        except (HippoGymError, BotoCoreError, ClientError) as error:
            logger.warning("no warm server was asked for", session_id=session.id, reason=str(error))

    def _leave_to_start_server(self, session: Session, planned: Plan) -> Outcome:
        """Publish a session's start message again if AWS stopped its task or it is abandoned."""
        lost = session.seen.lost_at is not None and planned.step is not Step.WAIT
        abandoned = self.clock.now() - session.updated_at > ABANDONED
        if planned.step is Step.TAKE_PLACE and self.places.ledger().ahead(session.id) is not None:
            return Outcome.IN_LINE
        if self.ask_for_start is not None and (lost or abandoned):
            logger.warning("publishing the session's start message again", session_id=session.id)
            self.ask_for_start(Start(session.project_id, session.user_id, session.id, session.requested_at))
        return Outcome.STARTING

    def _fail(self, held: Held, reason: str, failure: Failure) -> Held:
        if not held.session.is_warm:  # a participant's start does not depend on it
            logger.error("the session cannot be started", session_id=held.session.id, reason=reason)
        return self._want_stopped(held, reason, failure)

    def _want_stopped(self, held: Held, reason: str, failure: Failure | None = None, by: EndedBy | None = None) -> Held:
        saved = self.sessions.save(held, held.session.stopped(reason, failed=failure is not None, by=by))
        if failure is not None and saved.session.is_warm:
            logger.warning("a warm server failed", session_id=saved.session.id, reason=reason)
            self.meter.add(Metric.WARM_SERVERS_FAILED)
        elif failure is not None:
            self.meter.add(Metric.SESSIONS_FAILED, reason=failure.value)
        return saved

    def _carry_out(self, planned: Plan, world: World, held: Held) -> Held:
        """Take one step and record its result."""
        session = held.session
        if planned is _REFUSED:
            return self._refused(held)
        if planned.step is Step.STOP:
            logger.info("to be stopped", session_id=session.id, reason=planned.reason)
            return self._want_stopped(held, planned.reason, planned.failure, planned.by)
        if planned.step is Step.RUN_TASK:
            self.sessions.confirm(held)  # the record may be out of date, and a task costs money
        if planned.step is Step.TAKE_PLACE:
            logger.info(planned.step.value, session_id=session.id)
            admitted = self.sessions.save(held, session.admitted(self.clock.now()))
            if session.is_warm:
                return admitted
            self.meter.add(Metric.SECONDS_IN_LINE, (self.clock.now() - session.created_at).total_seconds())
            return admitted
        if planned.step is Step.WAIT and self.clock.now() - session.updated_at >= _HEARTBEAT:
            return self.sessions.touch(held)
        if planned.step is Step.TAKE_WARM:
            return self._take_warm(held)
        after = replace(session, seen=self._up.take(planned, world, session))
        if planned.step is Step.GIVE_UP_ATTEMPT and session.has_warm and session.launch is not None:
            after = replace(after, launch=replace(session.launch, cluster=self.shared_cluster))
        saved = self.sessions.save(held, after)
        self._measure(planned.step, before=session, after=saved.session)
        if planned.step is Step.NOTE_READY and saved.session.has_warm:
            self._refill(saved.session)
        return saved

    def _refused(self, held: Held) -> Held:
        if held.session.is_warm:
            return self._want_stopped(held, "no place is free for a warm server")
        logger.info(LINE_FULL, session_id=held.session.id)
        return self.sessions.save(held, held.session.refused())

    def _measure(self, step: Step, before: Session, after: Session) -> None:
        """Count what a step achieved.

        A session that is ready again after AWS stopped its task counts once, a warm server never:
        the session that takes it counts.
        """
        if after.is_warm:
            return
        if step is Step.NOTE_READY and after.has_warm:
            self.meter.add(Metric.WARM_SERVERS_TAKEN)
        if step is Step.GIVE_UP_ATTEMPT and before.seen.ready_at is not None:
            self.meter.add(Metric.SERVERS_LOST)
        if step is Step.NOTE_READY and after.seen.ready_at is not None and after.seen.lost_at is None:
            since = after.admitted_at or after.created_at
            self.meter.add(Metric.SESSIONS_READY)
            self.meter.add(Metric.SECONDS_TO_READY, (after.seen.ready_at - since).total_seconds())

    def _note_failure(self, held: Held, error: BotoCoreError | ClientError) -> Held:
        """Keep the error for the reason of a later failure; write it at most once per heartbeat."""
        session = replace(held.session, seen=replace(held.session.seen, last_failure=str(error)))
        noted = replace(held, session=session)
        if self.clock.now() - session.updated_at < _HEARTBEAT:
            return noted
        with suppress(Conflict, BotoCoreError, ClientError):
            return self.sessions.touch(noted)
        return held

    def _wait(self, held: Held, failures_in_a_row: int, seconds_left: Callable[[], float]) -> None:
        pause = jittered(failures_in_a_row) if failures_in_a_row else _POLL_SECONDS
        if seconds_left() < pause + _SECONDS_IN_RESERVE:
            with suppress(Conflict, BotoCoreError, ClientError):
                self.sessions.touch(held)
            raise Transient("the session is not as wanted yet and this function's time is up; a retry continues")
        self.clock.sleep(pause)


def _taken_down(nothing_is_left: bool) -> Outcome:
    return Outcome.OVER if nothing_is_left else Outcome.LINGERING


def place_of(session: Session) -> Place:
    """Return a session's entry in the ledger."""
    limit = session.launch.max_in_project if session.launch is not None else None
    return Place(session.id, session.project_id, session.user_id, session.requested_at, limit)
