"""Runs the bridge: `python -m hippo_bridge`. Exit status: 0, or 2 if it cannot start."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import uuid
from pathlib import Path

from hippo_play.recording import FolderStore, Store, bucket_store
from hippo_play.settings import Settings, SettingsError

from .bridge import Bridge
from .trial import problems, starter, store_files

log = logging.getLogger("hippo_bridge")


async def run(settings: Settings, app: Path, python: str) -> None:
    """Serve one participant's trial until it ends."""
    store: Store = bucket_store(settings) or FolderStore(settings.trials)
    session = settings.session_id or uuid.uuid4().hex
    prefix = f"{settings.project_id or 'game'}/Trials/{settings.user_id or 'participant'}/{session}"

    async def keep() -> bool:
        return await asyncio.to_thread(store_files, app, store, prefix)

    bridge = Bridge(settings, starter(app, python), keep)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, bridge.finish, "terminated")
    await bridge.serve(lambda port: log.info("ready on port %d", port))
    log.info("ended: %s", bridge.reason)


def main() -> int:
    """Run the program; return the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("websockets").setLevel(logging.ERROR)  # HIPPO Gym's check of the port is a failed handshake
    app = Path(os.environ.get("HIPPO_APP", "App")).absolute()
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        log.error("%s", error)
        return 2
    if found := problems(app):
        for problem in found:
            log.error("%s", problem)
        return 2
    try:
        asyncio.run(run(settings, app, os.environ.get("HIPPO_APP_PYTHON", sys.executable)))
    except OSError as error:
        log.error("cannot listen on %s:%d: %s", settings.address, settings.port, error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
