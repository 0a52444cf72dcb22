"""Participant records as they are stored, by this system and the one before it.

An entry of the record is one request that a participant's browser made. This system's entries say which step they were
about and, of an answer, whether it completed that step; the old system's say neither (`old_records` works it out).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from hippo_gym.runtime.clock import from_text
from hippo_gym.studies.projects import step_position

_GATEWAYS_TIME: Final = "%d/%b/%Y:%H:%M:%S %z"
_PERSONAL: Final = frozenset({"headers", "multiValueHeaders", "cookies"})
_IMPERSONAL_CONTEXT: Final = frozenset({"requestId", "requestTime", "requestTimeEpoch", "time", "timeEpoch"})
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"

Fields = tuple[tuple[str | None, str | None], ...]
"""Names and values of a form; a name of None stands for an answer that has no fields."""


class RecordUnreadable(Exception):
    """What is stored is no participant record; the text says why."""


@dataclass(frozen=True)
class Entry:
    """One request of a participant.

    Attributes:
        index: its place in the record, from 0 on.
        stored: as it is in the record.
    """

    index: int
    stored: Mapping[str, Any]

    @property
    def is_post(self) -> bool:
        """Tell whether it brought an answer."""
        context = _mapping(self.stored.get("requestContext"))
        method = self.stored.get("httpMethod") or _mapping(context.get("http")).get("method")
        return str(method).upper() == "POST"

    @cached_property
    def at(self) -> datetime | None:
        """Return when it came, in UTC; None if the record does not say."""
        return _time(_mapping(self.stored.get("requestContext")))

    @property
    def is_old(self) -> bool:
        """Tell whether the old system wrote it."""
        return "step" not in self.stored

    @property
    def about(self) -> int | None:
        """Return the position that it was about, as this system noted it."""
        return step_position(str(self.stored.get("step")))

    @property
    def accepted(self) -> bool:
        """Tell whether it was noted that this answer completed its step."""
        return self.stored.get("accepted") is True

    @property
    def names_step(self) -> bool:
        """Tell whether the request said itself which step it was about (`?step=`)."""
        return "step" in _mapping(self.stored.get("queryStringParameters"))

    @property
    def fields(self) -> Fields:
        """Return the form's fields, in their order, each value as text."""
        body = self.stored.get("body")
        if body is not None and self.stored.get("isBase64Encoded") is True:
            body = _decoded(str(body))
        return _fields(body)


@dataclass(frozen=True)
class Record:
    """What one participant has done, as it is stored.

    Attributes:
        user_id: as in the key.
        stored: the JSON object.
    """

    user_id: str
    stored: Mapping[str, Any]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Return their requests, oldest first."""
        return tuple(Entry(index, entry) for index, entry in enumerate(self.stored["requests"]))

    @property
    def version(self) -> str | None:
        """Return the version of the study that they began with, if it has versions."""
        version = self.stored.get("version")
        return version if isinstance(version, str) else None

    @property
    def exit(self) -> str | None:
        """Return the name of the exit by which they ended the study early; None for everybody else."""
        name = self.stored.get("outcome")
        return name if isinstance(name, str) else None

    @property
    def continues(self) -> str | None:
        """Return the key of the old system's record that this one goes on from, and holds all of."""
        key = self.stored.get("continues")
        return key if isinstance(key, str) else None

    @property
    def created(self) -> datetime | None:
        """Return when the participant came, in UTC."""
        try:
            return from_text(str(self.stored.get("created")))
        except ValueError:
            return None

    @property
    def position(self) -> int | None:
        """Return the position that they are at, if this system wrote the record."""
        return step_position(str(self.stored.get("step")))

    @property
    def sessions(self) -> int | None:
        """Return how many servers were asked for on their behalf; None if the old system wrote the record."""
        if self.position is None:
            return None
        number = _mapping(self.stored.get("session")).get("number")
        return number if isinstance(number, int) else 0

    @property
    def sent_as(self) -> str:
        """Return their id as their browser spelled it at first: the platform that sent them may mind the case."""
        for entry in self.entries[:1]:
            sent = _mapping(entry.stored.get("queryStringParameters")).get("userId")
            if isinstance(sent, str) and sent:
                return writable(sent)
        return self.user_id


def read(user_id: str, body: bytes) -> Record:
    """Read a record.

    Raises:
        RecordUnreadable: it is none.
    """
    try:
        stored = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RecordUnreadable(f"it is not JSON ({error})") from error
    if not isinstance(stored, dict):
        raise RecordUnreadable("it is not a JSON object")
    requests = stored.get("requests")
    if not isinstance(requests, list) or not all(isinstance(entry, dict) for entry in requests):
        raise RecordUnreadable("it has no list of requests")
    return Record(user_id, stored)


def without_headers(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record without what tells of a participant's browser and network: headers, IP address, cookies.

    Entries keep the key `headers`, with nothing in it, for scripts that look there.
    """
    return {**stored, "requests": [_impersonal(entry) for entry in stored["requests"]]}


def _impersonal(entry: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in entry.items() if key not in _PERSONAL}
    if "headers" in entry:
        kept["headers"] = {}
    context = _mapping(entry.get("requestContext"))
    if context:
        kept["requestContext"] = {key: value for key, value in context.items() if key in _IMPERSONAL_CONTEXT}
        if not entry.get("httpMethod") and "http" in context:
            kept["httpMethod"] = _mapping(context["http"]).get("method")
    return kept


def _fields(body: Any) -> Fields:
    """Read a form: a JSON object's members; anything else is one value without a name."""
    if body is None:
        return ((None, None),)
    try:
        form = json.loads(body) if isinstance(body, str) else body
    except (ValueError, RecursionError):
        return ((None, writable(str(body))),)
    if isinstance(form, Mapping):
        return tuple((writable(name), _value(value)) for name, value in form.items()) or ((None, None),)
    return ((None, _value(form)),)


def _value(value: Any) -> str | None:
    """Write a value as text: text as it is, everything else as JSON; null has none."""
    if value is None:
        return None
    return writable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def writable(text: str) -> str:
    """Replace halves of surrogate pairs, which JSON can say and no file can hold."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join(_REPLACEMENT if "\ud800" <= character <= "\udfff" else character for character in text)
    return text


def _decoded(body: str) -> str:
    try:
        return base64.b64decode(body, validate=True).decode("utf-8")
    except ValueError:
        return body


def _time(context: Mapping[str, Any]) -> datetime | None:
    """Read a request's time: this system writes ISO 8601, API Gateway milliseconds and a form of its own."""
    for name in ("requestTimeEpoch", "timeEpoch"):
        milliseconds = context.get(name)
        if isinstance(milliseconds, int | float) and 0 < milliseconds < 1e14:
            return datetime.fromtimestamp(milliseconds / 1000, UTC)
    for name in ("requestTime", "time"):
        text = context.get(name)
        if isinstance(text, str):
            try:
                return from_text(text)
            except ValueError:
                pass
            try:
                return datetime.strptime(text, _GATEWAYS_TIME).astimezone(UTC)
            except ValueError:
                continue
    return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
