"""Run the server: `python -m grid_world_server`. Exit status: 0, or 2 if it cannot start."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import uuid
from pathlib import Path

import boto3

from .game import Game
from .recorder import BucketStore, FolderStore, Recorder, Store
from .server import Ending, GameServer
from .settings import Settings, SettingsError

log = logging.getLogger("grid_world_server")


async def run(settings: Settings) -> Ending:
    """Serve one participant's game until it ends."""
    # The seed makes the robot's random choices repeatable: with the recorded inputs, a game can be
    # replayed.
    seed = settings.session_id or uuid.uuid4().hex
    game = Game(settings.rules, seed)
    recorder = Recorder(_store(settings), _prefix(settings, seed))
    recorder.record({"event": "server_started", "seed": seed, "rules": vars(settings.rules)})
    server = GameServer(settings, game, recorder)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.finish, Ending.TERMINATED)
    return await server.serve()


def _store(settings: Settings) -> Store:
    if settings.bucket:
        return BucketStore(boto3.client("s3"), settings.bucket)
    folder = Path("trials")
    log.warning("HIPPO_BUCKET is not set: events are stored in the folder %s", folder.absolute())
    return FolderStore(folder)


def _prefix(settings: Settings, session_id: str) -> str:
    return f"{settings.project_id or 'grid_world'}/Trials/{settings.user_id or 'participant'}/{session_id}"


def main() -> int:
    """Run the program; return the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for verbose in ("botocore", "websockets"):
        logging.getLogger(verbose).setLevel(logging.WARNING)
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        log.error("%s", error)
        return 2
    try:
        asyncio.run(run(settings))
    except OSError as error:
        log.error("cannot listen on %s:%d: %s", settings.address, settings.port, error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
