"""state.json: the cloud's processes, their URLs and the deployment. One file, written whole."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local.processes import Process

_FILE = "state.json"


@dataclass(frozen=True)
class State:
    """The processes with their URLs, and Terraform's outputs once they are known."""

    gateway: Process
    gateway_url: str
    fargate: Process
    fargate_url: str
    page: Process | None = None
    """Serves the participant page; only `make up` starts it."""
    page_url: str = ""
    hosted_zone_id: str = ""
    copy_of: str = ""
    """When terraform applied the copied deployment; empty if terraform applied this one."""
    outputs: dict[str, Any] = field(default_factory=dict)
    studies: dict[str, dict[str, Any]] = field(default_factory=dict)  # project id → what was deployed
    seconds: dict[str, float] = field(default_factory=dict)  # how long each part of `up` took


def load(state_dir: Path) -> State | None:
    """Return the state of the cloud in this folder; None if there is none or it is damaged."""
    try:
        data = json.loads((state_dir / _FILE).read_text())
        page = Process(**data["page"]) if data.get("page") else None
        known = {"gateway": Process(**data["gateway"]), "fargate": Process(**data["fargate"]), "page": page}
        return State(**{**data, **known})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(state_dir: Path, state: State) -> None:
    """Replace the file atomically: a reader sees the old state or the new one."""
    state_dir.mkdir(parents=True, exist_ok=True)
    draft = state_dir / f"{_FILE}.new"
    draft.write_text(json.dumps(asdict(state), indent=2) + "\n")
    draft.replace(state_dir / _FILE)


def forget(state_dir: Path) -> None:
    """Remove the file."""
    (state_dir / _FILE).unlink(missing_ok=True)
