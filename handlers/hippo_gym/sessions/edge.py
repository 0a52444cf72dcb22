"""The edge route: a participant reaches their server through the page's own CloudFront distribution.

    https://{page}/game/{key id}.{expires}.{port}.{label}.{proof}.{signature}

A CloudFront Function (terraform/modules/website/game_route.js) checks the signature and sends the
WebSocket to `{label}.{root domain}:{port}`. The container's security group admits CloudFront, and
so the distributions of every AWS customer: therefore the server checks the proof.

key id     names the key of the signature; two keys are valid while one replaces the other
expires    seconds since 1970; the page's path is valid as long as the session may run, so that one
           session has one path
label      `{session id}-{number of the attempt}`: a new DNS name for each task. How long an edge
           remembers a name's former address is not documented, so no name gets a second one
proof      HMAC-SHA256 of `{expires}.{port}.{label}` with the session's token
signature  HMAC-SHA256 of everything before it with the deployment's key (edge_keys.py)

Both are URL-safe base64 without padding. The container has its token and no key of the deployment:
it cannot make a path to another participant's server.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from hippo_gym.sessions.edge_keys import EdgeKey
from hippo_gym.sessions.model import EDGE, Session

PREFIX: Final = "/game/"
"""The path pattern of the distribution's behaviour, without its `*`."""


@dataclass(frozen=True)
class EdgeServer:
    """A server as its participant's page reaches it.

    Attributes:
        label: before the root domain.
        port: the container's.
        until: when the session ends at the latest.
        token: the session's.
    """

    label: str
    port: int
    until: datetime
    token: str = field(repr=False)


def label_of_attempt(session: Session) -> str | None:
    """Return the DNS label of the current attempt's server; None before the first attempt."""
    attempt = session.seen.attempt
    return None if attempt is None else f"{session.id}-{attempt.number}"


def server_of(session: Session) -> EdgeServer | None:
    """Return a session's server; None if it is not reached through the edge, or has no attempt."""
    label = label_of_attempt(session)
    if session.launch is None or session.launch.route != EDGE or label is None or session.token is None:
        return None
    return EdgeServer(label, session.launch.port, session.stop_at, session.token)


def path_of(server: EdgeServer, key: EdgeKey, expires: datetime) -> str:
    """Return the signed path of a server. Pure."""
    named = f"{int(expires.timestamp())}.{server.port}.{server.label}"
    signed = f"{key.id}.{named}.{_mac(server.token, named)}"
    return f"{PREFIX}{signed}.{_mac(key.secret, signed)}"


@dataclass(frozen=True)
class Edge:
    """The distribution through which participants reach their servers.

    Attributes:
        url: the participant page's origin, such as `https://study.example.net`.
        key: returns the key that signs.
    """

    url: str
    key: Callable[[], EdgeKey]

    def websocket(self, server: EdgeServer) -> str:
        """Return the address of the game's WebSocket, the same at each call until the key changes.

        Raises:
            EdgeKeysMissing: no key was made yet.
            ClientError, BotoCoreError: the key cannot be read.
        """
        return self.url.replace("http", "ws", 1) + path_of(server, self.key(), server.until)


def _mac(key: str, text: str) -> str:
    digest = hmac.new(key.encode("utf-8"), text.encode("ascii"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")
