"""Opens a study to new participants, or closes it; others can finish either way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hippo_cli.deployment import Deployment
from hippo_cli.publish import master_list, overview
from hippo_common.console import Style
from hippo_gym.runtime.clock import from_text


def is_open(entry: Mapping[str, Any]) -> bool:
    """Return whether the entry lets new participants in.

    Null, from the old system, counts as true.
    """
    return entry.get("live") is not False


def state(entry: Mapping[str, Any], now: datetime) -> tuple[str, Style]:
    """Return the state of a study's enrolment window at a time, and its style on the terminal.

    The state is closed, open, "not yet" before `opensAt`, or "over" after `closesAt`.
    """
    if not is_open(entry):
        return "closed", "warn"
    opens, closes = _time(entry.get("opensAt")), _time(entry.get("closesAt"))
    if opens is not None and now < opens:
        return "not yet", "warn"
    if closes is not None and now >= closes:
        return "over", "warn"
    return "open", "good"


def _time(text: Any) -> datetime | None:
    try:
        return from_text(str(text))
    except ValueError:
        return None


@dataclass(frozen=True)
class EnrolmentWindow:
    """The enrolment window of a study after `set_open`.

    Attributes:
        open: the entry lets new participants in.
        blocked_by: "not yet" or "over" if the study's dates keep new participants out; else None.
        changed: the call changed the study.
        participants: how many participants have begun.
        sessions: how many servers run now.
    """

    open: bool
    blocked_by: str | None
    changed: bool
    participants: int
    sessions: int


def set_open(deployment: Deployment, project_id: str, *, wanted: bool) -> EnrolmentWindow:
    """Open or close a study.

    Raises:
        HippoError: the study does not exist, or another writer has changed its entry.
    """
    entry = master_list.look_up(deployment, project_id)
    changed = is_open(entry) != wanted
    if changed:
        master_list.write(deployment, {**entry, "live": wanted}, entry, master_list.caller(deployment))
    sessions = overview.live_sessions(deployment).get(project_id, 0)
    word, _ = state({**entry, "live": wanted}, datetime.now(UTC))
    blocked_by = word if word in {"not yet", "over"} else None
    return EnrolmentWindow(wanted, blocked_by, changed, overview.count_participants(deployment, project_id), sessions)
