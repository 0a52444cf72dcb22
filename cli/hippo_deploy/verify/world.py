"""The state that all checks share: deployment, clients, clock, resolvers, participants, sessions.

Checks run in parallel threads. Removal and the last checks use the sessions that they have stored.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

import dns.resolver

from hippo_deploy.preflight.public_dns import PublicDns, Resolver
from hippo_deploy.verify.cloud import Cloud
from hippo_deploy.verify.edge_client import Opened, open_through
from hippo_deploy.verify.page import Http, Page, Web
from hippo_deploy.verify.records import Records, Session
from hippo_deploy.verify.results import Cancelled, Failed
from hippo_deploy.verify.study import Study
from hippo_deploy.verify.target import Target
from hippo_gym.runtime.clock import Clock, SystemClock

POLL_SECONDS: Final = 2.0
HOLD_TAG: Final = "hippo-gym:hold"
"""The sweeper skips a session whose cluster or task has this tag (docs/operate.md)."""

_CONNECT_SECONDS: Final = 5.0
_Found = TypeVar("_Found")


@dataclass(frozen=True)
class Patience:
    """How long checks wait, in seconds.

    Attributes:
        listed: until /next knows a registered project: next_step caches the list for 15 seconds.
        ready: until a server is ready, including the pull of its image.
        noted: until the session's record shows a stop message.
        fired: from the time of a schedule until the session has ended: the scheduler is precise to
            a minute, a task takes two minutes to stop.
        stopped: from the stop of a task until the session has ended.
        resolved: until resolvers answer with an address: Route 53 is in sync, a resolver may be
            slow.
        measured: until CloudWatch shows a metric that a function has logged.
        logged: until CloudWatch shows a line that a function has logged.
        unswept: between the removal's calls of the sweeper.
        removed: until the sessions that the removal stops have ended.
    """

    listed: float = 60
    ready: float = 480
    noted: float = 60
    fired: float = 300
    stopped: float = 300
    resolved: float = 60
    measured: float = 300
    logged: float = 15
    unswept: float = 45
    removed: float = 300


def public_resolvers() -> Mapping[str, PublicDns]:
    """Return large public resolvers by name; queries go to them, not to this machine's resolver."""
    servers = {"Cloudflare 1.1.1.1": "1.1.1.1", "Google 8.8.8.8": "8.8.8.8", "Quad9 9.9.9.9": "9.9.9.9"}
    made: dict[str, PublicDns] = {}
    for name, address in servers.items():
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = [address]
        made[name] = Resolver(resolver)
    return made | {"this machine's": Resolver()}


def connect(host: str, address: str, port: int, *, tls: bool) -> str:
    """Open a game connection as a browser does; return the first text that the server sends.

    Args:
        host: the server's name, for which its certificate must be valid.
        address: the name's address.
        port: the project's port.
        tls: the server has a certificate.

    Raises:
        Failed: the text says why.
    """
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect as open_websocket

    context = ssl.create_default_context() if tls else None
    url = f"{'wss' if tls else 'ws'}://{host}:{port}"
    try:
        with (
            socket.create_connection((address, port), timeout=_CONNECT_SECONDS) as link,
            open_websocket(
                url, sock=link, ssl=context, server_hostname=host if tls else None, open_timeout=15, proxy=None
            ) as connection,
        ):
            return str(connection.recv(timeout=15))
    except ssl.SSLCertVerificationError as error:
        raise Failed(f"the certificate of {host} is not valid: {error.verify_message}") from error
    except (OSError, WebSocketException, TimeoutError) as error:
        raise Failed(f"{url} at {address} does not answer as a WebSocket server: {error}") from error


def accepts(address: str, port: int) -> bool:
    """Return whether a server accepts connections at an address."""
    try:
        with socket.create_connection((address, port), timeout=_CONNECT_SECONDS):
            return True
    except OSError:
        return False


