"""Runs trial.py in its folder; every WebSocket that it opens leads to the bridge.

`python run_trial.py URL`. This file runs in the App's own Python, with the App's packages alone.
"""

import runpy
import sys
from pathlib import Path
from typing import Any

import websockets


def main(url: str) -> None:
    """Run trial.py. The address that it names, of the original's own cloud, is not used."""
    original: Any = websockets.connect

    def connect(_: str, *arguments: Any, **options: Any) -> Any:
        options.pop("ssl", None)  # the bridge is in this container
        return original(url, *arguments, **{"max_size": None, "ping_interval": None, **options})

    websockets.connect = connect  # type: ignore[assignment,misc]
    sys.path.insert(0, str(Path.cwd()))
    sys.argv = ["trial.py", url]
    runpy.run_path("trial.py", run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1])
