"""Lambda events that carry a request to `/next`, `/start` and `/stop`, and the answers to them.

The events come from API Gateway (payload formats 1.0 and 2.0), Lambda function URLs (2.0) and
application load balancers. The keys that are present decide, not the version that an event names:
any key may be missing or null.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hippo_gym.runtime import json_reading
from hippo_gym.runtime.errors import ParticipantError
from hippo_gym.runtime.json_reading import NotJson

PROOF_HEADER: Final = "hippo-proof"
"""What proves that a request is the participant's, in studies that demand it (participants/access.py)."""

_PRIVATE_HEADERS: Final = frozenset({"authorization", "cookie", "x-amz-security-token", "x-api-key", PROOF_HEADER})

_CORS_HEADERS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET,POST,OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Hippo-Proof",
    "Access-Control-Max-Age": "3600",
}


_PURPOSES: Final = frozenset({"sec-purpose", "purpose", "x-purpose", "x-moz"})
"""Headers of a request that a browser makes before anyone asks for the page: `Sec-Purpose` (W3C,
"Prefetch" and "Prerendering Revamped"), `Purpose` (older Chrome, Safari), `X-Purpose` and `X-Moz`
(older Safari and Firefox).
"""

_AHEAD: Final = ("prefetch", "prerender", "preview")

_LINK_PREVIEWS: Final = (
    "facebookexternalhit",
    "slackbot",
    "twitterbot",
    "whatsapp/",
    "discordbot",
    "telegrambot",
    "linkedinbot",
    "skypeuripreview",
    "google-pagerenderer",
    "bingpreview",
)
"""Parts of the user agents, in lower case, of services that fetch a link to show a preview of it."""


class BadRequest(ParticipantError):
    """The request cannot be read; the text says why."""


@dataclass(frozen=True)
class HttpRequest:
    """One HTTP request, independent of the event that carried it.

    Attributes:
        id: the gateway's request id, or a new one.
        method: in upper case.
        query: decoded; the last value of a repeated name.
        headers: as sent, without credentials.
        body: text, or None.
        gateway_answers_cors: an HTTP API or function URL adds the CORS headers itself, and browsers
            reject two sets of them; with a REST API or load balancer the function adds them.
        proof: the header `Hippo-Proof`; never stored or logged.
        address: from where the gateway got the request, by its own account; None if it does not
            say. `X-Forwarded-For`, in which clients may write what they like, is not read, except
            the entry that a load balancer has put last.
    """

    id: str
    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str | None
    gateway_answers_cors: bool
    proof: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)


def read_request(event: Mapping[str, Any]) -> HttpRequest:
    """Read a request from a Lambda event.

    Raises:
        BadRequest: the body is marked as base64 and is not base64, or is not UTF-8.
    """
    return replace(without_body(event), body=_text(event))


def without_body(event: Mapping[str, Any]) -> HttpRequest:
    """Read a request except its body; for the answer to a request whose body cannot be read."""
    context = _mapping(event.get("requestContext"))
    described = _mapping(context.get("http"))
    headers = _last_values(event.get("headers"), event.get("multiValueHeaders"))
    method = described.get("method") or event.get("httpMethod") or context.get("httpMethod") or "GET"
    return HttpRequest(
        id=_utf8(str(context.get("requestId") or uuid.uuid4())),
        method=_utf8(str(method).upper()),
        query=_last_values(event.get("queryStringParameters"), event.get("multiValueQueryStringParameters")),
        headers=_public(headers),
        body=None,
        gateway_answers_cors=bool(described),
        proof=next((value for name, value in headers.items() if name.lower() == PROOF_HEADER), None),
        address=_address(context, headers),
    )


def is_ahead(request: HttpRequest) -> bool:
    """Return whether no person asks: a browser fetches ahead, or a service makes a link's preview."""
    for name, value in request.headers.items():
        if name.lower() in _PURPOSES and any(word in value.lower() for word in _AHEAD):
            return True
        if name.lower() == "user-agent" and any(service in value.lower() for service in _LINK_PREVIEWS):
            return True
    return False


def json_body(request: HttpRequest) -> Any:
    """Parse a JSON body.

    Raises:
        BadRequest: the body is not JSON, is nested too deeply, or has a number that is too large.
    """
    try:
        return json_reading.read(request.body or "")
    except NotJson as error:
        raise BadRequest(f"the body {error}") from error


def answer(request: HttpRequest, status: int, value: Any, **more: str) -> dict[str, Any]:
    """Return the Lambda response with a JSON body; a `value` of None sends no body.

    Args:
        request: decides about the CORS headers.
        status: the HTTP status.
        value: the body.
        more: further headers.
    """
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", **more}
    if not request.gateway_answers_cors:
        headers |= _CORS_HEADERS
    body = "" if value is None else json.dumps(value, ensure_ascii=False)
    return {"statusCode": status, "headers": headers, "body": body, "isBase64Encoded": False}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _utf8(text: str) -> str:
    """Replace lone surrogates.

    JSON can hold them, but a record with one cannot be written as UTF-8.
    """
    return text.encode("utf-8", errors="replace").decode("utf-8")


def _last_values(single: Any, multiple: Any) -> dict[str, str]:
    lists = {key: listed for key, listed in _mapping(multiple).items() if isinstance(listed, list) and listed}
    values = {key: listed[-1] for key, listed in lists.items()}
    values |= {key: value for key, value in _mapping(single).items() if value is not None}
    return {_utf8(str(key)): _utf8(str(value)) for key, value in values.items()}


def _public(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _PRIVATE_HEADERS}


def _address(context: Mapping[str, Any], headers: Mapping[str, str]) -> str | None:
    """Return the address of the connection to the gateway.

    `requestContext.http.sourceIp` of payload 2.0 and `requestContext.identity.sourceIp` of 1.0 are
    that of the TCP connection (API Gateway developer guide, "Customize HTTP API access logs":
    `$context.identity.sourceIp`). An application load balancer appends it to `X-Forwarded-For`
    (Elastic Load Balancing user guide, "HTTP headers and Application Load Balancers").
    """
    known = _mapping(context.get("http")).get("sourceIp") or _mapping(context.get("identity")).get("sourceIp")
    if known is None and "elb" in context:
        chain = next((value for name, value in headers.items() if name.lower() == "x-forwarded-for"), "")
        known = chain.rpartition(",")[2].strip()
    return _utf8(str(known)) if known else None


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
