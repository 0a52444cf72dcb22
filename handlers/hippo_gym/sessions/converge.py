"""A session converges: what is wanted is compared with what is seen, and the next thing is done, until both agree.

    look       reads what AWS shows of the session's task, address, DNS change and port (watching.py)
    plan       says what is next (plans.py: a pure function; docs/lifecycle.md draws it)
    take       makes the call that a step on the way up stands for (bringing_up.py)
    take_down  withdraws all that was made, and gives the lock back (taking_down.py)
    converge   looks, plans, carries the step out and writes it down, again and again

Anyone may call `converge`, at any time, side by side with others, and it may die after any call. Three rules make
that safe. Every call can be repeated: names and tokens come from the session's id. Every step is written with
`If-Match`, and whoever loses that race reads again and plans again. And taking down does not rely on the record: it
asks AWS what is there.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_gym.runtime.aws_clients import Cause, cause_of
from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.errors import Conflict, Transient
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.metrics import UNMEASURED, Meter, Metric
from hippo_gym.sessions.capacity import Place, Places
from hippo_gym.sessions.launch import LaunchSettings, jittered
from hippo_gym.sessions.messages import Start
from hippo_gym.sessions.model import STOPPED, Failure, Session
from hippo_gym.sessions.observe import Watch, task_of
from hippo_gym.sessions.plan import NEEDS_LAUNCH, Plan, Step, World, plan
from hippo_gym.sessions.provision import BringingUp
from hippo_gym.sessions.resources.all import Resources
from hippo_gym.sessions.resources.dns import Dns, NameTaken
from hippo_gym.sessions.resources.fargate import Fargate, TaskDefinitionMissing
from hippo_gym.sessions.resources.schedules import Schedules
from hippo_gym.sessions.store import Held, SessionStore
from hippo_gym.sessions.teardown import TakingDown

ABANDONED: Final = timedelta(seconds=90)
"""A session on its way up that nobody wrote to for so long: whoever is at work on one does every 30 seconds."""

_HEARTBEAT: Final = timedelta(seconds=30)
_POLL_SECONDS: Final = 1.0
_SECONDS_IN_RESERVE: Final = 8.0


class Outcome(Enum):
    """How `converge` left a session."""

    READY = "ready"
    STARTING = "starting"
    IN_LINE = "in line"
    LINGERING = "lingering"
    OVER = "over"


def accepts_connections(ip: str, port: int) -> bool:
    """Tell whether something accepts TCP connections at an address; asks for at most a second."""
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
        launch: what it takes to bring a session up; None leaves one that is on its way up to start_server.
        ask_for_start: publishes a start message, for a session that start_server should come back to.
        accepts: tells whether a container answers, by default over the network.
        shared_cluster: the cluster of new sessions; None gives each one of its own.
        places: where sessions that a limit counts get a place.
        meter: takes down what becomes of sessions, each thing once: after the write that only one can make.
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

    @property
    def resources(self) -> Resources:
        """What this deployment's sessions are made of."""
        return Resources(self.fargate, self.dns, self.schedules, self.deployment, self.shared_cluster)

    @property
    def _up(self) -> BringingUp:
        return BringingUp(self.resources, self.clock, self.launch)

    @property
    def _down(self) -> TakingDown:
        return TakingDown(self.sessions, self.resources, self.places, self.clock, self.meter)

    def converge(self, held: Held, seconds_left: Callable[[], float]) -> Outcome:
        """Do what is to be done for a session until it is as wanted, or somebody else has to act first.

        Args:
            held: the live record.
            seconds_left: how long the caller may still work.

        Returns:
            READY; IN_LINE if there is no room for it yet: whoever ends a session calls the next one; STARTING if it
            is on its way up and this function cannot help; LINGERING if it is taken down but
            for tasks that have not stopped yet, whose STOPPED event finishes the job; OVER if nothing of it is left.

        Raises:
            Transient: time ran out, or AWS did not answer as it should; a retry goes on where this left off.
            ClientError: taking down is not permitted, or not possible: an operator has to look.
        """
        watch = self._watch()
        failures_in_a_row = 0
        while True:
            try:
                outcome_or_held = self._advance(held, watch)
                failures_in_a_row = 0
            except Conflict:
                reread = self.sessions.live(held.session.user_id)
                if reread is None or reread.session.id != held.session.id:
                    # It ended while this function was at work on it.
                    return _taken_down(self._down.clear_up_behind(held.session))
                outcome_or_held = reread
            except (BotoCoreError, ClientError) as error:
                if cause_of(error) is Cause.PERMANENT:
                    raise
                logger.warning("a call failed and is tried again", reason=str(error))
                failures_in_a_row += 1
                held = outcome_or_held = self._note_failure(held, error)
            if isinstance(outcome_or_held, Outcome):
                return outcome_or_held
            if outcome_or_held is held:
                self._wait(held, failures_in_a_row, seconds_left)
            held = outcome_or_held

    def foresee(self, cluster: str, sessions: Sequence[Session]) -> list[Plan]:
        """Return what `converge` would do next with each of a cluster's sessions, by one look at all their tasks.

        One call tells of a hundred tasks. Nothing is changed.
        """
        shown = self.fargate.describe(cluster, filter(None, map(task_of, sessions)))
        now = self.clock.now()
        return [plan(session, World(shown.get(task_of(session) or "")), now) for session in sessions]

    def _watch(self) -> Watch:
        return Watch(self.fargate, self.dns, self.clock, self.accepts, self.resources.cluster_of)

    def _advance(self, held: Held, watch: Watch) -> Held | Outcome:
        """Look, plan, and take one step; the same `held` again means that there is nothing to do but wait."""
        try:
            world = watch.task_alone(held.session) if self.launch is None else watch.look(held.session)
            planned = plan(held.session, world, self.clock.now())
            if planned.step is Step.TAKE_DOWN:
                return _taken_down(self._down.take_down(held))
            if planned.step is Step.NOTHING:
                return Outcome.READY
            if self.launch is None and planned.step in NEEDS_LAUNCH:
                return self._leave_to_start_server(held.session, planned)
            if planned.step is Step.TAKE_PLACE and not self._has_place(held.session):
                return Outcome.IN_LINE
            return self._carry_out(planned, world, held)
        except NameTaken as error:
            return self._fail(held, str(error), Failure.NAME_TAKEN)
        except TaskDefinitionMissing as error:
            return self._fail(held, str(error), Failure.TASK_DEFINITION_MISSING)
        except ClientError as error:
            if cause_of(error) is not Cause.PERMANENT or held.session.wanted == STOPPED:
                raise
            return self._fail(held, str(error), Failure.CALL_REFUSED)

    def _has_place(self, session: Session) -> bool:
        """Ask for a session's place; one that no limit counts any more goes on without."""
        launch = session.launch
        if launch is None or not self.places.counts(launch.most_in_project):
            return True
        return self.places.ask(place_of(session))

    def _leave_to_start_server(self, session: Session, planned: Plan) -> Outcome:
        """Send the start of a session again that AWS took the task of, or that nobody has been at work on."""
        lost = session.seen.lost_at is not None and planned.step is not Step.WAIT
        abandoned = self.clock.now() - session.updated_at > ABANDONED
        if planned.step is Step.TAKE_PLACE and self.places.ledger().ahead(session.id) is not None:
            return Outcome.IN_LINE
        if self.ask_for_start is not None and (lost or abandoned):
            logger.warning("asking for the session to be brought up again", session_id=session.id)
            self.ask_for_start(Start(session.project_id, session.user_id, session.id, session.requested_at))
        return Outcome.STARTING

    def _fail(self, held: Held, reason: str, failure: Failure) -> Held:
        logger.error("the session cannot be started", session_id=held.session.id, reason=reason)
        return self._want_stopped(held, reason, failure)

    def _want_stopped(self, held: Held, reason: str, failure: Failure | None) -> Held:
        saved = self.sessions.save(held, held.session.stopped(reason, failed=failure is not None))
        if failure is not None:
            self.meter.add(Metric.SESSIONS_FAILED, reason=failure.value)
        return saved

    def _carry_out(self, planned: Plan, world: World, held: Held) -> Held:
        """Take one step and write down what came of it."""
        session = held.session
        if planned.step is Step.STOP:
            logger.info("to be stopped", session_id=session.id, reason=planned.reason)
            return self._want_stopped(held, planned.reason, planned.failure)
        if planned.step is Step.RUN_TASK:
            self.sessions.confirm(held)  # it may be a while since it was read, and this is the step that costs money
        if planned.step is Step.TAKE_PLACE:
            logger.info(planned.step.value, session_id=session.id)
            admitted = self.sessions.save(held, session.admitted(self.clock.now()))
            self.meter.add(Metric.SECONDS_IN_LINE, (self.clock.now() - session.created_at).total_seconds())
            return admitted
        if planned.step is Step.WAIT and self.clock.now() - session.updated_at >= _HEARTBEAT:
            return self.sessions.touch(held)
        saved = self.sessions.save(held, replace(session, seen=self._up.take(planned, world, session)))
        self._measure(planned.step, before=session, after=saved.session)
        return saved

    def _measure(self, step: Step, before: Session, after: Session) -> None:
        """Take down what a step came to. A server that AWS took away is ready for the first time only once."""
        if step is Step.GIVE_UP_ATTEMPT and before.seen.ready_at is not None:
            self.meter.add(Metric.SERVERS_LOST)
        if step is Step.NOTE_READY and after.seen.ready_at is not None and after.seen.lost_at is None:
            since = after.admitted_at or after.created_at
            self.meter.add(Metric.SESSIONS_READY)
            self.meter.add(Metric.SECONDS_TO_READY, (after.seen.ready_at - since).total_seconds())

    def _note_failure(self, held: Held, error: BotoCoreError | ClientError) -> Held:
        """Keep what a failed call said, for the reason of a session that fails in the end; write it now and then."""
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
            raise Transient("the session is not as wanted yet and this function's time is up; a retry goes on")
        self.clock.sleep(pause)


def _taken_down(nothing_is_left: bool) -> Outcome:
    return Outcome.OVER if nothing_is_left else Outcome.LINGERING


def place_of(session: Session) -> Place:
    """Return what the ledger holds of a session."""
    most = session.launch.most_in_project if session.launch is not None else None
    return Place(session.id, session.project_id, session.user_id, session.requested_at, most)
