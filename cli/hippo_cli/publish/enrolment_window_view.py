"""A study's enrolment window on the terminal, and as JSON."""

from __future__ import annotations

from typing import Any

from hippo_cli.publish.enrolment_window import EnrolmentWindow
from hippo_common import console
from hippo_common.words import count


def show(window: EnrolmentWindow, project_id: str) -> None:
    """Show whether the study is open now, and how many participants and servers it has."""
    state = "open to new participants" if window.open else "closed to new participants"
    console.say(f"{project_id} is {state}." if window.changed else f"{project_id} was {state} already.", "good")
    if window.blocked_by == "not yet":
        console.warn(
            "opensAt is in the future, so no new participant can begin yet. To change it, edit config.yml and submit."
        )
    if window.blocked_by == "over":
        console.warn("closesAt has passed, so no new participant can begin. To change it, edit config.yml and submit.")
    console.say(
        f"{count(window.participants, 'participant has', 'participants have')} begun so far; "
        f"{count(window.sessions, 'server runs', 'servers run')} now.",
        "quiet",
    )


def as_json(window: EnrolmentWindow, project_id: str) -> dict[str, Any]:
    """Return the enrolment window as the object that --json prints."""
    return {
        "project": project_id,
        "live": window.open,
        "changed": window.changed,
        "participants": window.participants,
        "sessions": window.sessions,
    }
