"""One page's connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

UNSENT: Final = 16 * 1024
"""Bytes that the kernel may hold back: more would queue up old pictures on a slow network."""
LAST_TEXT_SECONDS: Final = 3.0

Frame = Callable[["Client"], Iterable[str | bytes]]


class Client:
    """Sends texts in order, and frames when the network has taken what was sent before.

    A frame is made at the moment in which it can be sent, so a slow network gets fewer frames, and
    never old ones.
    """

    def __init__(self, connection: ServerConnection, speaks: frozenset[str], frame: Frame) -> None:
        """Wrap a connection; frame: makes the messages of the current state."""
        self.connection = connection
        self.speaks = speaks
        self.figures = ""
        """The figures that were sent last."""
        self._frame = frame
        self._texts: deque[str] = deque()
        self._shows = False
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        _limit_buffers(connection)

    def say(self, text: str) -> None:
        """Send a text, after those before it."""
        self._texts.append(text)
        self._awake()

    def show(self) -> None:
        """Send the current state as soon as the network takes it."""
        self._shows = True
        self._awake()

    def _awake(self) -> None:
        self._idle.clear()
        self._wake.set()

    async def run(self) -> None:
        """Send until the connection closes."""
        with contextlib.suppress(ConnectionClosed):  # its reader notices
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._texts or self._shows:
                    await self._send_next()
                self._idle.set()

    async def _send_next(self) -> None:
        if self._texts:
            await self.connection.send(self._texts.popleft())
            return
        self._shows = False
        for message in self._frame(self):
            await self.connection.send(message)

    async def close(self, text: str | None, code: int = 1000, reason: str = "") -> bool:
        """Send what waits and a last text, and close; True if the browser has received it."""
        if text is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), LAST_TEXT_SECONDS)
        return await send_and_close(self.connection, text, code, reason)


async def send_and_close(connection: ServerConnection, text: str | None, code: int = 1000, reason: str = "") -> bool:
    """Send a last text and close; True if the browser has received it: it answered the close."""
    with contextlib.suppress(ConnectionClosed, TimeoutError):
        if text is not None:
            await asyncio.wait_for(connection.send(text), LAST_TEXT_SECONDS)
    await connection.close(code, reason)
    return connection.close_code == code


def _limit_buffers(connection: ServerConnection) -> None:
    found = connection.transport.get_extra_info("socket")
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if found is not None and option is not None:
        with contextlib.suppress(OSError):
            found.setsockopt(socket.IPPROTO_TCP, option, UNSENT)
