"""Formats values for researchers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from hippo_gym.runtime.clock import from_text

NOTHING: Final = "–"  # noqa: RUF001 - an empty cell of a table
_CONTAINERS: Final = "containerDefinitions."
_SETTINGS: Final[Mapping[str, str]] = {
    "portMappings": "port",
    "logConfiguration.options.awslogs-group": "log group",
    "logConfiguration.options.awslogs-region": "Region of the logs",
    "logConfiguration.options.awslogs-stream-prefix": "log stream prefix",
    "executionRoleArn": "role that fetches the image",
    "taskRoleArn": "role of the container",
    "runtimePlatform.cpuArchitecture": "processor",
}


def size(count: int) -> str:
    """Write a number of bytes: "640 B", "2.1 kB", "1.3 MB"."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def sizes(before: int, after: int) -> str:
    """Write how a size changes: "2.1 kB → 2.3 kB", "2.1 kB (+16 B)"."""
    if size(before) == size(after):
        return f"{size(after)} ({after - before:+d} B)"
    return f"{size(before)} → {size(after)}"


def key(name: str) -> str:
    """Return the name of an entry's key for researchers, as in config.yml."""
    return {"ecsTask": "container", "assets": "files in assets", "team_members": "teamMembers"}.get(name, name)


def value(found: Any) -> str:
    """Format a value as in config.yml."""
    if found is None:
        return "nothing"
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, list):
        return ", ".join(value(part) for part in found)
    return str(found)


def moment(at: str | datetime | None) -> str:
    """Format a time in local time, to the minute; return a text that is no time unchanged."""
    if at is None:
        return NOTHING
    try:
        found = from_text(at) if isinstance(at, str) else at
        return found.astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):  # at the edges of time, local time may not exist
        return str(at)


def setting(key: str, family: str) -> str:
    """Return the name of a task definition's setting for researchers."""
    name = key.removeprefix(f"{_CONTAINERS}{family}.").removeprefix(_CONTAINERS)
    return _SETTINGS.get(name, name)


def setting_value(key: str, found: Any) -> str:
    """Format the value of a task definition's setting."""
    if key == "cpu" and str(found).isdigit():
        return vcpu(int(found))
    if key == "memory" and str(found).isdigit():
        return gigabytes(int(found))
    if key.endswith("portMappings") and found:
        return ", ".join(str(port.get("containerPort")) for port in found)
    if key.endswith("secrets") and found:
        return ", ".join(f"{secret.get('name')} from {secret.get('valueFrom')}" for secret in found)
    return value(found)


def vcpu(units: int) -> str:
    """Format Fargate's CPU units as vCPU."""
    return f"{units / 1024:g} vCPU"


def gigabytes(mebibytes: int) -> str:
    """Format Fargate's MiB of memory as GB, as in config.yml."""
    return f"{mebibytes / 1024:g} GB"
