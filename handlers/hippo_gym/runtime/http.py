"""HTTP at the edge: the event shapes that may carry a request to `/next`, `/start` and `/stop`, and their answers.

API Gateway payload formats 1.0 and 2.0, Lambda function URLs (2.0) and application load balancers are told apart by
what they hold, not by what they claim: any part may be missing or null.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hippo_gym.runtime.errors import ParticipantError

_PRIVATE_HEADERS: Final = frozenset({"authorization", "cookie", "x-amz-security-token", "x-api-key"})

_CORS_HEADERS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET,POST,OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type",
}


class BadRequest(ParticipantError):
    """The request cannot be read; the text says what is wrong with it."""


@dataclass(frozen=True)
class HttpRequest:
    """One request, whatever brought it.

    Attributes:
        id: the gateway's request id, or a new one.
        method: in upper case.
        query: decoded; of a repeated name the last value.
        headers: as sent, less credentials.
        body: text, or None.
        gateway_answers_cors: an HTTP API or function URL adds CORS headers itself, and two sets of them are an error
            to a browser; REST APIs and load balancers leave it to the function.
    """

    id: str
    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str | None
    gateway_answers_cors: bool


def read_request(event: Mapping[str, Any]) -> HttpRequest:
    """Read a request from a Lambda event.

    Raises:
        BadRequest: the body is said to be base64 and is not, or is not text.
    """
    context = _mapping(event.get("requestContext"))
    described = _mapping(context.get("http"))
    method = described.get("method") or event.get("httpMethod") or context.get("httpMethod") or "GET"
    return HttpRequest(
        id=_utf8(str(context.get("requestId") or uuid.uuid4())),
        method=_utf8(str(method).upper()),
        query=_last_values(event.get("queryStringParameters"), event.get("multiValueQueryStringParameters")),
        headers=_public(_last_values(event.get("headers"), event.get("multiValueHeaders"))),
        body=_text(event),
        gateway_answers_cors=bool(described),
    )


def json_body(request: HttpRequest) -> Any:
    """Parse a body that must be JSON.

    Raises:
        BadRequest: it is not.
    """
    try:
        return json.loads(request.body or "")
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from error


def answer(request: HttpRequest, status: int, value: Any) -> dict[str, Any]:
    """Shape an answer in JSON; a `value` of None sends no body."""
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    if not request.gateway_answers_cors:
        headers |= _CORS_HEADERS
    body = "" if value is None else json.dumps(value, ensure_ascii=False)
    return {"statusCode": status, "headers": headers, "body": body, "isBase64Encoded": False}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _utf8(text: str) -> str:
    """Replace what JSON can say and UTF-8 cannot, halves of surrogate pairs: a record with one could not be written."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


def _last_values(single: Any, multiple: Any) -> dict[str, str]:
    lists = {key: listed for key, listed in _mapping(multiple).items() if isinstance(listed, list) and listed}
    values = {key: listed[-1] for key, listed in lists.items()}
    values |= {key: value for key, value in _mapping(single).items() if value is not None}
    return {_utf8(str(key)): _utf8(str(value)) for key, value in values.items()}


def _public(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _PRIVATE_HEADERS}


def _text(event: Mapping[str, Any]) -> str | None:
    body = event.get("body")
    if body is None:
        return None
    if not event.get("isBase64Encoded"):
        return _utf8(str(body))
    try:
        return base64.b64decode(str(body), validate=True).decode("utf-8")
    except ValueError as error:  # not ASCII, not base64, not UTF-8
        raise BadRequest("the body is not text in UTF-8") from error
