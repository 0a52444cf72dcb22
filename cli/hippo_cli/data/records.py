"""Participant records as stored by this system and by the original one.

An entry of a record is one request of a participant's browser. An entry of this system stores its
step and whether an answer completed it. An entry of the old system does not; `old_records` derives
both.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from hippo_common.reading import BeyondLimits, NotJson, json_value
from hippo_gym.runtime.clock import from_text
from hippo_gym.studies.projects import step_position

_GATEWAYS_TIME: Final = "%d/%b/%Y:%H:%M:%S %z"
_PERSONAL: Final = frozenset({"headers", "multiValueHeaders", "cookies"})
_CONTEXT_KEPT: Final = frozenset({"requestId", "requestTime", "requestTimeEpoch", "time", "timeEpoch"})
_MANY_SESSIONS: Final = 2**31  # more is no count of servers, and does not fit into every file format
_YEARS: Final = range(2000, 2200)
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"

Fields = tuple[tuple[str | None, str | None], ...]
"""Names and values of a form; the name is None for an answer without fields."""


class RecordUnreadable(Exception):
    """A stored object is not a participant record; the text gives the reason."""


@dataclass(frozen=True)
class Entry:
    """One request of a participant.

    Attributes:
        index: its index in the record; the first is 0.
        stored: the entry as stored.
    """

    index: int
    stored: Mapping[str, Any]

    @property
    def is_post(self) -> bool:
        """Return whether the request has an answer."""
        context = _mapping(self.stored.get("requestContext"))
        method = self.stored.get("httpMethod") or _mapping(context.get("http")).get("method")
        return str(method).upper() == "POST"

    @cached_property
    def at(self) -> datetime | None:
        """Return the request's time, in UTC; None if it is not stored."""
        return _time(_mapping(self.stored.get("requestContext")))

    @property
    def is_old(self) -> bool:
        """Return whether the old system wrote the entry."""
        return "step" not in self.stored

    @property
    def about(self) -> int | None:
        """Return the position of the request's step; None in an old entry."""
        return step_position(str(self.stored.get("step")))

    @property
    def accepted(self) -> bool:
        """Return whether the answer completed its step; False in an old entry."""
        return self.stored.get("accepted") is True

    @property
    def names_step(self) -> bool:
        """Return whether the request named its step (`?step=`)."""
        return "step" in _mapping(self.stored.get("queryStringParameters"))

    @property
    def fields(self) -> Fields:
        """Return the form's fields in order, with their values as text."""
        body = self.stored.get("body")
        if body is not None and self.stored.get("isBase64Encoded") is True:
            body = _decoded(str(body))
        return _fields(body)

    @property
    def set_aside(self) -> str | None:
        """Return why the answer is only one text, as it was sent; None if its fields were read.

        An answer that is no JSON at all was sent as one text.
        """
        body = self.stored.get("body")
        if not isinstance(body, str) or self.fields[0][0] is not None:
            return None
        try:
            json_value(_decoded(body) if self.stored.get("isBase64Encoded") is True else body)
        except BeyondLimits as error:
            return str(error)
        except NotJson:
            return None
        return None


