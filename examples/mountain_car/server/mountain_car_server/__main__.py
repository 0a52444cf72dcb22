"""Run the server: `python -m mountain_car_server`. Exit status: 0, or 2 if it cannot start."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import signal
import sys
import uuid
from datetime import UTC, datetime

import boto3
import gymnasium
from botocore.config import Config

from . import trace
from .agent import NoAgent
from .game import Game
from .mountain import Mountain
from .server import Ending, GameServer
from .settings import Settings, SettingsError
from .trial import BucketStore, Trial

log = logging.getLogger("mountain_car_server")

# Short: `Trial` retries itself, and after SIGTERM little time is left.
_TIMEOUTS = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1})


async def run(settings: Settings) -> Ending:
    """Serve one participant's game until it ends."""
    session_id = settings.session_id or uuid.uuid4().hex
    # The seed makes the rounds' start positions repeatable: with the recorded actions, a game can
    # be replayed.
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
    began, ending = datetime.now(UTC), Ending.FAILED
    try:
        ending = await server.serve()
    finally:
        mountain.close()
        _send_trace(settings, session_id, began, ending)
    return ending


def _trial(settings: Settings, session_id: str) -> Trial:
    prefix = f"{settings.project_id or 'mountain_car'}/Trials/{settings.user_id or 'participant'}/{session_id}"
    if settings.bucket is None:
        log.warning("HIPPO_BUCKET is not set: events are stored in the folder %s", settings.trials.absolute())
        return Trial(settings.trials, prefix, None)
    return Trial(settings.trials, prefix, BucketStore(boto3.client("s3", config=_TIMEOUTS), settings.bucket))


def _send_trace(settings: Settings, session_id: str, began: datetime, ending: Ending) -> None:
    found = trace.segment(settings.trace_id or "", began, datetime.now(UTC), session_id=session_id, ending=ending.value)
    if found is not None:
        trace.send(boto3.client("xray", config=_TIMEOUTS), found)


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
