"""Runs a server, from its settings to its exit status."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import boto3
import gymnasium
from botocore.config import Config

from . import trace
from .blocks import Block, Table, prepare
from .connection.leaving import Ending
from .connection.server import GameServer
from .game import Game, GameError
from .recording import BucketStore, Record
from .settings import Settings, SettingsError

log = logging.getLogger("hippo_play")

# Short: `Record` retries itself, and after SIGTERM little time is left.
_TIMEOUTS: Final = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1})


async def run(settings: Settings, blocks: Sequence[Block], ready: Callable[[int], None]) -> Ending:
    """Serve one participant's game until it ends.

    ready: called with the port once the server listens.

    Raises:
        GameError: the game cannot be played.
        OSError: the port is in use.
    """
    session_id = settings.session_id or uuid.uuid4().hex
    project_id = settings.project_id or "game"
    participant = settings.user_id or session_id
    tables = prepare(blocks, settings.conditions, project_id=project_id, participant=participant)
    record = _record(settings, f"{project_id}/Trials/{settings.user_id or 'participant'}/{session_id}")
    record.record(_started(settings, tables))
    server = GameServer(settings, tables, record)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.finish, Ending.TERMINATED)
    began, ending = datetime.now(UTC), Ending.FAILED
    try:
        ending = await server.serve(ready)
    finally:
        for table in tables:
            table.close()
        _send_trace(settings, session_id, began, ending)
    return ending


def _started(settings: Settings, tables: Sequence[Table]) -> dict[str, object]:
    """Return the record's first event: with the steps after it, the game can be played again."""
    return {
        "event": "server_started",
        "blocks": [
            {
                "name": table.game.name,
                "environment": table.world.name,
                "seed": table.seed,
                "fps": table.world.fps,
                "turns": table.world.turns,
                "episodes": table.game.last_episode,
                "policy": table.policy,
            }
            for table in tables
        ],
        "seed": tables[0].seed,
        "groups": dict(settings.groups),
        "conditions": dict(settings.conditions),
        "gymnasium": gymnasium.__version__,
    }


def _record(settings: Settings, prefix: str) -> Record:
    if settings.bucket is None:
        log.warning("HIPPO_BUCKET is not set: events are stored in the folder %s", settings.trials.absolute())
        return Record(settings.trials, prefix, None)
    return Record(settings.trials, prefix, BucketStore(boto3.client("s3", config=_TIMEOUTS), settings.bucket))


def _send_trace(settings: Settings, session_id: str, began: datetime, ending: Ending) -> None:
    found = trace.segment(settings.trace_id or "", began, datetime.now(UTC), session_id=session_id, ending=ending.value)
    if found is not None:
        trace.send(boto3.client("xray", config=_TIMEOUTS), found)


def serve(game: Game | Sequence[Game], *, host: str | None = None, port: int | None = None) -> int:
    """Serve a game, or the blocks of a study, to one participant; return the exit status.

    The environment variables of `settings` hold for everything else. Call this at the end of a
    `game.py` to run it as a program; `python -m hippo_play game.py` does the same without it.

    Args:
        game: to serve.
        host: address to listen on.
        port: to listen on.

    Returns:
        0, or 2 if the server cannot start.
    """
    games = [game] if isinstance(game, Game) else list(game)
    main = sys.modules.get("__main__")
    folder = Path(getattr(main, "__file__", None) or ".").parent
    return serve_blocks([Block(each, folder) for each in games], host=host, port=port)


def serve_blocks(blocks: Sequence[Block], *, host: str | None = None, port: int | None = None) -> int:
    """Serve blocks; see `serve`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for verbose in ("botocore", "websockets"):
        logging.getLogger(verbose).setLevel(logging.WARNING)
    given = {"HIPPO_LISTEN_ADDRESS": host, "HIPPO_LISTEN_PORT": None if port is None else str(port)}
    try:
        settings = Settings.from_environment(
            {**os.environ, **{name: value for name, value in given.items() if value is not None}}
        )
    except SettingsError as error:
        log.error("%s", error)
        return 2
    scheme = "ws" if settings.tls is None else "wss"

    def ready(port: int) -> None:
        sys.stdout.write(f"ready on {scheme}://{settings.address}:{port}\n")
        sys.stdout.flush()

    try:
        asyncio.run(run(settings, blocks, ready))
    except GameError as error:
        for problem in error.problems:
            log.error("%s", problem)
        return 2
    except OSError as error:
        log.error("cannot listen on %s:%d: %s", settings.address, settings.port, error)
        return 2
    return 0
