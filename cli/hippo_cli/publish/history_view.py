"""A study's history on the terminal, and as JSON."""

from __future__ import annotations

from typing import Any, Final

from hippo_cli.publish import words
from hippo_cli.publish.history import Event, History
from hippo_cli.publish.plans import Change
from hippo_cli.publish.stored_pages import ENTRY_FILE
from hippo_common import console
from hippo_common.words import count

_SCRIPT: Final = "a script"


def show(history: History, project_id: str) -> None:
    """Show the changes, newest first, and the other kept versions."""
    if not history.events:
        console.say(f"The bucket has no history of a study {project_id}.")
    rows: list[list[console.Cell]] = []
    for number, event in enumerate(history.events):
        name = event.version or words.NOTHING
        now: console.Cell = (name, "good") if number == 0 and event.entry is not None else name
        for line, text in enumerate(summary(event)):
            first = line == 0
            rows.append([words.moment(event.at), event.by or _SCRIPT, now, text] if first else ["", "", "", text])
    if rows:
        console.table(["WHEN", "WHO", "VERSION", "WHAT"], rows)
    _show_end(history)
    others = _others(history)
    if others:
        console.say()
        console.say("Other versions in the bucket:", "strong")
        for version in others:
            pages = len(history.kept[version].keys() - {ENTRY_FILE})
            console.say(f"  {version}  {count(pages, 'page')}{_unfinished(history, version)}")


def _show_end(history: History) -> None:
    if history.more:
        console.note("There are older changes: --all shows them.", "quiet")
    elif not history.complete:
        since = words.moment(history.events[-1].at)
        console.note(f"The bucket has no list from before {since}, so earlier changes are unknown.", "quiet")


def _others(history: History) -> list[str]:
    """Return the kept versions that none of the events shown has published."""
    return sorted(history.kept.keys() - {event.version for event in history.events})


def _unfinished(history: History, version: str) -> str:
    return "" if ENTRY_FILE in history.kept[version] else ", incomplete: its submit was interrupted"


def summary(event: Event) -> list[str]:
    """Describe a change, one line for each part."""
    if event.entry is None:
        return ["removed from the list"]
    if event.before is None:
        return ["the oldest known state"]
    if event.before.entry is None:
        return ["registered"]
    pages = event.page_changes
    if event.back_to is not None:
        return [_back(event)]
    lines = [_entry_line(change) for change in event.entry_changes]
    lines += [f"+ {file}" for file in pages.new]
    lines += [f"~ {file}" for file in pages.changed]
    lines += [f"- {file}" for file in pages.removed]
    return lines or ["registered again, unchanged"]


def _back(event: Event) -> str:
    """Return the line of a rollback: to which version, and how much that changed."""
    pages = event.page_changes
    number = len(pages.new) + len(pages.changed) + len(pages.removed)
    parts = [words.key(change.key) for change in event.entry_changes]
    parts += [count(number, "page")] if number else []
    return f"rolled back to {event.back_to}" + (f" (changed: {', '.join(parts)})" if parts else "")


def _entry_line(change: Change) -> str:
    if change.key == "live":
        return "closed" if change.after is False else "opened"
    name = words.key(change.key)
    if change.before is None:
        return f"{name}: {words.value(change.after)}"
    return f"{name}: {words.value(change.before)} → {words.value(change.after)}"


def as_json(history: History, project_id: str) -> dict[str, Any]:
    """Return the history as the object that --json prints."""
    return {
        "project": project_id,
        "changes": [_event_as_json(event) for event in history.events],
        "complete": history.complete,
        "kept": [
            {
                "version": version,
                "pages": sorted(files.keys() - {ENTRY_FILE}),
                "complete": ENTRY_FILE in files,
            }
            for version, files in sorted(history.kept.items())
        ],
    }


def _event_as_json(event: Event) -> dict[str, Any]:
    pages = event.page_changes
    return {
        "at": event.at,
        "by": event.by,
        "version": event.version,
        "what": summary(event),
        "backTo": event.back_to,
        "entry": [
            {"key": change.key, "before": change.before, "after": change.after} for change in event.entry_changes
        ],
        "pages": {"new": list(pages.new), "changed": list(pages.changed), "removed": list(pages.removed)},
    }
