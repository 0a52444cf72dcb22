"""A browser's WebSocket through the page's distribution, and how long it took and lived."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hippo_deploy.verify.results import Failed

PROTOCOL: Final = "hippo.verify"
_SECONDS: Final = 20.0


@dataclass(frozen=True)
class Opened:
    """A connection that was opened, and closed by this client.

    Attributes:
        greeting: the server's first text.
        headers: of the handshake, as they arrived at the server.
        protocol: the sub-protocol on which both sides agreed.
        handshake: seconds until it was open.
        quiet: seconds without a byte from the server that it survived.
    """

    greeting: str
    headers: Mapping[str, Any]
    protocol: str | None
    handshake: float
    quiet: float


def open_through(url: str, quiet: float) -> Opened:
    """Open a connection, say nothing for some seconds, and close it.

    Args:
        url: the address that /next names.
        quiet: seconds for which neither side sends.

    Raises:
        Failed: it does not open, or did not survive; the text says why.
    """
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect
    from websockets.typing import Subprotocol

    began = time.monotonic()
    context = ssl.create_default_context() if url.startswith("wss:") else None
    try:
        with connect(
            url,
            ssl=context,
            subprotocols=[Subprotocol(PROTOCOL)],
            open_timeout=_SECONDS,
            ping_interval=None,
            proxy=None,
        ) as connection:
            handshake = time.monotonic() - began
            greeting, headers = (str(connection.recv(timeout=_SECONDS)) for _ in range(2))
            try:
                connection.recv(timeout=quiet)
            except TimeoutError:
                pass
            else:
                raise Failed("the server sent a third text, which it does not")
            connection.send("end")
            return Opened(greeting, json.loads(headers), connection.subprotocol, handshake, quiet)
    except (OSError, WebSocketException, TimeoutError, ValueError) as error:
        after = f" after {time.monotonic() - began:.0f} s" if time.monotonic() - began > 1 else ""
        raise Failed(f"the WebSocket through the page's distribution failed{after}: {error}") from error
