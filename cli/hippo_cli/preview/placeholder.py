"""A game server for the preview: it shows a placeholder, and ends on Stop."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from hippo_common.reading import json_value

HOST: Final = "127.0.0.1"
_FIRST_MESSAGE: Final = {
    "UI": ["stop"],
    "Instructions": [
        "Participants see the game here, drawn by your container's server.",
        "To play it in this preview, run that server on this machine: hippo preview --game ws://127.0.0.1:5000",
        "Stop ends the game and continues the study.",
    ],
    "display": {"Game": "a placeholder"},
}


@contextmanager
def running() -> Iterator[str]:
    """Serve the placeholder on a free port of this machine until the block ends.

    Yield its address, ws://….
    """
    with serve(_play, HOST, 0) as server:
        thread = threading.Thread(target=server.serve_forever, name="placeholder", daemon=True)
        thread.start()
        try:
            yield f"ws://{HOST}:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()


def _play(connection: ServerConnection) -> None:
    try:
        for message in connection:
            asked = _read(message)
            if asked.get("command") == "stop":
                connection.send("done")
                return
            if "projectId" in asked:
                connection.send(json.dumps(_FIRST_MESSAGE))
    except ConnectionClosed:
        return  # the browser left or reloaded the page


def _read(message: str | bytes) -> dict[str, Any]:
    try:
        asked = json_value(message)
    except ValueError:
        return {}
    return asked if isinstance(asked, dict) else {}
