"""Checks the path of a request on the edge route, where CloudFront brings participants to the server.

    /game/{key id}.{expires}.{port}.{label}.{proof}.{signature}

The network admits CloudFront, and with it the distributions of every AWS customer, so the server
checks the proof: an HMAC-SHA256 of `{expires}.{port}.{label}` with the session's token, in URL-safe
base64 without padding. Only the deployment and this server have that token. The signature is for the
CloudFront Function, whose key no server has.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Final

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from ..settings import Settings

REFUSED: Final = "X-Hippo-Refused"
"""Header of the answer: HIPPO Gym asks the server whether it is ready, and must see a refusal."""

Check = Callable[[ServerConnection, Request], Response | None]

_PATH: Final = re.compile(
    r"/game/[a-z0-9]{1,16}\.([0-9]{1,12})\.[0-9]{1,5}\.[a-z0-9-]{1,63}\.([A-Za-z0-9_-]{43})\.[A-Za-z0-9_-]{43}"
)


def check(settings: Settings, now: Callable[[], datetime]) -> Check | None:
    """Return what refuses requests that another distribution or an expired link brings; None: nothing is refused."""
    if not settings.at_edge:
        return None

    def checked(connection: ServerConnection, request: Request) -> Response | None:
        found = fault(request.path, settings.token, now())
        if found is None:
            return None
        response = connection.respond(HTTPStatus.FORBIDDEN, "This path is not valid here.\n")
        response.headers[REFUSED] = found
        return response

    return checked


def fault(path: str, token: str | None, now: datetime) -> str | None:
    """Return why a request with this path is refused; None: it is admitted.

    Args:
        path: of the request, with its query.
        token: of this session; without one no path is admitted.
        now: with its time zone.
    """
    found = _PATH.fullmatch(path)
    if found is None or token is None:
        return "form"
    named = path.removeprefix("/game/").split(".", 1)[1].rsplit(".", 2)[0]
    digest = hmac.new(token.encode(), named.encode("ascii"), hashlib.sha256).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=")
    if not hmac.compare_digest(expected, found[2].encode("ascii")):
        return "proof"
    return "expired" if int(found[1]) <= now.timestamp() else None
