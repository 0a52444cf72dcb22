"""What must hold of warm servers at each change of a live record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hippo_gym.sessions.warm_names import is_warm

Record = Mapping[str, Any]


def counts(record: Record) -> bool:
    """Return whether a session with a place counts: a taken warm server is its taker's, a stopped one made room."""
    made_room = is_warm(record["userId"]) and ("takenBy" in record or record["wanted"] == "stopped")
    return record["admittedAt"] is not None and not made_room


def wrongly_taken(old: Record | None, new: Record, live: Mapping[str, Record]) -> Iterator[str]:
    """Yield what is wrong: a warm server is handed out once, while it is ready, to a session that names it.

    Args:
        old, new: the record before and after the change.
        live: the live records by session id.
    """
    before, after = (old or {}).get("takenBy"), new.get("takenBy")
    if before is not None and after != before:
        yield f"the warm server {new['userId']} of {before} was handed to {after}"
    if after is None or before is not None:
        return
    taker = live.get(after["sessionId"], {})
    named = taker.get("seen", {}).get("warm", {}).get("sessionId")
    if taker.get("projectId") != new["projectId"] or named != new["sessionId"]:
        yield f"the warm server {new['userId']} was handed to {after}, which does not name it"
    if old is None or old["wanted"] != "running" or old["seen"]["readyAt"] is None:
        yield f"the warm server {new['userId']} was handed out and is not ready"
