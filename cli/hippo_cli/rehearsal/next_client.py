"""One participant's requests to `/next`, strictly: an answer that a browser cannot use is an error."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hippo_common.reading import json_value

FINAL_STEP: Final = "finalStep"
_WAIT: Final = "wait"
_GAME: Final = "show_game_page"
_REQUEST_SECONDS: Final = 30.0


class VisitError(Exception):
    """The visit cannot continue; the message says at which step and why."""


@dataclass(frozen=True)
class Answer:
    """An answer of /next.

    Attributes:
        page: HTML, "wait" or "show_game_page".
        step: the participant's step; "" if they have none.
        in_line: the participant waits for a place.
        more: the other keys, which newer clients read.
    """

    page: str
    step: str
    in_line: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Whether the participant's server is not ready yet."""
        return self.page == _WAIT or self.in_line

    @property
    def shows_game(self) -> bool:
        """Whether the client must open the game connection."""
        return self.page == _GAME


class NextClient:
    """The HTTP client of one participant; `user_id` may change between requests."""

    def __init__(self, next_url: str, project_id: str, user_id: str, proof: str | None = None) -> None:
        """Make a client; proof: of a signed link. A study of `access: bound` gets a new secret."""
        self._next_url = next_url
        self._project_id = project_id
        self.user_id = user_id
        self._proof = proof

    def get(self, step: str | None = None) -> Answer:
        """GET: a first load, a refresh, or with `step` a poll. Raises VisitError."""
        return self._request(step, None)

    def post(
        self, fields: Mapping[str, str], step: str | None = None, device: Mapping[str, Any] | None = None
    ) -> Answer:
        """POST a form. Raises VisitError.

        Args:
            fields: of the form.
            step: the step that it answers.
            device: what was measured of the participant's device.
        """
        return self._request(step, json.dumps(dict(fields)).encode(), device)

    def _request(self, step: str | None, body: bytes | None, device: Mapping[str, Any] | None = None) -> Answer:
        answer = self._once(step, body, device)
        if answer.more.get("notice") == "proofNeeded" and self._proof is None:
            self._proof = secrets.token_urlsafe(32)
            return self._once(step, body, device)
        return answer

    def _once(self, step: str | None, body: bytes | None, device: Mapping[str, Any] | None) -> Answer:
        query = {"projectId": self._project_id, "userId": self.user_id} | ({"step": step} if step else {})
        if device is not None:
            query["device"] = json.dumps(device)
        request = urllib.request.Request(  # noqa: S310 - http or https: the callers check it
            f"{self._next_url}?{urllib.parse.urlencode(query)}",
            data=body,
            headers=({"Content-Type": "application/json"} if body is not None else {})
            | ({"Hippo-Proof": self._proof} if self._proof is not None else {}),
            method="GET" if body is None else "POST",
        )
        what = f"{request.method} ?step={step}" if step else f"{request.method}"
        try:
            with urllib.request.urlopen(request, timeout=_REQUEST_SECONDS) as response:  # noqa: S310 - as above
                text = response.read().decode()
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise VisitError(f"{what} was answered {error.code}: {text[:300]}") from error
        except OSError as error:
            raise VisitError(f"{what} was not answered: {error}") from error
        return _read_answer(what, text)


def _read_answer(what: str, text: str) -> Answer:
    try:
        answer = json_value(text)
        in_line = (answer.get("wait") or {}).get("state") == "queued" and answer["page"] != _WAIT
        step = answer["step"] if "notice" not in answer else answer.get("step") or ""
        return Answer(page=answer["page"], step=str(step), in_line=in_line, more=answer)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VisitError(f"{what} was answered without page and step: {text[:300]!r}") from error
