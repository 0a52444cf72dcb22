"""The projects bucket, without any right in AWS: stores with upload tickets.

HIPPO Gym gives a ticket to a request that presents the session's upload token: signed forms, which S3 takes
for keys below this session's folder and for the participant's progress. A ticket works for some
minutes; another one is asked for before that, and whenever S3 refuses one.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Protocol

import urllib3
from botocore.httpsession import get_cert_path

_TIMEOUT: Final = urllib3.Timeout(connect=3, read=10)
"""Short: `Record` retries itself, and after SIGTERM little time is left."""

_RENEW: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN})
"""S3 answers these for an expired ticket (Amazon S3 API reference, "Error responses")."""


def ask_for_participant(url: str, proof: Mapping[str, str], http: Http | None = None) -> Mapping[str, str] | None:
    """Ask HIPPO Gym for the participant of a warm server.

    Args:
        url: of HIPPO Gym's POST /trials.
        proof: as for `TicketStore`, of the warm server's own start.
        http: sends the request.

    Returns:
        The participant's environment variables; None as long as there is none.

    Raises:
        NotStored: HIPPO Gym refuses the token.
    """
    answer = (http or _http()).request(
        "POST",
        url,
        body=json.dumps({**proof, "asks": "participant"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    if answer.status != HTTPStatus.OK:
        raise NotStored(f"HIPPO Gym answers {answer.status} to the request for a participant")
    found = json.loads(answer.data)["participant"]
    return None if found is None else {str(name): str(value) for name, value in found.items()}


def _http() -> Http:
    # boto3's certificates: a slim image has none of its own.
    return urllib3.PoolManager(timeout=_TIMEOUT, retries=False, ca_certs=get_cert_path(verify=True))


class NotStored(OSError):
    """HIPPO Gym or S3 did not take a file; the message says what it answered."""


class Http(Protocol):
    """The part of urllib3's `PoolManager` that is used."""

    def request(self, method: str, url: str, **options: Any) -> urllib3.BaseHTTPResponse:
        """Send a request."""


@dataclass(frozen=True)
class _Ticket:
    upload: Mapping[str, Any]
    progress: Mapping[str, Any]
    renew_at: float

    def form(self, key: str) -> Mapping[str, Any]:
        """Return the form for a key.

        Raises:
            NotStored: the ticket is for other keys.
        """
        if key == self.progress["key"]:
            return self.progress
        if key.startswith(self.upload["prefix"]):
            return self.upload
        raise NotStored(f"the upload ticket is for {self.upload['prefix']}, not for {key}")


class TicketStore:
    """Stores files below `{projectId}/Trials/{userId}/{sessionId}/`, and the participant's progress."""

    def __init__(
        self,
        url: str,
        proof: Mapping[str, str],
        http: Http | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Send nothing yet.

        Args:
            url: of HIPPO Gym's POST /trials.
            proof: the request's body: `projectId`, `userId`, `sessionId` and `token`.
            http: sends requests.
            clock: seconds, from any start.
        """
        self._url, self._proof, self._clock = url, proof, clock
        self._http = http or _http()
        self._ticket: _Ticket | None = None
        self._renewing = threading.Lock()

    def put(self, key: str, content: bytes) -> None:
        """Put one object. Raises OSError or urllib3's errors."""
        answer = self._post(self._current(), key, content)
        if answer.status in _RENEW:
            answer = self._post(self._renewed(), key, content)
        if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT):
            raise NotStored(f"S3 answers {answer.status} for {key}: {answer.data[:300].decode(errors='replace')}")

    def get(self, key: str) -> bytes | None:
        """Get the participant's progress. Raises OSError or urllib3's errors, except where there is none.

        Raises:
            NotStored: the key is another one, or S3 refuses the request.
        """
        ticket = self._current()
        if key != ticket.progress["key"]:
            raise NotStored(f"an upload ticket reads only {ticket.progress['key']}, not {key}")
        answer = self._http.request("GET", ticket.progress["readUrl"])
        if answer.status in _RENEW:
            answer = self._http.request("GET", self._renewed().progress["readUrl"])
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if answer.status != HTTPStatus.OK:
            raise NotStored(f"S3 answers {answer.status} for {key}")
        return answer.data

    def _post(self, ticket: _Ticket, key: str, content: bytes) -> urllib3.BaseHTTPResponse:
        form = ticket.form(key)
        if len(content) > form["maxBytes"]:
            raise NotStored(f"{key} has {len(content)} bytes, and HIPPO Gym takes {form['maxBytes']}")
        kind = "application/x-ndjson" if key.endswith(".jsonl") else "application/octet-stream"
        fields = {**form["fields"], "key": key, "Content-Type": kind, "file": ("file", content, kind)}
        return self._http.request("POST", form["url"], fields=fields)

    def _current(self) -> _Ticket:
        ticket = self._ticket
        return ticket if ticket is not None and self._clock() < ticket.renew_at else self._renewed()

    def _renewed(self) -> _Ticket:
        """Ask for a ticket.

        Raises:
            NotStored: HIPPO Gym gives none.
        """
        with self._renewing:
            answer = self._http.request(
                "POST",
                self._url,
                body=json.dumps(dict(self._proof)).encode(),
                headers={"Content-Type": "application/json"},
            )
            if answer.status != HTTPStatus.OK:
                raise NotStored(f"HIPPO Gym answers {answer.status} to the request for an upload ticket")
            found = json.loads(answer.data)
            self._ticket = _Ticket(found["upload"], found["progress"], self._clock() + float(found["renewAfter"]))
            return self._ticket
