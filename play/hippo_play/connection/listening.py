"""The listening port: the same options for a game's server and for a warm one that waits."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response

from ..settings import Settings
from . import admission

LONGEST_MESSAGE: Final = 16 * 1024
WRITE_LIMIT: Final = 1024
"""Bytes that the library may hold back before it waits for the network."""

Receive = Callable[[ServerConnection], Awaitable[None]]
Before = Callable[[ServerConnection, Request], Awaitable[Response | None] | Response | None]


@asynccontextmanager
async def listen(settings: Settings, receive: Receive, before: Before | None = None) -> AsyncIterator[Server]:
    """Listen until the block ends.

    Args:
        settings: address, port, TLS and origins.
        receive: serves one connection.
        before: may refuse a handshake with the response that it returns.
    """
    async with serve(
        receive,
        settings.address,
        settings.port,
        process_request=before,
        ssl=settings.tls,
        origins=admission.origins(settings),
        max_size=LONGEST_MESSAGE,
        write_limit=WRITE_LIMIT,
        compression=None,  # the library's window is too small to find what two frames share
        extensions=[ServerPerMessageDeflateFactory(server_max_window_bits=15)],
        # Close a silent connection within a minute; GameServer pauses the game earlier. Not
        # sooner: pages before 2023 treat a closed socket as the end of the game.
        ping_interval=20,
        ping_timeout=20,
        close_timeout=3,
        logger=_logger(),
    ) as listener:
        yield listener


def port_of(listener: Any) -> int:
    """Return the port of a listener."""
    return int(next(iter(listener.sockets)).getsockname()[1])


def _logger() -> logging.Logger:
    """Return the library's logger, without the tracebacks of HIPPO Gym's port checks.

    HIPPO Gym opens and closes a connection to check the port; the library logs a failed handshake.
    """
    logger = logging.getLogger("websockets.server")
    logger.addFilter(_is_no_port_check)
    return logger


def _is_no_port_check(record: logging.LogRecord) -> bool:
    return record.msg != "opening handshake failed"
