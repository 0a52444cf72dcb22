"""A participant's page: requests to /next over HTTP, with a check of the name's certificate."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from hippo_common.reading import json_value
from hippo_deploy.verify.results import Failed

GAME: Final = "show_game_page"
_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Reply:
    """An HTTP answer.

    Attributes:
        headers: by name in lower case.
    """

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Return the parsed text, or None if it is not JSON."""
        try:
            return json_value(self.text)
        except ValueError:
            return None


class Http(Protocol):
    """Sends requests."""

    def send(self, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        """GET an address, or POST a body to it; an HTTP error is also a reply.

        Raises:
            Failed: no server answers, or its certificate is not valid for its name.
        """
        ...


class Web:
    """Requests by Python's own client, which trusts this machine's certificate authorities."""

    def send(self, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        """Send one request; see `Http`."""
        request = urllib.request.Request(url, data=body, headers=dict(headers or {}))  # noqa: S310 - the deployment's URL
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
                return _reply(answer.status, answer.read(), answer.headers.items())
        except urllib.error.HTTPError as error:
            return _reply(error.code, error.read(), error.headers.items())
        except OSError as error:
            reason = getattr(error, "reason", error)
            host = urllib.parse.urlsplit(url).hostname
            if isinstance(reason, ssl.SSLCertVerificationError):
                raise Failed(f"the certificate of {host} is not valid: {reason.verify_message}") from error
            raise Failed(f"{host} does not answer: {reason}") from error


def _reply(status: int, body: bytes, headers: Any) -> Reply:
    return Reply(status, body.decode("utf-8", "replace"), {name.lower(): value for name, value in headers})


@dataclass(frozen=True)
class Page:
    """The page of one participant in one project.

    Attributes:
        next_url: the URL that the page calls.
        origin: the participant page's origin, which a browser sends; None without such a page.
    """

    http: Http
    next_url: str
    project_id: str
    user_id: str
    origin: str | None = None

    def ask(self, step: str | None = None, answers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Load the page, poll a step, or with `answers` submit one; return what /next answered.

        Raises:
            Failed: a page could not use the answer, which is in the text.
        """
        query = {"projectId": self.project_id, "userId": self.user_id} | ({"step": step} if step else {})
        headers = {"Origin": self.origin} if self.origin else {}
        body = None
        if answers is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(dict(answers)).encode("utf-8")
        reply = self.http.send(f"{self.next_url}?{urllib.parse.urlencode(query)}", body, headers)
        answer = reply.json()
        if reply.status != 200 or not isinstance(answer, dict) or not isinstance(answer.get("page"), str):
            raise Failed(f"/next answered {reply.status}: {reply.text[:200]}")
        if self.origin and reply.headers.get("access-control-allow-origin") not in (self.origin, "*"):
            raise Failed(f"/next does not admit requests from {self.origin} (Access-Control-Allow-Origin)")
        if answer.get("notice"):
            raise Failed(f"/next shows the notice {answer['notice']} in place of the step")
        return answer

    def walk_to_game(self) -> dict[str, Any]:
        """Load the first page and submit it; return the answer of the game's step."""
        first = self.ask()
        if "welcome" not in first["page"]:
            raise Failed(f"the first page is not the uploaded one: {first['page'][:100]!r}")
        return self.ask(str(first["step"]), {"consent": "yes"})
