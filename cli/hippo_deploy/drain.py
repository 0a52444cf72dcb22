"""Before a deployment is destroyed: nobody new is let in, every session is ended, and nothing of them is left.

    close    start_server may not run any more: whoever comes waits, and what comes for it goes to the dead letters
    ask      a stop message for each live session, with its id, as `hippo stop` and the stop schedules send them
    sweep    again and again, for what the messages miss
    look     at live records, clusters, tasks, names and schedules, until there are none

What the functions do themselves is left to them, and nothing of the researchers is changed: no study is closed. All of
it can be run again, at any time. The error that says what is left also says how to open the door again.
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
"""A container has two minutes to end and its network interface another; leftovers are cleared by the second sweep, two
minutes after the first; a start_server that was at work when the door was closed has five minutes in all."""

_POLL_SECONDS: Final = 5.0
_ASKED_AGAIN: Final = timedelta(minutes=2)
_SETTLED: Final = timedelta(seconds=20)
"""A start_server that was at work when the door was closed, and waits for a participant's earlier server to end, looks
at least every 15 seconds (hippo_gym.sessions.start): then it makes the next one's record."""

_SWEPT_AGAIN: Final = timedelta(seconds=70)
_NEEDED: Final = frozenset({"name", "bucket", "hosted_zone_id", "root_domain"})
_GONE: Final = frozenset({"ResourceNotFoundException", "NotFound", "NoSuchBucket", "NoSuchHostedZone"})
_REASON: Final = "the deployment is being destroyed"
_CONFIG: Final = Config(read_timeout=90, max_pool_connections=32, retries={"mode": "standard", "total_max_attempts": 5})

Report = Callable[[str], None]
"""Told what happens, a line each."""


class AwsSession(Protocol):
    """What makes clients: a boto3 session."""

    def client(self, service: str, **more: Any) -> Any:
        """Return the client of a service."""
        ...


@dataclass(frozen=True)
class Left:
    """What is there of sessions.

    Attributes:
        sessions: those with a live record.
        unreadable: live records that break their schema, each with its key and what is wrong.
        leftovers: ids of sessions without a live record of which a cluster, task, name or schedule is there.
        on_hold: those of them that an operator holds by a tag, which the sweeper lets be.
    """

    sessions: tuple[Session, ...] = ()
    unreadable: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    on_hold: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return bool(self.sessions or self.unreadable or self.leftovers)

    def lines(self) -> list[str]:
        """Return all of it in words, a line each."""
        held = [each for each in self.leftovers if each in self.on_hold]
        return [
            *(f"{_whose(session)}: {_state(session)}" for session in self.sessions),
            *self.unreadable,
            *(f"left over of session {each}" for each in self.leftovers if each not in self.on_hold),
            *(f"left over of session {each}, held by the tag hippo-gym:hold on its cluster or task" for each in held),
        ]


@dataclass
class _Deployment:
    """The deployment that is drained, by Terraform's outputs."""

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
        """What its sessions are made of, whichever cluster mode it has had."""
        name = str(self.outputs["name"])
        return Resources(
            Fargate(self.client("ecs"), self.client("ec2")),
            Dns(self.client("route53"), self.outputs["hosted_zone_id"], self.outputs["root_domain"], name),
            Schedules(self.client("scheduler"), self.clock),
            name,
            shared_cluster=f"{name}-shared",
        )


