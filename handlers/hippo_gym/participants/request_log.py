"""What a participant record keeps of each request, and how much.

Each request reads and writes the whole record, and anyone on the internet may send requests. So an
entry keeps little besides the answer, and the number of requests that complete no step is limited.
A request that completes a step is always kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from hippo_gym.runtime.clock import to_text
from hippo_gym.runtime.http import HttpRequest

_QUERY: Final = ("projectId", "userId", "step")
_BROWSER_HEADERS: Final = frozenset(
    {"accept-language", "content-type", "host", "origin", "referer", "user-agent", "x-forwarded-for"}
)
"""Headers that describe the browser and its location: kept before other headers."""

_LONGEST_VALUE: Final = 1_000  # characters of a header with its name, or of a value in the query
_MAX_HEADER_CHARACTERS: Final = 4_000  # of all headers of a request
_MAX_WITHOUT_STEP: Final = 200  # requests of a record that completed no step
_MAX_CHARACTERS: Final = 2_000_000  # of all requests of a record, as JSON


def entry_of(request: HttpRequest, at: datetime) -> dict[str, Any]:
    """Return the log entry of a request; analysis scripts read its `body` and `headers`.

    Args:
        request: its body is kept whole.
        at: when the request came.
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
    """Keep whole headers up to `_MAX_HEADER_CHARACTERS` characters, those of `_BROWSER_HEADERS` first."""
    kept: dict[str, str] = {}
    room = _MAX_HEADER_CHARACTERS
    for name in sorted(sent, key=lambda name: name.lower() not in _BROWSER_HEADERS):
        size = len(name) + len(sent[name])
        if size <= min(room, _LONGEST_VALUE):
            kept[name] = sent[name]
            room -= size
    return kept


def is_full(requests: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the log is full: from then on it takes only requests that complete a step."""
    if sum(map(_completed_no_step, requests)) >= _MAX_WITHOUT_STEP:
        return True
    return len(json.dumps(requests)) >= _MAX_CHARACTERS


def _completed_no_step(entry: Mapping[str, Any]) -> bool:
    """Return whether a request completed no step.

    A POST of the old system, which did not store `accepted`, counts as one that did.
    """
    return entry.get("accepted", entry.get("httpMethod") == "POST") is not True