@dataclass
class World:
    """One verification.

    Attributes:
        began: the time of its start, from which logs are read.
        deadline: the time at which it must end; None for no limit.
        stop: set to end the verification: all waits end.
        sessions: the last read records, by participant.
        participants: (project, participant) of each participant who has sent a request.
        on_hold: ids of the sessions that the sweeper must skip.
        host: name of the player's server, from /next.
        url: address of the player's game, from /next.
        measured: the checks of the edge route that have passed.
    """

    target: Target
    cloud: Cloud
    study: Study
    clock: Clock = field(default_factory=SystemClock)
    http: Http = field(default_factory=Web)
    resolvers: Mapping[str, PublicDns] = field(default_factory=public_resolvers)
    connect: Callable[..., str] = connect
    accepts: Callable[[str, int], bool] = accepts
    patience: Patience = field(default_factory=Patience)
    max_minutes: float = 25
    deadline: datetime | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    sessions: dict[str, Session] = field(default_factory=dict)
    participants: set[tuple[str, str]] = field(default_factory=set)
    on_hold: set[str] = field(default_factory=set)
    host: str = ""
    url: str = ""
    measured: set[str] = field(default_factory=set)
    open_through: Callable[[str, float], Opened] = open_through

    def __post_init__(self) -> None:
        self.began = self.clock.now()
        self.records = Records(self.cloud, self.target)
        if self.deadline is None:
            self.deadline = self.began + timedelta(minutes=self.max_minutes)

    def wait(self, look: Callable[[], _Found | None], what: str, seconds: float) -> _Found:
        """Poll until `look` returns a true value, and return it.

        Raises:
            Failed: it returned none in time; the text names `what` was expected.
            Cancelled: the verification ends.
        """
        until = self.clock.now() + timedelta(seconds=seconds)
        while True:
            if self.stop.is_set():
                raise Cancelled
            found = look()
            if found:
                return found
            now = self.clock.now()
            if self.deadline is not None and now >= self.deadline:
                raise Failed(f"{what}: not within the {self.max_minutes:g} minutes of the whole verification")
            if now >= until:
                raise Failed(f"{what}: not within {seconds:g} s")
            self.clock.sleep(POLL_SECONDS)

    def page(self, role: str, project_id: str) -> Page:
        """Return the page of the participant with a role."""
        user_id = self.study.participant(role)
        self.participants.add((project_id, user_id))
        website = self.target.website_url
        return Page(self.http, self.target.next_url, project_id, user_id, website.rstrip("/") if website else None)

    def live(self, user_id: str) -> Session | None:
        """Return a participant's live session, and store it in `sessions`."""
        found = self.records.live(user_id)
        if found is not None:
            self.sessions[user_id] = found
        return found

    def host_of(self, user_id: str) -> str:
        """Return the name of a participant's server."""
        return f"{user_id}.{self.target.root_domain}"

    def address_of(self, host: str) -> str | None:
        """Return the address that a participant's browser would find for a name.

        Reads it from the hosted zone if no public resolver can know the name.
        """
        if not self.target.has_public_names:
            return self.records.address_of(host)
        try:
            return next(iter({found[4][0] for found in socket.getaddrinfo(host, None, socket.AF_INET)}))  # type: ignore[return-value]
        except OSError:
            return None

    def hold(self, session: Session) -> None:
        """Make the sweeper skip a session, so that only a message, event or schedule can end it."""
        arn = self._held(session)
        self.cloud.client("ecs").tag_resource(resourceArn=arn, tags=[{"key": HOLD_TAG, "value": "make verify"}])
        self.on_hold.add(session.id)

    def release(self, session: Session) -> None:
        """Make the sweeper handle a session again."""
        if session.id in self.on_hold:
            self.cloud.client("ecs").untag_resource(resourceArn=self._held(session), tagKeys=[HOLD_TAG])
            self.on_hold.discard(session.id)

    def _held(self, session: Session) -> str:
        """Return the ARN of the tagged resource: the cluster, or the task in a shared cluster."""
        arn = session.task_arn
        if arn is None:
            raise Failed(f"the record of the session {session.id} names no task")
        if self.target.shared_cluster is not None:
            return arn
        return arn.split(":task/")[0] + f":cluster/{self.target.name}-{session.id}"

    def wait_for_end(self, session: Session, what: str, seconds: float) -> Session:
        """Wait until a session's resources are gone; return its ended record.

        Raises:
            Failed: it does not end in time.
        """
        try:
            ended = self.wait(lambda: self.records.ended(session), what, seconds)
        except Failed as error:
            live = self.live(session.user_id)
            if live is None or live.record["wanted"] != "stopped":
                raise
            raise Failed(f"{error}; it is stopping ({live.reason}), and waits for the event of its task") from error
        self.wait(lambda: (self.records.live(session.user_id) is None) or None, what, self.patience.noted)
        self.sessions[session.user_id] = ended
        return ended
