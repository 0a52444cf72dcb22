"""Runs a server, from its settings to its exit status."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

import boto3
import gymnasium
from botocore.config import Config

from . import trace
from .blocks import Block, Table, prepare
from .connection.leaving import Ending
from .connection.server import GameServer, HandOver
from .connection.waiting import WaitingRoom
from .environments import unwrapped
from .game import Game, GameError
from .play import Event
from .recording import FolderStore, Record, Store, ask_for_participant, bucket_store, progress, proof_of
from .recording.spaces import described, spec_text
from .settings import WARM, Settings, SettingsError

log = logging.getLogger("hippo_play")

# Short: `Record` retries itself, and after SIGTERM little time is left.
_TIMEOUTS: Final = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1})


async def run_warm(
    settings: Settings, blocks: Sequence[Block], ready: Callable[[int], None], environment: Mapping[str, str]
) -> Ending:
    """Wait for a participant, then serve their game until it ends.

    environment: the variables that the settings were read from.

    Raises:
        GameError, OSError: as `run`.
        SettingsError: HIPPO Gym's variables of the participant have invalid values.
    """
    await asyncio.to_thread(_rehearse, blocks, settings)
    url, proof = settings.upload_url or "", proof_of(settings) or {}
    room = WaitingRoom(settings, lambda: ask_for_participant(url, proof))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, room.leave)
    try:
        found = await room.participant(ready)
        if found is None:
            return Ending.NO_PARTICIPANT
        theirs = {**found, WARM: ""}
        os.environ.update(theirs)  # `conditions` and `groups` read it, and the study's own code may
        log.info("the participant has come")
        return await run(
            Settings.from_environment({**environment, **theirs}), blocks, lambda port: None, room.hand_over
        )
    finally:
        await room.close()


def _rehearse(blocks: Sequence[Block], settings: Settings) -> None:
    """Load what the games need and draw a picture, so that their participant does not wait for it.

    A game that needs its participant's conditions is loaded when it has one.
    """
    try:
        tables = prepare(blocks, {}, project_id=settings.project_id or "game", participant="rehearsal")
    except Exception as error:  # noqa: BLE001 - `run` raises it if it has to do with the game
        log.info("the game is loaded when its participant comes: %s", error)
        return
    try:
        for table in tables:
            table.play()
            table.world.picture()
    finally:
        for table in tables:
            table.close()


async def run(
    settings: Settings, blocks: Sequence[Block], ready: Callable[[int], None], hand_over: HandOver | None = None
) -> Ending:
    """Serve one participant's game until it ends.

    ready: called with the port once the server listens. hand_over: as for `GameServer.serve`.

    Raises:
        GameError: the game cannot be played.
        OSError: the port is in use.
    """
    session_id = settings.session_id or uuid.uuid4().hex
    project_id = settings.project_id or "game"
    participant = settings.user_id or session_id
    tables = prepare(blocks, settings.conditions, project_id=project_id, participant=participant)
    store = _store(settings)
    prefix = f"{project_id}/Trials/{settings.user_id or 'participant'}"
    record = Record(settings.trials, f"{prefix}/{session_id}", store)
    record.record(started(settings, tables))
    # Without a participant's id, as on a researcher's own machine, each run is another participant.
    key = f"{prefix}/progress.json" if settings.user_id else None
    server = GameServer(settings, tables, record, progress_key=key)
    if key is not None:
        record.record(*await _resume(server, store or FolderStore(settings.trials), key))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.finish, Ending.TERMINATED)
    began, ending = datetime.now(UTC), Ending.FAILED
    try:
        ending = await server.serve(ready, hand_over)
    finally:
        for table in tables:
            table.close()
        _send_trace(settings, session_id, began, ending)
    return ending


def started(settings: Settings, tables: Sequence[Table]) -> dict[str, object]:
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
                "observation_space": described(getattr(table.world.environment, "observation_space", None)),
                "action_space": described(table.world.space),
                "spec": spec_text(table.world.environment),
            }
            for table in tables
        ],
        "seed": tables[0].seed,
        "groups": dict(settings.groups),
        "conditions": dict(settings.conditions),
        "gymnasium": gymnasium.__version__,
        "packages": _packages(tables),
    }


def _packages(tables: Sequence[Table]) -> dict[str, str]:
    """Return name → version of the packages that the game needs: a record can be played again with them.

    Besides gymnasium and numpy, these are the packages of the environments' own modules, where a
    distribution has the module's name.
    """
    modules = {type(unwrapped(table.world.environment)).__module__.partition(".")[0] for table in tables}
    versions = {}
    for name in sorted(modules | {"gymnasium", "numpy"}):
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    return versions


def _store(settings: Settings) -> Store | None:
    store = bucket_store(settings)
    if store is None:
        log.log(
            logging.INFO if settings.trials_named else logging.WARNING,
            "HIPPO_BUCKET is not set: events are stored in the folder %s",
            settings.trials.absolute(),
        )
    return store


async def _resume(server: GameServer, store: Store, key: str) -> list[Event]:
    """Go on where the participant's earlier server was; return what to record about it."""
    try:
        content = await asyncio.to_thread(store.get, key)
        found = None if content is None else progress.read(content)
    except Exception as error:  # noqa: BLE001 - of any store: the participant plays from the beginning
        log.warning("the earlier progress could not be read: %s", error)
        return [{"event": "not_resumed", "reason": f"the earlier progress could not be read: {error}"}]
    if found is None:
        return []
    reason = server.resume(found)
    if reason is not None:
        return [{"event": "not_resumed", "reason": reason}]
    return [
        {"event": "resumed", "block": found.block, "episode": found.episode, "score": found.score, "over": found.over}
    ]


def _send_trace(settings: Settings, session_id: str, began: datetime, ending: Ending) -> None:
    found = trace.segment(settings.trace_id or "", began, datetime.now(UTC), session_id=session_id, ending=ending.value)
    if found is not None and trace.has_credentials(os.environ):
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


def set_up_log() -> None:
    """Send the program's log to the standard error stream."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for verbose in ("botocore", "websockets"):
        logging.getLogger(verbose).setLevel(logging.WARNING)


def serve_blocks(blocks: Sequence[Block], *, host: str | None = None, port: int | None = None) -> int:
    """Serve blocks; see `serve`."""
    set_up_log()
    given = {"HIPPO_LISTEN_ADDRESS": host, "HIPPO_LISTEN_PORT": None if port is None else str(port)}
    environment = {**os.environ, **{name: value for name, value in given.items() if value is not None}}
    try:
        settings = Settings.from_environment(environment)
    except SettingsError as error:
        log.error("%s", error)
        return 2
    scheme = "ws" if settings.tls is None else "wss"

    def ready(port: int) -> None:
        sys.stdout.write(f"ready on {scheme}://{settings.address}:{port}\n")
        sys.stdout.flush()

    try:
        asyncio.run(run_warm(settings, blocks, ready, environment) if settings.warm else run(settings, blocks, ready))
    except SettingsError as error:
        log.error("%s", error)
        return 2
    except GameError as error:
        for problem in error.problems:
            log.error("%s", problem)
        return 2
    except OSError as error:
        log.error("cannot listen on %s:%d: %s", settings.address, settings.port, error)
        return 2
    return 0