@dataclass(frozen=True)
class Record:
    """The stored record of one participant.

    Attributes:
        user_id: the id in the object's key.
        stored: the JSON object.
    """

    user_id: str
    stored: Mapping[str, Any]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Return the participant's requests, oldest first."""
        return tuple(Entry(index, entry) for index, entry in enumerate(self.stored["requests"]))

    @property
    def version(self) -> str | None:
        """Return the version of the study that the participant began with, if it has versions."""
        version = self.stored.get("version")
        return version if isinstance(version, str) else None

    @property
    def exit(self) -> str | None:
        """Return the name of the exit that the participant took; None if they took none."""
        name = self.stored.get("outcome")
        return name if isinstance(name, str) else None

    @property
    def device(self) -> Mapping[str, Any] | None:
        """Return what the page last measured of the participant's device, in a study that requires something of it."""
        found = [entry.stored["device"] for entry in self.entries if isinstance(entry.stored.get("device"), Mapping)]
        return found[-1] if found else None

    @property
    def conditions(self) -> dict[str, str]:
        """Return condition → the participant's value."""
        return {str(name): str(value) for name, value in _mapping(self.stored.get("conditions")).items()}

    @property
    def assigned_by(self) -> str | None:
        """Return how a balanced study assigned the participant; None in other studies."""
        by = self.stored.get("assignedBy")
        return by if isinstance(by, str) else None

    @property
    def groups(self) -> dict[int, int]:
        """Return number of groups → the participant's group, where it is not the hash's."""
        kept = _mapping(self.stored.get("groups"))
        return {int(count): own for count, own in kept.items() if count.isdecimal() and isinstance(own, int)}

    @property
    def unreachable(self) -> bool:
        """Return whether the participant's page could not connect to one of their servers."""
        return _mapping(self.stored.get("servers")).get("unreachable") is not None

    @property
    def continues(self) -> str | None:
        """Return the key of the old system's record that this one continues and includes."""
        key = self.stored.get("continues")
        return key if isinstance(key, str) else None

    @property
    def created(self) -> datetime | None:
        """Return when the participant began, in UTC."""
        try:
            return _plausible(from_text(str(self.stored.get("created"))))
        except ValueError:
            return None

    @property
    def position(self) -> int | None:
        """Return the participant's position, if this system wrote the record."""
        return step_position(str(self.stored.get("step")))

    @property
    def sessions(self) -> int | None:
        """Return how many servers were requested for the participant; None in an old record."""
        if self.position is None:
            return None
        number = _mapping(self.stored.get("session")).get("number")
        return number if isinstance(number, int) and 0 <= number < _MANY_SESSIONS else 0

    @property
    def sent_as(self) -> str:
        """Return the id as first spelled: a recruitment platform may distinguish case."""
        for entry in self.entries[:1]:
            sent = _mapping(entry.stored.get("queryStringParameters")).get("userId")
            if isinstance(sent, str) and sent:
                return writable(sent)
        return self.user_id


def read(user_id: str, body: bytes) -> Record:
    """Read a record.

    Raises:
        RecordUnreadable: the bytes are not a participant record.
    """
    try:
        stored = json_value(body)
    except NotJson as error:
        raise RecordUnreadable(f"it {error}") from error
    if not isinstance(stored, dict):
        raise RecordUnreadable("it is not a JSON object")
    requests = stored.get("requests")
    if not isinstance(requests, list) or not all(isinstance(entry, dict) for entry in requests):
        raise RecordUnreadable("it has no list of requests")
    return Record(user_id, stored)


def without_headers(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record without headers, IP address, cookies and other data of the browser.

    Entries keep an empty `headers`, for scripts that read it.
    """
    return {**stored, "requests": [_without_personal_data(entry) for entry in stored["requests"]]}


def _without_personal_data(entry: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in entry.items() if key not in _PERSONAL}
    if "headers" in entry:
        kept["headers"] = {}
    context = _mapping(entry.get("requestContext"))
    if context:
        kept["requestContext"] = {key: value for key, value in context.items() if key in _CONTEXT_KEPT}
        if not entry.get("httpMethod") and "http" in context:
            kept["httpMethod"] = _mapping(context["http"]).get("method")
    return kept


def _fields(body: Any) -> Fields:
    """Parse a form: the members of a JSON object; anything else is one value without a name."""
    if body is None:
        return ((None, None),)
    try:
        form = json_value(body) if isinstance(body, str) else body
    except NotJson:
        return ((None, writable(str(body))),)
    if isinstance(form, Mapping):
        return tuple((writable(name), _value(value)) for name, value in form.items()) or ((None, None),)
    return ((None, _value(form)),)


def _value(value: Any) -> str | None:
    """Format a value: text unchanged, anything else as JSON; None for null."""
    if value is None:
        return None
    return writable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def writable(text: str) -> str:
    """Replace unpaired surrogates, which JSON allows and UTF-8 files do not."""
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
    """Parse a request's time: ISO 8601 from this system.

    API Gateway writes milliseconds, or its own format.
    """
    for name in ("requestTimeEpoch", "timeEpoch"):
        milliseconds = context.get(name)
        if isinstance(milliseconds, int | float) and 0 < milliseconds < 1e14:
            return _plausible(datetime.fromtimestamp(milliseconds / 1000, UTC))
    for name in ("requestTime", "time"):
        text = context.get(name)
        if isinstance(text, str):
            try:
                return _plausible(from_text(text))
            except ValueError:
                pass
            try:
                return _plausible(datetime.strptime(text, _GATEWAYS_TIME).astimezone(UTC))
            except (ValueError, OverflowError):
                continue
    return None


def _plausible(moment: datetime) -> datetime | None:
    """Return a time; None if no participant can have sent a request then.

    At the edges of time, a week earlier or later does not exist.
    """
    return moment if moment.year in _YEARS else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
