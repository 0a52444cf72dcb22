"""A study's door as a person reads of it, and as JSON."""

from __future__ import annotations

from typing import Any

from hippo_cli.publish.enrolment_window import Door
from hippo_common import console
from hippo_common.words import count


def show(door: Door, project_id: str) -> None:
    """Write whether the study is open now, and who is inside."""
    state = "open to new participants" if door.open else "closed to new participants"
    console.say(f"{project_id} is {state}." if door.changed else f"{project_id} was {state} already.", "good")
    if door.bound == "not yet":
        console.warn("Its opensAt has not come yet: until then nobody is let in. Change it in config.yml, and submit.")
    if door.bound == "over":
        console.warn("Its closesAt is over: nobody is let in. Change it in config.yml, and submit.")
    console.say(
        f"{count(door.participants, 'participant has', 'participants have')} begun so far; "
        f"{count(door.sessions, 'server runs', 'servers run')} now.",
        "quiet",
    )


def as_json(door: Door, project_id: str) -> dict[str, Any]:
    """Return it for programs."""
    return {
        "project": project_id,
        "live": door.open,
        "changed": door.changed,
        "participants": door.participants,
        "sessions": door.sessions,
    }
