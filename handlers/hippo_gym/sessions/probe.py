"""Asks through the edge whether a session's server is ready, as its participant's page will."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.logs import logger
from hippo_gym.sessions.edge import Edge, path_of, server_of
from hippo_gym.sessions.edge_keys import EdgeKeysMissing
from hippo_gym.sessions.model import Session

REFUSED: Final = "X-Hippo-Refused"
"""Header of an answer in which the CloudFront Function, or the server, refuses a path."""

_SECONDS: Final = 5.0
_VALID: Final = timedelta(minutes=1)

_FROM_THE_EDGE: Final = frozenset({502, 503, 504})
"""CloudFront answers so if it does not reach the server (Amazon CloudFront developer guide,
"Troubleshooting error response status codes")."""


@dataclass(frozen=True)
class Asked:
    """An answer: its status, or 0 if none came, and whether it refuses the path."""

    status: int
    refused: bool = False


def ask(address: str) -> Asked:
    """Send a GET. No proxy: a Lambda function has none, and a local cloud is on this machine."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=_SECONDS) as answer:
            return Asked(int(answer.status))
    except urllib.error.HTTPError as error:
        with error:
            return Asked(error.code, error.headers.get(REFUSED) is not None)
    except (OSError, ValueError):
        return Asked(0)


@dataclass(frozen=True)
class EdgeProbe:
    """Asks whether servers answer through the edge.

    Attributes:
        edge: the distribution.
        clock: the time.
        ask: sends a GET to an address.
    """

    edge: Edge
    clock: Clock
    ask: Callable[[str], Asked] = ask

    def answers(self, session: Session) -> bool:
        """Return whether the session's server answers; a plain GET begins no game.

        The path is not the page's, nor that of an earlier probe: CloudFront keeps an error for some
        seconds, by path.

        Raises:
            ClientError, BotoCoreError: the key cannot be read.
        """
        server = server_of(session)
        if server is None:
            return False
        try:
            path = path_of(server, self.edge.key(), self.clock.now() + _VALID)
        except EdgeKeysMissing:
            logger.exception("no path can be signed", session_id=session.id)
            return False
        asked = self.ask(self.edge.url + path)
        if asked.refused:
            logger.error("the path of a server is refused", session_id=session.id, status=asked.status)
        return asked.status not in _FROM_THE_EDGE | {0} and not asked.refused
