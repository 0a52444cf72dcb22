"""Ends every session of a deployment before it is destroyed, and waits until no resource of a session exists.

    close    stop start_server: no new session starts, and messages for it go to the dead-letter queue
    stop     send a stop message for each live session, as `hippo stop` and the stop schedules do
    sweep    run the sweeper repeatedly, for resources that the messages miss
    inspect  list live records, clusters, tasks, names and schedules, until there are none

The deployment's own functions end the sessions. No study is closed or changed. Draining can be repeated at any time. If
it does not finish in time, the error names what remains, and how to let new sessions start again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from hippo_common.parallel import in_parallel
from hippo_common.words import count
from hippo_deploy.errors import DeployError
from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.runtime.clock import Clock, SystemClock
from hippo_gym.sessions import messages
from hippo_gym.sessions.messages import Stop
from hippo_gym.sessions.model import STOPPED, Session, is_session_id
from hippo_gym.sessions.resources.all import Resources
from hippo_gym.sessions.resources.dns import Dns
from hippo_gym.sessions.resources.fargate import Fargate
from hippo_gym.sessions.resources.schedules import Schedules
from hippo_gym.sessions.store import SessionRecordInvalid, SessionStore
from hippo_gym.storage.bucket import Bucket

PATIENCE: Final = timedelta(minutes=15)
"""A container has two minutes to end, and its network interface one more; the sweeper clears leftovers in its second
sweep, two minutes after the first; a start_server that was running when the drain began has five minutes in all."""

_POLL_SECONDS: Final = 5.0
_RESEND_AFTER: Final = timedelta(minutes=2)
"""A session that still exists this long after its stop message gets another one."""

_SETTLE_TIME: Final = timedelta(seconds=20)
"""A start_server that was running when the drain began may wait for a participant's earlier server to end. It checks at
least every 15 seconds (hippo_gym.sessions.start), and then writes the new session's record."""

_SWEEP_INTERVAL: Final = timedelta(seconds=70)
"""Pause between two runs of the sweeper that the drain starts."""

_NEEDED: Final = frozenset({"name", "bucket", "hosted_zone_id", "root_domain"})
_GONE: Final = frozenset({"ResourceNotFoundException", "NotFound", "NoSuchBucket", "NoSuchHostedZone"})
_REASON: Final = "the deployment is being destroyed"
_CONFIG: Final = Config(read_timeout=90, max_pool_connections=32, retries={"mode": "standard", "total_max_attempts": 5})

Report = Callable[[str], None]
"""Receives a line for each step."""


class AwsSession(Protocol):
    """Makes clients: a boto3 session."""

    def client(self, service: str, **more: Any) -> Any:
        """Return the client of a service."""
        ...


@dataclass(frozen=True)
class Remaining:
    """What still exists of sessions.

    Attributes:
        sessions: the sessions that have a live record.
        unreadable: live records that break their schema, each as a sentence with the participant and the error.
        leftovers: ids of sessions without a live record that still have a cluster, task, name or schedule.
        on_hold: the leftovers that an operator holds by a tag, which the sweeper does not touch.
    """

    sessions: tuple[Session, ...] = ()
    unreadable: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    on_hold: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything still exists."""
        return bool(self.sessions or self.unreadable or self.leftovers)

    def lines(self) -> list[str]:
        """Return a line for each thing that still exists."""
        held = [each for each in self.leftovers if each in self.on_hold]
        return [
            *(f"{_label(session)}: {_state(session)}" for session in self.sessions),
            *self.unreadable,
            *(f"resources of session {each}" for each in self.leftovers if each not in self.on_hold),
            *(f"resources of session {each}, held by the tag hippo-gym:hold on the cluster or task" for each in held),
        ]


@dataclass
class _Deployment:
    """The deployment to drain, known from Terraform's outputs."""

    outputs: Mapping[str, Any]
    session: AwsSession
    clock: Clock
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self.clients:
            self.clients[service] = self.session.client(service, config=_CONFIG)
        return self.clients[service]

    def function(self, name: str) -> str:
        return str(self.outputs.get("function_names", {}).get(name, f"{self.outputs['name']}_{name}"))

    @property
    def sessions(self) -> SessionStore:
        return SessionStore(Bucket(self.client("s3"), str(self.outputs["bucket"])), self.clock)

    @property
    def resources(self) -> Resources:
        """The resources of its sessions, in either cluster mode."""
        name = str(self.outputs["name"])
        return Resources(
            Fargate(self.client("ecs"), self.client("ec2")),
            Dns(self.client("route53"), self.outputs["hosted_zone_id"], self.outputs["root_domain"], name),
            Schedules(self.client("scheduler"), self.clock),
            name,
            shared_cluster=f"{name}-shared",
        )


