"""What a participant's record keeps of their requests, and how much.

The record is read and written as a whole, and anybody may send requests: so an entry keeps little besides the answer,
and what completes no step is kept within bounds. What completes a step always is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from hippo_gym.runtime.clock import to_text
from hippo_gym.runtime.http import HttpRequest

_QUERY: Final = ("projectId", "userId", "step")
_TELLING_HEADERS: Final = frozenset(
    {"accept-language", "content-type", "host", "origin", "referer", "user-agent", "x-forwarded-for"}
)
"""Of a browser and where it is: kept before others."""

_LONGEST_VALUE: Final = 1_000
_MOST_OF_HEADERS: Final = 4_000
_MOST_SPARE: Final = 200
_MOST_CHARACTERS: Final = 2_000_000


def entry_of(request: HttpRequest, at: datetime) -> dict[str, Any]:
    """Return what is kept of a request; `body` and `headers` are what analysis scripts read.

    Args:
        request: its body is kept whole.
        at: when it came.
    """
    query = {name: request.query[name][:_LONGEST_VALUE] for name in _QUERY if name in request.query}
    return {
        "httpMethod": request.method,
        "headers": _headers(request.headers),
        "queryStringParameters": query,
        "body": request.body,
        "requestContext": {"requestId": request.id, "requestTime": to_text(at)},
    }


def _headers(sent: Mapping[str, str]) -> dict[str, str]:
    """Keep whole headers, the telling ones first, while there is room."""
    kept: dict[str, str] = {}
    room = _MOST_OF_HEADERS
    for name in sorted(sent, key=lambda name: name.lower() not in _TELLING_HEADERS):
        size = len(name) + len(sent[name])
        if size <= min(room, _LONGEST_VALUE):
            kept[name] = sent[name]
            room -= size
    return kept


def is_full(requests: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a record that holds these takes on only what completes a step."""
    if sum(map(_is_spare, requests)) >= _MOST_SPARE:
        return True
    return len(json.dumps(requests)) >= _MOST_CHARACTERS


def _is_spare(entry: Mapping[str, Any]) -> bool:
    """Tell what has completed no step; a POST of the old system, which did not say, may have."""
    return entry.get("accepted", entry.get("httpMethod") == "POST") is not True
