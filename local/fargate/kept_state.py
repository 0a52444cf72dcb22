"""Saves the state of moto's ECS and EC2 by pickle, because moto has no persistence."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ecs.models import ecs_backends

from local.places import ACCOUNT_ID, REGION

_BACKENDS: dict[str, Any] = {"ec2": ec2_backends, "ecs": ecs_backends}


def write(file: Path) -> None:
    """Save the state of both services."""
    held = {name: backends[ACCOUNT_ID][REGION] for name, backends in _BACKENDS.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pickle.dumps(held))


def read(file: Path) -> None:
    """Restore the state of both services."""
    held = pickle.loads(file.read_bytes())  # noqa: S301 - a file of this repository's build folder, made by `write`
    for name, backends in _BACKENDS.items():
        backends[ACCOUNT_ID][REGION] = held[name]
