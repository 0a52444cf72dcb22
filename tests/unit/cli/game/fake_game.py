"""A small game server for tests: `python fake_game.py config.yml --port N`.

It reads how to behave from `env_args` of the game: `frames` until it is over, `exit`: say so
and exit at once, `says`: a line to print, `problems`: for `--check`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import yaml
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve


def main() -> int:
    game: dict[str, Any] = yaml.safe_load(Path(sys.argv[1]).read_text())["project"]["game"]["env_args"]
    if "says" in game:
        sys.stderr.write(f"{game['says']}\n")
    if "exit" in game:
        return int(game["exit"])
    if "--check" in sys.argv:
        sys.stdout.write("a line of the game itself\n" + json.dumps(report(game)) + "\n")
        return int(bool(game.get("problems")))
    port = int(sys.argv[sys.argv.index("--port") + 1])
    with serve(lambda connection: play(connection, int(game.get("frames", 5))), "127.0.0.1", port) as server:
        sys.stdout.write(f"serves {os.environ.get('HIPPO_USER_ID')}\nready on ws://127.0.0.1:{port}\n")
        sys.stdout.flush()
        server.serve_forever()
    return 0


def report(game: dict[str, Any]) -> dict[str, Any]:
    return {"problems": game.get("problems", []), "facts": {"picture": "600 x 400"}}


def play(connection: ServerConnection, frames: int) -> None:
    """Show a frame for each message; after the last one say `done`, and exit."""
    try:
        connection.recv()
        connection.send(json.dumps({"UI": ["left", "right", "start", "stop", "good"]}))
        for number, _ in enumerate(connection, start=1):
            if number > frames:
                connection.send("done")
                connection.close()
                os._exit(0)
            connection.send(json.dumps({"frame": "AAAA", "frameId": number}))
    except ConnectionClosed:
        return


if __name__ == "__main__":
    sys.exit(main())
