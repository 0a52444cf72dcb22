"""A study opened to new participants, or closed. Those who are inside finish either way."""

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
    """Tell whether the entry lets new participants in; null, from the old system, counts as true."""
    return entry.get("live") is not False


def state(entry: Mapping[str, Any], now: datetime) -> tuple[str, Style]:
    """Return how a study's door stands at a time, in a word or two, and how to show it."""
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
class Door:
    """A study's door.

    Attributes:
        open: new participants are let in.
        bound: what else keeps them out all the same: "not yet", "over"; None if nothing does.
        changed: it was not so before.
        participants: how many have ever begun.
        sessions: how many servers run now.
    """

    open: bool
    bound: str | None
    changed: bool
    participants: int
    sessions: int


def set_open(deployment: Deployment, project_id: str, *, wanted: bool) -> Door:
    """Open or close a study.

    Raises:
        HippoError: there is no such study, or somebody else is changing it.
    """
    entry = master_list.look_up(deployment, project_id)
    changed = is_open(entry) != wanted
    if changed:
        master_list.write(deployment, {**entry, "live": wanted}, entry, master_list.caller(deployment))
    sessions = overview.live_sessions(deployment).get(project_id, 0)
    word, _ = state({**entry, "live": wanted}, datetime.now(UTC))
    bound = word if word in {"not yet", "over"} else None
    return Door(wanted, bound, changed, overview.count_participants(deployment, project_id), sessions)
