"""What a participant record keeps of each request, and how much.

Each request reads and writes the whole record, and anyone on the internet may send requests. So an
entry keeps little besides the answer, and of the requests that complete no step a record keeps few,
and the beginning of a long body. A request that completes a step is always kept, and whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from hippo_gym.runtime.clock import to_text
from hippo_gym.runtime.http import HttpRequest
from hippo_gym.runtime.kept_headers import Keep, kept

_QUERY: Final = ("projectId", "userId", "step")
_LONGEST_VALUE: Final = 1_000  # characters of a value in the query
_MAX_UNACCEPTED_BODY: Final = 4_096  # bytes of the body of a request that completed no step
_MAX_UNACCEPTED: Final = 64 * 1024  # characters of all requests of a record that completed no step, as JSON
_MAX_UNACCEPTED_PER_STEP: Final = 20  # requests that completed no step, by the step they are about
_MAX_CHARACTERS: Final = 2_000_000  # of all requests of a record, as JSON


def entry_of(request: HttpRequest, at: datetime, keep: Keep) -> dict[str, Any]:
    """Return the log entry of a request; analysis scripts read its `body` and `headers`.

    Args:
        request: its body is in the entry whole; `unaccepted` shortens it.
        at: when the request came.
        keep: what to keep of the client's address and browser; nothing else of the headers is kept.
    """
    query = {name: request.query[name][:_LONGEST_VALUE] for name in _QUERY if name in request.query}
    return {
        "httpMethod": request.method,
        "headers": kept(request, keep),
        "queryStringParameters": query,
        "body": request.body,
        "requestContext": {"requestId": request.id, "requestTime": to_text(at)},
    }


def unaccepted(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of a request that completes no step.

    `body` is JSON text or null, because analysis scripts parse it. So the beginning of a body that
    is too long has a key of its own, `bodyStart`.
    """
    body = str(entry.get("body") or "").encode("utf-8")
    if len(body) <= _MAX_UNACCEPTED_BODY:
        return dict(entry)
    start = body[:_MAX_UNACCEPTED_BODY].decode("utf-8", errors="ignore")  # no half character at the end
    return {**entry, "body": None, "bodyStart": start}


def has_room(requests: Sequence[Mapping[str, Any]], entry: Mapping[str, Any]) -> bool:
    """Return whether the log takes an entry that completes no step.

    Args:
        requests: the entries of the record.
        entry: what `unaccepted` returned, with its `step`.
    """
    others = [other for other in requests if _completed_no_step(other)]
    if sum(other.get("step") == entry.get("step") for other in others) >= _MAX_UNACCEPTED_PER_STEP:
        return False
    if _size(others) + _size(entry) > _MAX_UNACCEPTED:
        return False
    return _size(requests) < _MAX_CHARACTERS


def _size(value: Any) -> int:
    return len(json.dumps(value))


def _completed_no_step(entry: Mapping[str, Any]) -> bool:
    """Return whether a request completed no step.

    A POST of the old system, which did not store `accepted`, counts as one that did.
    """
    return entry.get("accepted", entry.get("httpMethod") == "POST") is not True