def can_have_sessions(outputs: Mapping[str, Any]) -> bool:
    """Return whether a session can have started: false if the first apply failed too early.

    A failed first apply stores the outputs of only those resources that it created.
    """
    return outputs.keys() >= _NEEDED


def drain(
    outputs: Mapping[str, Any],
    *,
    session: AwsSession,
    report: Report,
    force: bool = False,
    clock: Clock | None = None,
    patience: timedelta = PATIENCE,
) -> Remaining:
    """End every session of a deployment, and wait until no resource of a session exists.

    Args:
        outputs: the deployment's Terraform outputs, for which `can_have_sessions` is true.
        session: makes the clients, in the deployment's Region.
        report: receives a line for each step.
        force: return what remains when the time is up, instead of raising an error.
        clock: the clock to wait with; the system's by default.
        patience: how long to wait.

    Returns:
        What remains: nothing, unless `force` is set.

    Raises:
        DeployError: something remains. No new session can start; the message says how to allow that again.
    """
    deployment = _Deployment(outputs, session, clock or SystemClock())
    began = deployment.clock.now()
    close(deployment.client("lambda"), deployment.function("start_server"), report)
    remaining = _inspect(deployment)
    _report_sessions(remaining, report)
    remaining = _wait_until_empty(deployment, remaining, began + patience, report)
    if not remaining:
        remaining = _last_sweep(deployment, report)
    if not remaining:
        seconds = (deployment.clock.now() - began).total_seconds()
        report(f"No session and none of its resources is left, after {seconds:.0f} s.")
        return remaining
    for line in remaining.lines():
        report(f"  left: {line}")
    if force:
        report("Continuing because FORCE=1 is set: what is left may have to be removed by hand.")
        return remaining
    raise _incomplete(remaining, patience, deployment)


def close(functions: Any, start_server: str, report: Report) -> None:
    """Keep new sessions from starting: set the reserved concurrency of start_server to 0.

    Lambda then sends the function's events to its on-failure destination, the dead-letter queue (AWS Lambda developer
    guide, "Configuring reserved concurrency"). Executions that are running continue to their end.
    """
    try:
        functions.put_function_concurrency(FunctionName=start_server, ReservedConcurrentExecutions=0)
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise
        report(f"{start_server} does not exist any more: no session can start.")
        return
    report(f"{start_server} is stopped: no new session starts.")


def _inspect(deployment: _Deployment) -> Remaining:
    """List what exists; resources first, because start_server writes the record before it makes a resource."""
    found = {each: state for each, state in deployment.resources.sessions().items() if is_session_id(each)}
    live: list[Session] = []
    unreadable: list[str] = []
    for read in in_parallel(lambda user: _read(deployment.sessions, user), _users(deployment)):
        if isinstance(read, str):
            unreadable.append(read)
        elif read is not None:
            live.append(read)
    known = {session.id for session in live}
    leftovers = tuple(sorted(each for each in found if each not in known))
    return Remaining(
        tuple(sorted(live, key=lambda session: session.created_at)),
        tuple(unreadable),
        leftovers,
        tuple(each for each in leftovers if found[each].on_hold),
    )


def _users(deployment: _Deployment) -> Iterator[str]:
    try:
        yield from deployment.sessions.live_users()
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise


def _read(sessions: SessionStore, user_id: str) -> Session | str | None:
    """Return a live record's session; an error text if the record is invalid; None if it is gone."""
    try:
        held = sessions.live(user_id)
    except (SessionRecordInvalid, ValueError) as error:
        return f"the live record of {user_id} cannot be read: {error}"
    return None if held is None else held.session


def _wait_until_empty(deployment: _Deployment, remaining: Remaining, until: datetime, report: Report) -> Remaining:
    """Send stop messages and run the sweeper, until nothing has been left for `_SETTLE_TIME` or the time is up."""
    sent: dict[str, datetime] = {}
    swept = empty_since = None
    reported = ""
    while True:
        now = deployment.clock.now()
        if not remaining:
            empty_since = empty_since or now
            if now - empty_since >= _SETTLE_TIME:
                return remaining
        else:
            empty_since = None
            _send_stops(deployment, remaining, sent, now, report)
            if swept is None or now - swept >= _SWEEP_INTERVAL:
                _sweep(deployment, report)
                swept = now
            if now >= until:
                return remaining
        words = _summary(remaining)
        if words != reported:
            report(f"{words} …")
            reported = words
        deployment.clock.sleep(_POLL_SECONDS)
        remaining = _inspect(deployment)


