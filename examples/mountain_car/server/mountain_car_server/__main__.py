"""Run the server: `python -m mountain_car_server`. It ends with 0, or with 2 when it cannot start."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import signal
import sys
import uuid

import boto3
import gymnasium
from botocore.config import Config

from .agent import NoAgent
from .game import Game
from .mountain import Mountain
from .server import Ending, GameServer
from .settings import Settings, SettingsError
from .trial import BucketStore, Trial

log = logging.getLogger("mountain_car_server")


async def run(settings: Settings) -> Ending:
    """Serve one participant's game, to its end."""
    session_id = settings.session_id or uuid.uuid4().hex
    # The seed makes the rounds' beginnings repeatable: with the recorded actions, a game can be replayed.
    seed = int.from_bytes(hashlib.sha256(session_id.encode()).digest()[:4], "big")
    mountain = Mountain(settings.rules.steps_per_episode)
    game = Game(settings.rules, seed, mountain, NoAgent())  # a lab's agent goes here
    trial = _trial(settings, session_id)
    trial.record(
        {"event": "server_started", "seed": seed, "rules": vars(settings.rules), "gymnasium": gymnasium.__version__}
    )
    server = GameServer(settings, mountain, game, trial)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.finish, Ending.TERMINATED)
    try:
        return await server.serve()
    finally:
        mountain.close()


def _trial(settings: Settings, session_id: str) -> Trial:
    prefix = f"{settings.project_id or 'mountain_car'}/Trials/{settings.user_id or 'somebody'}/{session_id}"
    if settings.bucket is None:
        log.warning("HIPPO_BUCKET is not set: the record goes to the folder %s", settings.trials.absolute())
        return Trial(settings.trials, prefix, None)
    # Short: the trial tries again itself, and at SIGTERM there is little time.
    patience = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1})
    return Trial(settings.trials, prefix, BucketStore(boto3.client("s3", config=patience), settings.bucket))


def main() -> int:
    """The program."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("botocore", "websockets"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        log.error("%s", error)
        return 2
    try:
        asyncio.run(run(settings))
    except OSError as error:
        log.error("cannot serve on %s:%d: %s", settings.address, settings.port, error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
