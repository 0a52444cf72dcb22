"""Checks an App's files, starts its trial.py, and stores what it wrote."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Protocol

import yaml

from hippo_play.recording import Store

log = logging.getLogger("hippo_bridge")

_CONFIG: Final = ".trialConfig.yml"
_DATA: Final = "data/trialData.json"
_WRITTEN: Final = "Trials"
"""Folder of the App into which trial.py writes."""


class Process(Protocol):
    """A trial.py that runs."""

    async def wait(self) -> int:
        """Return the exit status, once it has ended."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it."""


Start = Callable[[str], Awaitable[Process]]
"""Starts trial.py; it is to connect to this URL."""


def problems(app: Path) -> list[str]:
    """Return what keeps trial.py from running, each with its fix."""
    code = app / "trial.py"
    if not code.is_file():
        return [f"{code} does not exist: name the App folder in HIPPO_APP"]
    text = code.read_text(encoding="utf-8", errors="replace")
    found = []
    if _CONFIG in text:
        found += _config_problems(app / _CONFIG)
    if _DATA in text and not (app / _DATA).is_file():
        found.append(
            f"{app / _DATA} does not exist, and trial.py opens it at the first message: add it to the image; "
            "{} is enough where trial.py does not use it"
        )
    return found


def _config_problems(file: Path) -> list[str]:
    if not file.is_file():
        return [f"{file} does not exist: write the `trial:` part of config.yml into it"]
    try:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return [f"{file} is no YAML: {error}"]
    trial = config.get("trial") if isinstance(config, dict) else None
    if not isinstance(trial, dict):
        return [f"{file} has no mapping trial: write the `trial:` part of config.yml into it"]
    if isinstance(trial.get("ui"), dict):
        shown = ", ".join(str(name) for name, on in trial["ui"].items() if on)
        return [f"{file}: trial.ui is a dictionary, and pages read a list: write ui: [{shown}]"]
    return []


def starter(app: Path, python: str) -> Start:
    """Return what starts trial.py in the App's own Python."""
    script = Path(__file__).with_name("run_trial.py")

    async def start(url: str) -> Process:
        return await asyncio.create_subprocess_exec(python, str(script), url, cwd=app)

    return start


def store_files(app: Path, store: Store, prefix: str) -> bool:
    """Store the files that trial.py wrote; return False, with the reason in the log, if that failed."""
    try:
        for file in sorted((app / _WRITTEN).rglob("*")):
            if file.is_file():
                store.put(f"{prefix}/{file.relative_to(app / _WRITTEN).as_posix()}", file.read_bytes())
    except Exception:  # of any store: the files stay, and the caller tries again
        log.exception("the trial's files are not stored yet")
        return False
    return True
