"""The part of a config.yml that is sent to the function that writes the master list.

A step `compare` is sent as the page that `hippo` writes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hippo_cli.study.compare_pages import COMPARE, with_pages
from hippo_gym.studies.projects import GAME

SET_BY_HIPPO: Final = frozenset({"version", "updatedAt", "updatedBy", "replaces", "groupsBy"})
"""Keys that `hippo` and the function set; their values in config.yml are ignored."""


def payload_of(project: Any) -> Any:
    """Return the payload of existing scripts: the project with `ecsTask` and `bucket` added.

    `compare` is left out, so that also a function of an earlier release accepts the payload.
    """
    if not isinstance(project, Mapping):
        return project
    payload = {key: value for key, value in project.items() if key not in SET_BY_HIPPO | {COMPARE}}
    if "steps" in payload:
        payload["steps"] = with_pages(payload["steps"])
    if payload.get("ecsTask") is None and wants_server(project):
        payload["ecsTask"] = payload.get("id")
    if payload.get("bucket") is None:
        setup = payload.get("awsSetup")
        payload["bucket"] = setup.get("bucket") if isinstance(setup, Mapping) else None
    return payload


def wants_server(project: Mapping[str, Any]) -> bool:
    """Return whether a project has a game, or starts a server."""
    steps, events = project.get("steps"), project.get("events")
    has_game = isinstance(steps, Mapping) and GAME in steps.values()
    return has_game or (isinstance(events, Mapping) and events.get("startServerStep") is not None)