def may_have_sessions(outputs: Mapping[str, Any]) -> bool:
    """Tell whether a deployment came so far that a session could have started: else there is nothing to drain.

    A first apply that fails stores only the outputs of what it made.
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
) -> Left:
    """End every session of a deployment and wait until nothing of them is left.

    Args:
        outputs: of the deployment, as `terraform output` gives them; `may_have_sessions` must be true of them.
        session: makes the clients, in the deployment's Region.
        report: told what happens.
        force: come back with what is left when the time is up, instead of raising.
        clock: for tests.
        patience: how long to wait.

    Returns:
        what is left: nothing, unless `force` is set.

    Raises:
        DeployError: something is left. No new session can start; the message says how they can again.
    """
    deployment = _Deployment(outputs, session, clock or SystemClock())
    began = deployment.clock.now()
    close(deployment.client("lambda"), deployment.function("start_server"), report)
    left = _look(deployment)
    _tell_who_plays(left, report)
    left = _wait(deployment, left, began + patience, report)
    if not left:
        left = _last_sweep(deployment, report)
    if not left:
        seconds = (deployment.clock.now() - began).total_seconds()
        report(f"Nothing of any session is left, after {seconds:.0f} s.")
        return left
    for line in left.lines():
        report(f"  left: {line}")
    if force:
        report("Going on though something is left: it may have to be removed by hand.")
        return left
    raise _incomplete(left, patience, deployment)


def close(functions: Any, start_server: str, report: Report) -> None:
    """Keep new sessions from starting: reserve no execution at all for start_server.

    Lambda then hands what comes for the function to its on-failure destination, the dead-letter queue (AWS Lambda
    developer guide, "Configuring reserved concurrency"). Those that run go on to their end.
    """
    try:
        functions.put_function_concurrency(FunctionName=start_server, ReservedConcurrentExecutions=0)
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise
        report(f"{start_server} is gone already: no session can start.")
        return
    report(f"The door is closed: {start_server} runs no more, so no new session starts.")


def _look(deployment: _Deployment) -> Left:
    """Look at what there is; resources first, since a record is claimed before the first of them is made."""
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
    return Left(
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
    """Read a live record; what is wrong with it, if it cannot be read."""
    try:
        held = sessions.live(user_id)
    except (SessionRecordInvalid, ValueError) as error:
        return f"the live record of {user_id} cannot be read: {error}"
    return None if held is None else held.session


def _wait(deployment: _Deployment, left: Left, until: datetime, report: Report) -> Left:
    """Ask for what is live to be stopped, and sweep, until nothing has been left for a while or time is up."""
    asked: dict[str, datetime] = {}
    swept = empty_since = None
    told = ""
    while True:
        now = deployment.clock.now()
        if not left:
            empty_since = empty_since or now
            if now - empty_since >= _SETTLED:
                return left
        else:
            empty_since = None
            _ask(deployment, left, asked, now, report)
            if swept is None or now - swept >= _SWEPT_AGAIN:
                _sweep(deployment, report)
                swept = now
            if now >= until:
                return left
        words = _summary(left)
        if words != told:
            report(f"{words} …")
            told = words
        deployment.clock.sleep(_POLL_SECONDS)
        left = _look(deployment)


def _ask(deployment: _Deployment, left: Left, asked: dict[str, datetime], now: datetime, report: Report) -> None:
    """Send a stop message for each session that none was sent for, or too long ago."""
    due = [each for each in left.sessions if each.id not in asked or now - asked[each.id] >= _ASKED_AGAIN]
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
        report(f"The stop topic is gone: {count(len(due), 'session')} cannot be asked to stop.")
    asked.update({session.id: now for session in due})


def _sweep(deployment: _Deployment, report: Report) -> None:
    """Have the sweeper run once, and do not wait for it; it runs by itself every few minutes, too."""
    name = deployment.function("sweep_sessions")
    try:
        deployment.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise
        report(f"{name} is gone: nothing is swept.")


def _last_sweep(deployment: _Deployment, report: Report) -> Left:
    """Have the sweeper look once more at what it would know best; return what is left after it."""
    name = deployment.function("sweep_sessions")
    try:
        answer = deployment.client("lambda").invoke(FunctionName=name, Payload=b"{}")
    except (BotoCoreError, ClientError) as error:
        if isinstance(error, ClientError) and code_of(error) in _GONE:
            return Left()
        report(f"The last sweep could not be run: {error}")
        return _look(deployment)
    swept = json.loads(answer["Payload"].read() or b"{}")
    if answer.get("FunctionError") or not isinstance(swept, Mapping):
        report(f"The last sweep failed: {swept}")
        return _look(deployment)
    found = sum(dict(swept.get("sessions") or {}).values()) + sum(int(swept.get(key) or 0) for key in _SWEPT)
    report(f"The last sweep found {'nothing' if not found else f'{found} more'}.")
    return _look(deployment)


_SWEPT: Final = ("marked", "cleared", "uncleared", "on_hold", "unreadable")


def _tell_who_plays(left: Left, report: Report) -> None:
    if not left.sessions:
        report("Nobody plays.")
        return
    report(f"{count(len(left.sessions), 'session')}, all of which are ended now:")
    for session in left.sessions:
        report(f"  {_whose(session)}, {_state(session)}, since {session.created_at:%Y-%m-%d %H:%M} UTC")


def _incomplete(left: Left, patience: timedelta, deployment: _Deployment) -> DeployError:
    start_server = deployment.function("start_server")
    return DeployError(
        f"After {patience.total_seconds() / 60:.0f} minutes there is still something of "
        f"{count(len(left.lines()), 'session')}: nothing was destroyed.\n"
        + "\n".join(f"  {line}" for line in left.lines()),
        "Run it again: it goes on where it left off. With FORCE=1 it goes on to destroy, and what is left may have to "
        f"be removed by hand. Until then nobody new can start; to let them: "
        f"aws lambda delete-function-concurrency --function-name {start_server}",
    )


def _summary(left: Left) -> str:
    stopping = sum(session.wanted == STOPPED for session in left.sessions)
    parts = [
        (len(left.sessions) - stopping, "to be taken up"),
        (stopping, "being taken down"),
        (len(left.unreadable), "with a record that cannot be read"),
        (len(left.leftovers), "left over, for the sweeper"),
    ]
    there = ", ".join(f"{number} {words}" for number, words in parts if number)
    return f"Sessions: {there}" if there else "Nothing is left; looking a little longer"


def _state(session: Session) -> str:
    if session.wanted == STOPPED:
        return "its container is ending" if session.seen.withdrawn_at else "being stopped"
    return "ready" if session.ready else session.phase.value


def _whose(session: Session) -> str:
    return f"{session.user_id} in {session.project_id}"
