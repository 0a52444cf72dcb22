"""What every simulated and emulated deployment of the tests is given: entries of studies, events of API Gateway."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

BUCKET = "projects.example"
ADMITTED_FAMILIES = ("grid", "missing", "unregistered")
"""Families of task definitions that every study of a world may name; the studies have other ids."""

STEPS: Mapping[str, str | None] = {
    "1": "1_consent.html",
    "2": "game",
    "3": "3_survey.html",
    "finalStep": "4_thanks.html",
}


def entry(project_id: str = "study", **changes: Any) -> dict[str, Any]:
    """Make a valid entry of the master list; `start`, `stop` and `delay` set its events."""
    events = {"startServerStep": changes.pop("start", 1), "stopServerStep": changes.pop("stop", 3)}
    if "delay" in changes:
        events["stopDelay"] = changes.pop("delay")
    return {
        "id": project_id,
        "name": "A study",
        "live": True,
        "researcher": None,
        "team_members": None,
        "ecsTask": "grid",
        "steps": dict(STEPS),
        "events": events,
        "maxRuntime": 30,
        "bucket": BUCKET,
    } | changes


_request_ids = itertools.count(1)


def http_event(
    method: str = "GET", query: Mapping[str, str] | None = None, body: str | None = None, **changes: Any
) -> dict[str, Any]:
    """Make an API Gateway event in payload format 2.0 with a unique request id."""
    return {
        "version": "2.0",
        "rawPath": "/next",
        "headers": {"content-type": "application/json"},
        "queryStringParameters": dict(query) if query else None,
        "requestContext": {"http": {"method": method}, "requestId": f"request-{next(_request_ids)}"},
        "body": body,
        "isBase64Encoded": False,
    } | changes
