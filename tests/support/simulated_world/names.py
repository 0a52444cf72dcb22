"""The DNS names of sessions' servers."""

from __future__ import annotations

from typing import Any

from hippo_gym.sessions.model import EDGE
from tests.support.simulated_world.functions import ROOT
from tests.support.simulated_world.route53 import RecordSet


def name_of(record: dict[str, Any]) -> str:
    """Return the name of a session's server: the participant's, or on the edge route the attempt's."""
    attempt = record["seen"]["attempt"] or {}
    if (record["launch"] or {}).get("route") == EDGE and attempt:
        return f"{record['sessionId']}-{attempt['number']}.{ROOT}"
    return f"{record['userId']}.{ROOT}"


def session_of(record: RecordSet) -> str | None:
    """Return the session that a TXT record names."""
    for value in record.values:
        for word in value.strip('"').split():
            if record.type == "TXT" and word.startswith("session="):
                return word.removeprefix("session=")
    return None