def _send_stops(
    deployment: _Deployment, remaining: Remaining, sent: dict[str, datetime], now: datetime, report: Report
) -> None:
    """Send a stop message for each session that had none yet, or none within `_RESEND_AFTER`."""
    due = [each for each in remaining.sessions if each.id not in sent or now - sent[each.id] >= _RESEND_AFTER]
    if not due:
        return

    sns, topic = deployment.client("sns"), str(deployment.outputs["stop_server_topic_arn"])

    def send(session: Session) -> None:
        messages.publish(sns, topic, Stop(session.project_id, session.user_id, session.id, reason=_REASON))

    try:
        for _ in in_parallel(send, due):
            pass
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise
        report(f"The stop topic does not exist any more: {count(len(due), 'session')} cannot be stopped by message.")
    sent.update({session.id: now for session in due})


def _sweep(deployment: _Deployment, report: Report) -> None:
    """Start the sweeper without waiting for its result."""
    name = deployment.function("sweep_sessions")
    try:
        deployment.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise
        report(f"{name} does not exist any more: leftovers are not cleared.")


def _last_sweep(deployment: _Deployment, report: Report) -> Remaining:
    """Run the sweeper once more, since it finds the most kinds of leftovers; return what remains after it."""
    name = deployment.function("sweep_sessions")
    try:
        answer = deployment.client("lambda").invoke(FunctionName=name, Payload=b"{}")
    except (BotoCoreError, ClientError) as error:
        if isinstance(error, ClientError) and code_of(error) in _GONE:
            return Remaining()
        report(f"The last sweep could not be run: {error}")
        return _inspect(deployment)
    swept = json.loads(answer["Payload"].read() or b"{}")
    if answer.get("FunctionError") or not isinstance(swept, Mapping):
        report(f"The last sweep failed: {swept}")
        return _inspect(deployment)
    found = sum(dict(swept.get("sessions") or {}).values()) + sum(int(swept.get(key) or 0) for key in _SWEPT)
    report(f"The last sweep found {'nothing' if not found else f'{found} more'}.")
    return _inspect(deployment)


_SWEPT: Final = ("marked", "cleared", "uncleared", "on_hold", "unreadable")


def _report_sessions(remaining: Remaining, report: Report) -> None:
    if not remaining.sessions:
        report("No session is live.")
        return
    report(f"Ending {count(len(remaining.sessions), 'live session')}:")
    for session in remaining.sessions:
        report(f"  {_label(session)}, {_state(session)}, since {session.created_at:%Y-%m-%d %H:%M} UTC")


def _incomplete(remaining: Remaining, patience: timedelta, deployment: _Deployment) -> DeployError:
    start_server = deployment.function("start_server")
    return DeployError(
        f"After {patience.total_seconds() / 60:.0f} minutes, {count(len(remaining.lines()), 'session')} "
        "had not ended completely. Nothing was destroyed.\n" + "\n".join(f"  {line}" for line in remaining.lines()),
        "Run the command again: it continues from here. With FORCE=1 it destroys the deployment anyway, and what is "
        "left may have to be removed by hand. Until then no session can start; to allow that again: "
        f"aws lambda delete-function-concurrency --function-name {start_server}",
    )


def _summary(remaining: Remaining) -> str:
    stopping = sum(session.wanted == STOPPED for session in remaining.sessions)
    parts = [
        (len(remaining.sessions) - stopping, "to be stopped"),
        (stopping, "stopping"),
        (len(remaining.unreadable), "with an unreadable record"),
        (len(remaining.leftovers), "without a record, left to the sweeper"),
    ]
    counted = ", ".join(f"{number} {words}" for number, words in parts if number)
    return f"Sessions: {counted}" if counted else "No session is left; checking a little longer"


def _state(session: Session) -> str:
    if session.wanted == STOPPED:
        return "container is ending" if session.seen.withdrawn_at else "being stopped"
    return "ready" if session.ready else session.phase.value


def _label(session: Session) -> str:
    return f"{session.user_id} in {session.project_id}"
