"""Saves the functions' logs before the local cloud stops, because it holds them in memory only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud import Cloud
from local.failures import LocalCloudError


def save(cloud: Cloud) -> Path | None:
    """Write each function's log to a file in the cloud's log folder; return that folder, or None.

    None: nothing to save, or the cloud no longer answers. Never raises: callers use it after
        another failure.
    """
    folder = cloud.logs / "functions"
    try:
        for name, lines in _logs(cloud.client("logs")):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.log").write_text("".join(f"{line.rstrip()}\n" for line in lines), encoding="utf-8")
    except (LocalCloudError, BotoCoreError, ClientError, OSError):
        return None
    return folder if folder.is_dir() else None


def _logs(client: Any) -> Iterator[tuple[str, list[str]]]:
    for page in client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/aws/lambda/"):
        for group in page["logGroups"]:
            name = group["logGroupName"]
            events = client.get_paginator("filter_log_events").paginate(logGroupName=name)
            lines = [event["message"] for found in events for event in found["events"]]
            if lines:
                yield name.rsplit("/", 1)[-1], lines
