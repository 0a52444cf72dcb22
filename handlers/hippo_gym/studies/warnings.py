"""Warnings about an entry: what is allowed but probably not intended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from hippo_gym.studies import own_texts
from hippo_gym.studies.devices import SCREENED_OUT, required, start_step
from hippo_gym.studies.projects import BALANCED, FINAL_STEP, Project, from_entry


def of_payload(payload: Mapping[str, Any]) -> list[str]:
    """Return what of a payload, besides the entry, has no effect."""
    if payload.get("useAWS") is True:
        return []
    found = "not set" if payload.get("useAWS") is None else json.dumps(payload["useAWS"])
    return [f"useAWS is {found}: the project is hosted on AWS anyway"]


def of_entry(entry: Mapping[str, Any]) -> list[str]:
    """Return what is allowed but probably not intended.

    The first two texts are those of the old system.
    """
    warnings = [f"{key} is set to None" for key, value in entry["events"].items() if value is None]
    if entry["live"] is None:
        warnings.append("live is set to None: the study admits new participants")
    if entry["maxRuntime"] is None:
        warnings.append("maxRuntime is set to None: the deployment's limit applies")
    if entry["steps"].get(FINAL_STEP) is None:
        warnings.append("finalStep is not set: the last page only thanks the participant")
    for step, file in entry["steps"].items():
        if file is not None and "/" in file:
            warnings.append(f"steps.{step} is in a folder: its page must be at {entry['id']}/{file}")
    if entry.get("warm") and entry["live"] is False:
        warnings.append("warm has no effect as long as live is false")
    start = entry["events"]["startServerStep"]
    if start is not None and (later := start_step(entry)) != start:
        warnings.append(
            f"startServerStep {int(start)} is the step on which the devices are tested (requires): the server starts "
            f"at step {later} or the next one"
        )
    return (
        warnings + _of_order(from_entry(entry)) + _of_exits(entry) + _of_balance(entry) + [*own_texts.warnings(entry)]
    )


def of_bucket(entry: Mapping[str, Any], bucket: str) -> list[str]:
    """Return a warning if a payload names a bucket, and it is not the deployment's."""
    named = entry.get("bucket")
    if named is None or named == bucket:
        return []
    return [f"bucket is {named!r}, and this deployment reads pages and data from {bucket!r}: upload the pages there"]


def _of_balance(entry: Mapping[str, Any]) -> list[str]:
    warnings = []
    if "assignmentTimeout" in entry and entry.get("assignment") != BALANCED:
        warnings.append("assignmentTimeout has no effect: assignment is not 'balanced'")
    if "enrolmentTimeout" in entry and "mostParticipants" not in entry:
        warnings.append("enrolmentTimeout has no effect: mostParticipants is not set")
    return warnings


def _of_exits(entry: Mapping[str, Any]) -> list[str]:
    exits: Mapping[str, Any] = entry.get("exits", {})
    warnings = []
    for outcome, exit_ in exits.items():
        step = int(exit_["step"])  # JSON Schema takes 1.0 for a whole number
        file = entry["steps"].get(str(step))
        if file is None or file == "game":
            warnings.append(f"exits.{outcome}: step {step} has no page: no participant can take this exit")
    codes = entry.get("completion", {}).get("codes", {})
    known = {"finished", "serverFailed", *([SCREENED_OUT] if required(entry) else []), *exits}
    unknown = [outcome for outcome in codes if outcome not in known]
    if unknown:
        warnings.append(f"completion.codes: {', '.join(unknown)} is no outcome; known: {', '.join(sorted(known))}")
    if required(entry) and codes and SCREENED_OUT not in codes:
        warnings.append(
            f"completion.codes has no code for {SCREENED_OUT!r}: whose device does not meet requires gets none"
        )
    if "{code}" in entry.get("completion", {}).get("redirect", "") and "finished" not in codes:
        warnings.append("completion.redirect has a {code}, but completion.codes has none for 'finished'")
    return warnings


def _of_order(project: Project) -> list[str]:
    """Return where the numbers of steps and events do not match, and what happens then."""
    warnings: list[str] = []
    numbers, start, stop = sorted(project.steps), project.start_step, project.stop_step
    last = max(numbers, default=0)
    missing = [str(number) for number in range(1, last) if number not in numbers]
    if missing:
        warnings.append(f"steps: {', '.join(missing)} not set; participants continue with the next number")
    if start is not None and start > last:
        warnings.append(f"startServerStep {start} is past the last step {last}: it has no effect")
    games = [number for number in numbers if project.is_game(number)]
    if start is not None and games and start > games[0]:
        warnings.append(f"startServerStep {start} is after the game at step {games[0]}: the server starts at the game")
    if stop is not None and stop > last:
        warnings.append(f"stopServerStep {stop} is past the last step {last}: the server stops at the final step")
    used = next((game for game in games if game >= (start or 1)), start)
    if stop is not None and used is not None and stop <= used:
        warnings.append(f"stopServerStep {stop} is not after step {used}: the server stops after that step")
    wants = project.wants_server
    stops = [after for before, after in pairwise(numbers) if wants(before) and not wants(after)]
    later = [game for game in games if stops and game > stops[0]]
    if project.stop_delay and later:
        warnings.append(
            f"stopDelay {project.stop_delay} does not apply before the game at step {later[0]}: the server stops "
            "immediately, and that game gets a new one"
        )
    return warnings
