"""Studies on the terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from hippo_cli.publish import enrolment_window, warm_servers, words
from hippo_cli.publish.intended import DEFAULT_PORT
from hippo_cli.publish.overview import Listed, Step, StudyDetails, is_missing
from hippo_common import console
from hippo_common.console import Cell
from hippo_common.words import count
from hippo_gym.studies.assignment import conditions_of_page
from hippo_gym.studies.projects import FINAL_STEP, GAME

_CAPACITY: Final[Mapping[str, str]] = {
    "spot": "on Spot only",
    "on-demand": "on demand",
    "spot-then-on-demand": "on Spot, or on demand if Spot has no capacity",
}
_UNVERSIONED: Final = "none (registered by a script)"


def show_all(studies: Sequence[Listed]) -> None:
    """Show a table of studies."""
    now = datetime.now(UTC)
    rows: list[list[Cell]] = [
        [
            (str(study.entry["id"]), "strong"),
            str(study.entry.get("name") or words.NOTHING),
            enrolment_window.state(study.entry, now),
            str(study.entry.get("version") or words.NOTHING),
            words.moment(study.entry.get("updatedAt")),
            str(study.entry.get("updatedBy") or words.NOTHING),
            str(study.sessions),
            warm_servers.short(study.entry),
        ]
        for study in studies
    ]
    headings = ["ID", "NAME", "LIVE", "VERSION", "UPDATED", "BY", "SERVERS", "WARM"]
    if not any(row[-1] for row in rows):
        headings, rows = headings[:-1], [row[:-1] for row in rows]
    console.table(headings, rows, right=headings[6:])
    links = [(str(study.entry["id"]), study.link) for study in studies if study.link is not None]
    if links:
        console.say()
        console.say("Participants' links", "strong")
        width = max(len(project_id) for project_id, _ in links)
        for project_id, link in links:
            console.say(f"  {project_id.ljust(width)}  {link}")


def all_as_json(studies: Sequence[Listed]) -> list[dict[str, Any]]:
    """Return studies as the list that --json prints."""
    return [
        {
            "id": study.entry["id"],
            "name": study.entry.get("name"),
            "live": study.entry.get("live") is not False,
            "opensAt": study.entry.get("opensAt"),
            "closesAt": study.entry.get("closesAt"),
            "version": study.entry.get("version"),
            "updatedAt": study.entry.get("updatedAt"),
            "updatedBy": study.entry.get("updatedBy"),
            "sessions": study.sessions,
            "warm": study.entry.get("warm", 0),
            "link": study.link,
        }
        for study in studies
    ]


def show(study: StudyDetails) -> None:
    """Show one study in full."""
    entry = study.entry
    console.say(f"{entry['id']}: {entry.get('name')}", "strong")
    rows: list[list[Cell]] = [*_window_rows(entry), ["Version", str(entry.get("version") or _UNVERSIONED)]]
    if entry.get("updatedAt"):
        who = f" by {entry['updatedBy']}" if entry.get("updatedBy") else " by a script"
        rows.append(["Updated", f"{words.moment(entry['updatedAt'])}{who}"])
    rows.append(["Researcher", str(entry.get("researcher") or words.NOTHING)])
    rows.append(["Team", str(entry.get("team_members") or words.NOTHING)])
    rows.append(["Owners", ", ".join(entry.get("owners") or ()) or "none: every researcher may change it"])
    rows.append(["Link", study.link or "none: the deployment has no participant page"])
    _show_pairs([*rows, *study.privacy])
    console.say()
    console.say("Steps", "strong")
    console.table(["STEP", "FILE", "SIZE", ""], [row for step in study.steps for row in _step_rows(step)], ["SIZE"])
    if study.exits:
        console.say()
        console.say("Exits", "strong")
        rows = [row for step in study.exits for row in _step_rows(step)]
        console.table(["OUTCOME", "FILE", "SIZE", ""], rows, ["SIZE"])
    console.say()
    console.say("Servers", "strong")
    _show_pairs(_server_rows(study))


def _window_rows(entry: Mapping[str, Any]) -> list[list[Cell]]:
    rows: list[list[Cell]] = [["State", _window_cell(entry)]]
    if entry.get("opensAt"):
        rows.append(["Opens", words.moment(entry["opensAt"])])
    if entry.get("closesAt"):
        rows.append(["Closes", words.moment(entry["closesAt"])])
    if entry.get("mostParticipants"):
        rows.append(["At most", count(entry["mostParticipants"], "participant")])
    return rows


def _window_cell(entry: Mapping[str, Any]) -> Cell:
    state, style = enrolment_window.state(entry, datetime.now(UTC))
    texts = {
        "open": "open to new participants",
        "closed": "closed: no new participants; those who have begun can finish",
        "not yet": "not open yet",
        "over": "over: no new participants; those who have begun can finish",
    }
    return texts[state], style


def _step_rows(step: Step) -> list[list[Cell]]:
    name = "last" if step.name == FINAL_STEP else step.name
    if step.file is None:
        return [[name, words.NOTHING, "", "a plain thank-you page" if step.name == FINAL_STEP else "skipped"]]
    if step.file == GAME:
        return [[name, GAME, "", ""]]
    if is_missing(step):
        return [[name, (step.file, "bad"), "", ("missing", "bad")]]
    of_groups = [file for file in step.pages if conditions_of_page(step.file, file) is None]
    groups = f"{len(of_groups)} groups" if len(of_groups) > 1 else ""
    return [
        [name if first else "", file, words.size(page.size), groups if first else ""]
        for first, (file, page) in zip([True, *[False] * len(step.pages)], step.pages.items(), strict=False)
    ]


def _server_rows(study: StudyDetails) -> list[list[Cell]]:
    entry, task = study.entry, study.entry.get("ecsTask")
    if task is None:
        return [["", "none: the study has no game"]]
    events = entry.get("events") or {}
    start, stop = events.get("startServerStep"), events.get("stopServerStep")
    delay = f", and {count(events['stopDelay'], 'minute')}" if events.get("stopDelay") else ""
    most = entry.get("maxRuntime")
    rows: list[list[Cell]] = [
        ["Now", f"{count(study.sessions, 'server')} running"],
        ["From", f"step {start}" if start else "the game"],
        ["Until", (f"step {stop}" if stop else "the last page") + delay],
        ["At most", count(most, "minute") if most else "as long as the deployment allows"],
        ["At once", str(entry.get("maxSessions") or "as many as the deployment allows")],
        ["Runs", _CAPACITY[entry.get("capacity") or "spot-then-on-demand"]],
        ["Port", str(entry.get("port") or DEFAULT_PORT)],
        ["Container", str(task) if ":" in task else f"{task}, the newest revision"],
    ]
    if study.task_definition is None or not study.task_definition.active:
        return [*rows, ["", ("that task definition is not registered: no server can start", "bad")]]
    settings = study.task_definition.settings
    if "cpu" in settings and "memory" in settings:
        size = f"{words.setting_value('cpu', settings['cpu'])}, {words.setting_value('memory', settings['memory'])}"
        rows.append(["Size", f"{size}, {study.task_definition.architecture}"])
    found = _warm(study)
    if found is not None:
        rows.append(["Warm", str(found)])
    return [*rows, ["Image", str(study.task_definition.image or words.NOTHING)]]


def _warm(study: StudyDetails) -> warm_servers.WarmCost | None:
    """Return the warm servers with their price; None without any, or without a known size."""
    task = study.task_definition
    cpu, memory = (task.settings.get(key) for key in ("cpu", "memory")) if task is not None else (None, None)
    if task is None or cpu is None or memory is None:
        return None
    return warm_servers.of_entry(
        study.entry, int(str(cpu)) / 1024, int(str(memory)) / 1024, study.region, task.architecture
    )


def _show_pairs(rows: Sequence[Sequence[Cell]]) -> None:
    for label, found in rows:
        console.say((f"  {str(label).ljust(12)}", found))


def as_json(study: StudyDetails) -> dict[str, Any]:
    """Return a study as the object that --json prints."""
    task = study.task_definition
    return {
        "entry": dict(study.entry),
        "steps": [_step_as_json(step) for step in study.steps],
        "exits": [_step_as_json(step) for step in study.exits],
        "container": task
        and {
            "taskDefinition": task.name,
            "active": task.active,
            "image": task.image,
            "cpu": task.settings.get("cpu"),
            "memory": task.settings.get("memory"),
            "architecture": task.architecture,
        },
        "sessions": study.sessions,
        "warm": warm_servers.as_json(_warm(study)),
        "link": study.link,
    }


def _step_as_json(step: Step) -> dict[str, Any]:
    return {
        "step": step.name,
        "file": step.file,
        "pages": [{"file": file, "bytes": page.size} for file, page in step.pages.items()],
        "missing": is_missing(step),
    }
